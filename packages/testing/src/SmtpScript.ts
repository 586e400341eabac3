/**
 * What a scripted SMTP server does: rules that say what happens where it would otherwise behave as a good server does.
 *
 * @example
 * ```ts
 * import { SmtpScript } from "@effect-mail/testing"
 *
 * // Defers the first recipient of each connection, and loses the first connection after the final dot.
 * const script = SmtpScript.make({
 *   rules: [
 *     SmtpScript.on({ event: "RCPT", occurrence: 1 }, SmtpScript.reply(450, "4.2.0 grey listed")),
 *     SmtpScript.dropAfter({ event: "DOT", connection: 1 })
 *   ]
 * })
 * ```
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"

/**
 * What happens in a session, and can be ruled.
 *
 * - `connect`: the greeting is due
 * - `TLS`: a handshake is due, at the start or after STARTTLS
 * - `AUTHDATA`: a line of the client came in answer to 334
 * - `BODY`: octets of a message came; once for each message
 * - `DOT`: the end of a message came
 * - the others: the command came
 *
 * @since 0.1.0
 * @category models
 */
export type Event =
  | "connect"
  | "TLS"
  | "EHLO"
  | "HELO"
  | "STARTTLS"
  | "AUTH"
  | "AUTHDATA"
  | "MAIL"
  | "RCPT"
  | "DATA"
  | "BODY"
  | "DOT"
  | "RSET"
  | "NOOP"
  | "QUIT"

/**
 * When a rule applies.
 *
 * - `connection`: only on the connection with this number; the first one has 1
 * - `occurrence`: only the time with this number, for each connection, counted from 1 again once it is encrypted
 * - `recipient`: only for this address, in which `*` is any text: `*@fail.test`. Upper case is as lower case. At `RCPT` it
 *   is the recipient that is named, at `DATA`, `BODY` and `DOT` any that was accepted
 * - `sender`: only for this sender, as a pattern; at `MAIL`, `RCPT` and `DATA`
 * - `attempt`: only the time with this number that such a recipient is named at `RCPT`, on all connections of the server
 * - `isSecure`: only where the connection is encrypted, or only where it is not
 * - `afterOctets`: for `BODY`, as soon as so many octets of the message came
 * - `chance`: only so often, from 0 to 1, as the `Random` of the effect that made the server has it
 *
 * @since 0.1.0
 * @category models
 */
export interface When {
  readonly event: Event
  readonly connection?: number | undefined
  readonly occurrence?: number | undefined
  readonly recipient?: string | undefined
  readonly sender?: string | undefined
  readonly attempt?: number | undefined
  readonly isSecure?: boolean | undefined
  readonly afterOctets?: number | undefined
  readonly chance?: number | undefined
}

/**
 * What the server does.
 *
 * - `Reply`: says it and means it: 2xx takes the recipient or the message, 354 begins the message, 334 awaits a line of
 *   the client, 4xx and 5xx refuse
 * - `Send`: sends octets, whatever they mean to the client; the server's own state stays as it is
 * - `Trickle`: the same, `size` octets at a time, and a wait after each
 * - `Repeat`: the same, `times` over: at once, or with a wait after each
 * - `Wait`: does nothing for a while; what comes in is read later
 * - `Hang`: says nothing any more, and never closes
 * - `Fin`: closes the server's side of the connection
 * - `Rst`: resets the connection
 * - `StopReading`: reads nothing any more, so that the client's octets pile up
 * - `StartTls`: begins a handshake
 * - `GarbageTls`: answers the client's first octets in plain text, and says nothing any more
 * - `Proceed`: does what would have been done without the rule
 * - `AcceptRecipient`, `BeginData`, `Accept`: what a reply would have meant, for one that is sent by hand or not at all
 *
 * @since 0.1.0
 * @category models
 */
export type Action =
  | { readonly _tag: "Reply"; readonly code: number; readonly lines: ReadonlyArray<string> }
  | { readonly _tag: "Send"; readonly octets: Uint8Array }
  | {
    readonly _tag: "Trickle"
    readonly octets: Uint8Array
    readonly size: number
    readonly every: Duration.DurationInput
  }
  | {
    readonly _tag: "Repeat"
    readonly octets: Uint8Array
    readonly times: number
    readonly every?: Duration.DurationInput | undefined
  }
  | { readonly _tag: "Wait"; readonly duration: Duration.DurationInput }
  | { readonly _tag: "Hang" }
  | { readonly _tag: "Fin" }
  | { readonly _tag: "Rst" }
  | { readonly _tag: "StopReading" }
  | { readonly _tag: "StartTls" }
  | { readonly _tag: "GarbageTls" }
  | { readonly _tag: "Proceed" }
  | { readonly _tag: "AcceptRecipient" }
  | { readonly _tag: "BeginData" }
  | { readonly _tag: "Accept" }

/**
 * What the server does, in order, when something happens.
 *
 * - `label`: a name for logs and displays
 *
 * @since 0.1.0
 * @category models
 */
export interface Rule {
  readonly label?: string | undefined
  readonly when: When
  readonly actions: ReadonlyArray<Action>
}

/**
 * Which of the `TestCertificates` the server shows.
 *
 * @since 0.1.0
 * @category models
 */
export type CertificateName = "valid" | "expired" | "notYetValid" | "wrongHost" | "selfSigned"

/**
 * A whole script.
 *
 * - `rules`: the first that applies is played; of those for `BODY`, each that applies
 * - `tls`: whether connections are encrypted from the first octet
 * - `certificate`: the one that is shown, there or after STARTTLS
 * - `extensions`: what EHLO offers; STARTTLS and AUTH are refused unless they are offered
 * - `port`: `open`; `closed`, where connections are refused; or `unanswered`, where nobody ever answers, not even TCP
 *
 * @since 0.1.0
 * @category models
 */
export interface Script {
  readonly rules: ReadonlyArray<Rule>
  readonly tls: "none" | "implicit"
  readonly certificate: CertificateName
  readonly extensions: ReadonlyArray<string>
  readonly port: "open" | "closed" | "unanswered"
}

/**
 * A script. Without anything it is a good server that offers PIPELINING, 8BITMIME, SMTPUTF8 and SIZE, in plain text.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (script: Partial<Script> = {}): Script => ({
  rules: [],
  tls: "none",
  certificate: "valid",
  extensions: ["PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 10485760"],
  port: "open",
  ...script
})

/**
 * A rule: whenever this happens, the server does that, and nothing else.
 *
 * @example
 * ```ts
 * import { SmtpScript } from "@effect-mail/testing"
 *
 * SmtpScript.on("MAIL", SmtpScript.reply(421, "4.3.2 closing"), SmtpScript.fin)
 * SmtpScript.on({ event: "DOT", connection: 1, occurrence: 2 }, SmtpScript.wait("2 seconds"), SmtpScript.proceed)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const on = (when: Event | When, ...actions: ReadonlyArray<Action>): Rule => ({
  when: typeof when === "string" ? { event: when } : when,
  actions
})

/**
 * A rule with a name for logs and displays.
 *
 * @example
 * ```ts
 * import { SmtpScript } from "@effect-mail/testing"
 *
 * const refused = SmtpScript.on({ event: "RCPT", recipient: "*@fail.test" }, SmtpScript.reply(550, "5.1.1 no such user"))
 * SmtpScript.label(refused, "fail.test is unknown")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const label = (rule: Rule, label: string): Rule => ({ ...rule, label })

/**
 * A rule: whenever this happens, the connection is closed without a word.
 *
 * @example
 * ```ts
 * import { SmtpScript } from "@effect-mail/testing"
 *
 * SmtpScript.dropAfter({ event: "BODY", afterOctets: 65536 })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const dropAfter = (when: Event | When): Rule => on(when, fin)

const encode = (text: string | Uint8Array): Uint8Array =>
  typeof text === "string" ? new TextEncoder().encode(text) : text

/**
 * A reply of one line or more, which also means what it says.
 *
 * @example
 * ```ts
 * import { SmtpScript } from "@effect-mail/testing"
 *
 * SmtpScript.reply(550, "5.7.1 no relaying", "5.7.1 see https://mail.example.com/relaying")
 * ```
 *
 * @since 0.1.0
 * @category actions
 */
export const reply = (code: number, ...lines: ReadonlyArray<string>): Action => ({ _tag: "Reply", code, lines })

/**
 * Octets, or a text in UTF-8, exactly as they are: line ends included.
 *
 * @since 0.1.0
 * @category actions
 */
export const send = (text: string | Uint8Array): Action => ({ _tag: "Send", octets: encode(text) })

/**
 * A text a few octets at a time, one unless said otherwise, with a wait after each.
 *
 * @since 0.1.0
 * @category actions
 */
export const trickle = (
  text: string | Uint8Array,
  options: { readonly every: Duration.DurationInput; readonly size?: number | undefined }
): Action => ({ _tag: "Trickle", octets: encode(text), size: options.size ?? 1, every: options.every })

/**
 * A text many times over: at once, or with a wait after each.
 *
 * @since 0.1.0
 * @category actions
 */
export const repeat = (
  text: string | Uint8Array,
  options: { readonly times: number; readonly every?: Duration.DurationInput | undefined }
): Action => ({ _tag: "Repeat", octets: encode(text), times: options.times, every: options.every })

/**
 * Does nothing for a while. What comes in meanwhile is read afterwards.
 *
 * @since 0.1.0
 * @category actions
 */
export const wait = (duration: Duration.DurationInput): Action => ({ _tag: "Wait", duration })

/**
 * Says nothing any more on this connection, and never closes it.
 *
 * @since 0.1.0
 * @category actions
 */
export const hang: Action = { _tag: "Hang" }

/**
 * Closes the server's side of the connection in good order, and says nothing any more.
 *
 * @since 0.1.0
 * @category actions
 */
export const fin: Action = { _tag: "Fin" }

/**
 * Resets the connection.
 *
 * @since 0.1.0
 * @category actions
 */
export const rst: Action = { _tag: "Rst" }

/**
 * Reads nothing any more from this connection, so that the client's octets pile up on their way. Whether the client has
 * gone cannot be noticed any more either.
 *
 * @since 0.1.0
 * @category actions
 */
export const stopReading: Action = { _tag: "StopReading" }

/**
 * Begins a TLS handshake, and goes on once it is done.
 *
 * @since 0.1.0
 * @category actions
 */
export const startTls: Action = { _tag: "StartTls" }

/**
 * Answers the client's handshake in plain text, and says nothing any more.
 *
 * @since 0.1.0
 * @category actions
 */
export const garbageTls: Action = { _tag: "GarbageTls" }

/**
 * Does what would have been done without the rule: the place for waits and for words before and after it.
 *
 * @since 0.1.0
 * @category actions
 */
export const proceed: Action = { _tag: "Proceed" }

/**
 * At `RCPT`: takes the recipient, whatever the client is told.
 *
 * @since 0.1.0
 * @category actions
 */
export const acceptRecipient: Action = { _tag: "AcceptRecipient" }

/**
 * At `DATA`: reads the message from here on, whatever the client is told.
 *
 * @since 0.1.0
 * @category actions
 */
export const beginData: Action = { _tag: "BeginData" }

/**
 * At `DOT`: takes responsibility for the message, whatever the client learns of it.
 *
 * @since 0.1.0
 * @category actions
 */
export const accept: Action = { _tag: "Accept" }
