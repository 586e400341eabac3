import type { DeliveryReport } from "@effect-mail/core/DeliveryReport"
import { MailBackend } from "@effect-mail/core/MailBackend"
import * as Outgoing from "@effect-mail/core/Outgoing"
import { MailReader } from "@effect-mail/testing"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Exit, type Failure, failure, wrongUse } from "../command/Command.js"
import { visible } from "../terminal/visible.js"
import { backend, failureOf, isConfigured, notConfigured } from "./backend.js"
import { readOctets } from "./files.js"

const decode = Schema.decode(Outgoing.FrozenFromOctets)

/** Sends a message as it is in a file. It is checked as a stored message is, so that nothing in it becomes a command. */
export const sendEml = (
  path: string,
  envelopeFrom: string | undefined,
  to: ReadonlyArray<string>
): Effect.Effect<DeliveryReport, Failure> =>
  Effect.gen(function*() {
    if (to.length === 0) {
      return yield* Effect.fail(wrongUse("--eml needs --to: the header of a message does not say it."))
    }
    if (!isConfigured()) return yield* Effect.fail(notConfigured)
    const bytes = yield* readOctets(path)
    const mail = MailReader.read(bytes)
    const from = envelopeFrom ?? MailReader.addresses(mail, "From")[0]?.address ?? ""
    const frozen = yield* Effect.mapError(
      decode({
        format: 1,
        messageId: (MailReader.header(mail, "Message-ID") ?? "").trim(),
        envelope: {
          from,
          to: [...to],
          smtpUtf8: false,
          eightBit: bytes.some((octet) => octet > 127),
          requireTls: false
        },
        bytes
      }),
      (error) => failure(Exit.failed, `${visible(path)} cannot be sent as it is: ${visible(error.message)}`)
    )
    const outgoing = Outgoing.thaw(frozen)
    const { driver } = yield* MailBackend
    const { recipients, response } = yield* Effect.mapError(
      Effect.scoped(Effect.flatMap(driver.open, (session) => session.deliver(outgoing))),
      failureOf
    )
    return { ...outgoing, recipients, ...response === undefined ? {} : { response } }
  }).pipe(Effect.provide(backend))
