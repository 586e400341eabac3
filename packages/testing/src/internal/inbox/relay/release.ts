import type * as DeliveryReport from "@effect-mail/core/DeliveryReport"
import type * as MailBackend from "@effect-mail/core/MailBackend"
import type { BackendError } from "@effect-mail/core/MailError"
import * as Outgoing from "@effect-mail/core/Outgoing"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ReleaseRefused } from "../../../DevInboxApi.js"
import * as MailReader from "../../../MailReader.js"
import { matchesPattern } from "../../smtpServer/session/syntax.js"
import type { Verdict } from "../model/message.js"
import type { Released } from "../model/release.js"

/**
 * A real server, and to whom the inbox may send by it.
 *
 * - `allow`: patterns of addresses, in which `*` is any text: `*@mine.example`. Nothing is sent to others
 *
 * @since 0.1.0
 * @category models
 */
export interface Relay {
  readonly backend: MailBackend.Service
  readonly allow: ReadonlyArray<string>
}

const decode = Schema.decode(Outgoing.FrozenFromOctets)

type Status = DeliveryReport.DeliveryReport["recipients"][number]

const verdicts: Readonly<Record<Status["_tag"], Verdict>> = {
  Accepted: "accepted",
  Queued: "accepted",
  Deferred: "deferred",
  Rejected: "refused",
  NotSent: "failed",
  Unknown: "unknown"
}

const replyOf = (status: Status): string => {
  if (!("reply" in status) || status.reply === undefined) return ""
  const { code, enhancedCode, text } = status.reply
  // The words of a server begin with it; those of an API do not.
  const isSaid = enhancedCode === undefined || text.startsWith(enhancedCode)
  return isSaid ? `${code} ${text}` : `${code} ${enhancedCode} ${text}`
}

const shown = (recipients: ReadonlyArray<Status>): Released["recipients"] =>
  recipients.map((status) => ({
    address: status.recipient,
    verdict: verdicts[status._tag],
    reply: replyOf(status)
  }))

/** What is known of the recipients when nothing was reported: a message whose outcome is unknown may have arrived. */
const ofError = (error: BackendError, to: ReadonlyArray<string>): Released => ({
  name: error._tag,
  detail: error.message,
  recipients: "recipients" in error && error.recipients.length > 0 ? shown(error.recipients) : to.map((address) => ({
    address,
    verdict: error._tag === "OutcomeUnknownError" ? "unknown" : "failed",
    reply: ""
  }))
})

const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text)

/**
 * Sends the octets of a message on, unchanged, to other recipients. It is checked as a stored message is, so that nothing in
 * it becomes a command; an error of the server is a result.
 */
export const release = (
  relay: Relay | undefined,
  octets: Uint8Array,
  from: string,
  to: ReadonlyArray<string>
): Effect.Effect<Released, ReleaseRefused> =>
  Effect.gen(function*() {
    if (relay === undefined) return yield* new ReleaseRefused({ reason: "NoRelay", description: "" })
    if (octets.length === 0) {
      return yield* new ReleaseRefused({ reason: "Invalid", description: "no octets of it came" })
    }
    const forbidden = to.filter((address) => !relay.allow.some((pattern) => matchesPattern(pattern, address)))
    if (forbidden.length > 0) {
      return yield* new ReleaseRefused({ reason: "NotAllowed", description: forbidden.slice(0, 5).join(", ") })
    }
    const frozen = yield* Effect.mapError(
      decode({
        format: 1,
        messageId: (MailReader.header(MailReader.read(octets), "Message-ID") ?? "").trim(),
        envelope: {
          from,
          to: [...to],
          smtpUtf8: ![from, ...to].every(isAscii),
          eightBit: octets.some((octet) => octet > 127),
          requireTls: false
        },
        bytes: octets
      }),
      ({ message }) => new ReleaseRefused({ reason: "Invalid", description: message })
    )
    const { driver } = relay.backend
    return yield* Effect.scoped(
      Effect.flatMap(driver.open, (session) => session.deliver(Outgoing.thaw(frozen)))
    ).pipe(
      Effect.match({
        onSuccess: ({ recipients }): Released => ({
          name: "DeliveryReport",
          detail: "",
          recipients: shown(recipients)
        }),
        onFailure: (error): Released => ofError(error, to)
      })
    )
  })
