/**
 * Automatic answers (RFC 3834): to whom none must go, and how one is written so that no other program answers it.
 *
 * @since 0.1.0
 */
import type { Address } from "@effect-mail/core"
import { Message } from "@effect-mail/core"
import * as Option from "effect/Option"
import * as Received from "./Received.js"

/**
 * Why a message must not be answered by a program:
 *
 * - `AutoSubmitted`: a program wrote it
 * - `Bulk`: it went to many, by its Precedence
 * - `List`: a mailing list sent it
 * - `NullReturnPath`: its sender wants no reports
 * - `NoReply`: the sender is an address that is not read, or a program
 * - `Suppressed`: the sender asks for none (`X-Auto-Response-Suppress`)
 * - `NotToMe`: the recipient is in neither To nor Cc
 * - `NoSender`: there is no address to answer to
 *
 * @since 0.1.0
 * @category models
 */
export type Refusal =
  | "AutoSubmitted"
  | "Bulk"
  | "List"
  | "NullReturnPath"
  | "NoReply"
  | "Suppressed"
  | "NotToMe"
  | "NoSender"

/**
 * - `me`: the addresses of the recipient who answers: a message that names none of them in To or Cc is not answered, as RFC
 *   3834 section 2 asks of answers for a person. Default: not looked at
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly me?: ReadonlyArray<string> | undefined
}

const programs =
  /^(?:no-?reply|do-?not-?reply|mailer-daemon|postmaster|daemon|bounces?|owner-.*|.*-(?:request|owner|bounces?|relay)|(?:majordomo|listserv|nobody|root))(?:\+.*)?$/i

const isProgram = (address: string): boolean => programs.test(address.slice(0, address.lastIndexOf("@")))

const listFields = [
  "list-id",
  "list-post",
  "list-unsubscribe",
  "list-help",
  "list-owner",
  "list-subscribe",
  "mailing-list"
]

const target = (received: Received.Received): string | undefined =>
  received.returnPath ?? received.replyTo ?? received.from

/**
 * Why the message must not be answered; none where it may be.
 *
 * @example
 * ```ts
 * import { AutoReply, Received } from "@effect-mail/inbound"
 * import { Option } from "effect"
 *
 * const why = (octets: Uint8Array): string =>
 *   Option.getOrElse(AutoReply.refusal(Received.parse(octets), { me: ["ada@example.com"] }), () => "it may be answered")
 * ```
 *
 * @since 0.1.0
 * @category checks
 */
export const refusal = (received: Received.Received, options: Options = {}): Option.Option<Refusal> => {
  const has = (name: string, pattern: RegExp): boolean =>
    Received.header(received, name).some((value) => pattern.test(value))
  const to = target(received)
  const to_ = received.to.map((address) => address.toLowerCase())
  const reasons: ReadonlyArray<readonly [Refusal, boolean]> = [
    ["AutoSubmitted", has("auto-submitted", /^(?!\s*no\b)/i) || has("x-autoreply", /./) || has("x-autorespond", /./)],
    ["NullReturnPath", received.returnPath === ""],
    ["List", listFields.some((name) => has(name, /./))],
    ["Bulk", has("precedence", /^(?:bulk|list|junk|auto_reply)/i)],
    ["Suppressed", has("x-auto-response-suppress", /\b(?:all|oof|autoreply)\b/i)],
    ["NoSender", to === undefined],
    ["NoReply", [to, received.from].some((address) => address !== undefined && isProgram(address))],
    ["NotToMe", options.me !== undefined && !options.me.some((address) => to_.includes(address.toLowerCase()))]
  ]
  return Option.fromNullable(reasons.find(([, applies]) => applies)?.[0])
}

/**
 * Whether the message may be answered. Answer the same sender once in some days at most: keep in mind whom you answered
 * (RFC 3834 section 2).
 *
 * @example
 * ```ts
 * import { AutoReply, Received } from "@effect-mail/inbound"
 *
 * const mayBeAnswered = (octets: Uint8Array): boolean =>
 *   AutoReply.allowed(Received.parse(octets), { me: ["ada@example.com"] })
 * ```
 *
 * @since 0.1.0
 * @category checks
 */
export const allowed = (received: Received.Received, options: Options = {}): boolean =>
  Option.isNone(refusal(received, options))

/**
 * What the answer says. Without `subject` it is `Auto: ` and that of the message.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  readonly from: Address.Input
  readonly text: string
  readonly html?: string | undefined
  readonly subject?: string | undefined
}

/**
 * An answer to the address that the message came from, with the null reverse-path, so that no bounce of it comes back, and
 * `Auto-Submitted: auto-replied`, so that no program answers it. None where `allowed` says no.
 *
 * @example
 * ```ts
 * import { Mail } from "@effect-mail/core"
 * import { AutoReply, Received } from "@effect-mail/inbound"
 * import { Effect, Option } from "effect"
 *
 * const onVacation = (octets: Uint8Array) =>
 *   Option.match(AutoReply.to(Received.parse(octets), { from: "ada@example.com", text: "Back on Monday." }), {
 *     onNone: () => Effect.void,
 *     onSome: (answer) => Effect.asVoid(Mail.send(answer))
 *   })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const to = (
  received: Received.Received,
  answer: Answer,
  options: Options = {}
): Option.Option<Message.Message> => {
  const recipient = target(received)
  return recipient === undefined || !allowed(received, options)
    ? Option.none()
    : Option.some(
      Message.make({
        from: answer.from,
        envelopeFrom: "",
        to: { address: recipient },
        text: answer.text,
        html: answer.html,
        headers: { "Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All" }
      }).pipe(
        Message.answering({ ...received, subject: "" }),
        Message.subject(answer.subject ?? `Auto: ${received.subject}`)
      )
    )
}
