/**
 * What a scripted SMTP server does: rules for single events. Everywhere else it behaves as a good server does.
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
import { type Action, fin } from "./internal/smtpScript/action.js"

export type { Action } from "./internal/smtpScript/action.js"
export {
  accept,
  acceptRecipient,
  beginData,
  expect,
  expectMessage,
  fin,
  garbageTls,
  hang,
  proceed,
  repeat,
  reply,
  rst,
  run,
  send,
  sendFor,
  startTls,
  stopReading,
  trickle,
  wait
} from "./internal/smtpScript/action.js"

/**
 * An event of a session, for which a rule may be given.
 *
 * - `connect`: the greeting is due
 * - `TLS`: a handshake is due, at the start or after STARTTLS
 * - `AUTHDATA`: a line of the client came in answer to 334
 * - `BODY`: octets of a message came; once for each message
 * - `DOT`: the end of a message came: the final dot, or the last chunk (BDAT, where CHUNKING is offered). In LMTP it comes
 *   once for each recipient that was accepted
 * - `EHLO`: also LHLO, where LMTP is spoken
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
 * - `occurrence`: only the time with this number, for each connection, counted from 1 again after STARTTLS
 * - `recipient`: only for this address, in which `*` is any text: `*@fail.test`. Upper case is as lower case. At `RCPT` it
 *   is the recipient that is named, at `DATA`, `BODY` and `DOT` any that was accepted; at `DOT` in LMTP the one whose reply
 *   is due
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
 * - `protocol`: SMTP, or LMTP (RFC 2033) with a reply to a message for each recipient. Absent is SMTP
 * - `tls`: whether connections are encrypted from the first octet
 * - `certificate`: the one that is shown, there or after STARTTLS
 * - `extensions`: what EHLO offers; STARTTLS, AUTH and BDAT are refused unless STARTTLS, AUTH and CHUNKING are offered
 * - `port`: `open`; `closed`, where connections are refused; or `unanswered`, where connecting never ends
 *
 * @since 0.1.0
 * @category models
 */
export interface Script {
  readonly rules: ReadonlyArray<Rule>
  readonly protocol?: "smtp" | "lmtp" | undefined
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
 * A rule: at this event the server plays these actions, and nothing else.
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
 * A rule: at this event the server closes the connection without a reply.
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
