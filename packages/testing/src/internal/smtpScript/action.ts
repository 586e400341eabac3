import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"

/**
 * What the server does.
 *
 * - `Reply`: sends a reply that takes effect: 2xx accepts the recipient or the message, 354 begins the message, 334 awaits a
 *   line of the client, 4xx and 5xx refuse
 * - `Send`: sends octets; the state of the session does not change
 * - `SendFor`: the same, made of the last line of the client
 * - `Trickle`: the same, `size` octets at a time, with a wait after each
 * - `Repeat`: the same, `times` times: at once, or with a wait after each
 * - `Expect`: waits for a line that starts so; resets the connection at any other, which the ledger shows as `unexpected`
 * - `ExpectMessage`: waits for the end of a message, which the ledger shows as received
 * - `Wait`: does nothing for a while; octets of the client are read later
 * - `Run`: runs an effect, and goes on when it is done
 * - `Hang`: sends nothing any more, and never closes
 * - `Fin`: closes the server's side of the connection
 * - `Rst`: resets the connection
 * - `StopReading`: reads nothing any more, so that the client's octets pile up
 * - `StartTls`: begins a handshake
 * - `GarbageTls`: answers the client's first octets in plain text, and sends nothing any more
 * - `Proceed`: does what would have been done without the rule
 * - `AcceptRecipient`, `BeginData`, `Accept`: the effect of a reply without the reply
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
  | { readonly _tag: "SendFor"; readonly text: (line: string) => string }
  | { readonly _tag: "Expect"; readonly start: string }
  | { readonly _tag: "ExpectMessage" }
  | { readonly _tag: "Run"; readonly effect: Effect.Effect<void> }
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

const encode = (text: string | Uint8Array): Uint8Array =>
  typeof text === "string" ? new TextEncoder().encode(text) : text

/**
 * A reply of one line or more, which takes effect in the session.
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
 * Octets, or a text in UTF-8, as they are: nothing is added, not even a line end.
 *
 * @since 0.1.0
 * @category actions
 */
export const send = (text: string | Uint8Array): Action => ({ _tag: "Send", octets: encode(text) })

/**
 * A text that is made of the last line of the client, without its line end.
 *
 * @since 0.1.0
 * @category actions
 */
export const sendFor = (text: (line: string) => string): Action => ({ _tag: "SendFor", text })

/**
 * Waits for a line that starts with this text. Any other line resets the connection, and the ledger shows it as
 * `unexpected`. With `send` a rule plays a dialogue line by line.
 *
 * @example
 * ```ts
 * import { SmtpScript } from "@effect-mail/testing"
 *
 * SmtpScript.on(
 *   "connect",
 *   SmtpScript.send("220 test.example\r\n"),
 *   SmtpScript.expect("EHLO"),
 *   SmtpScript.send("250 test.example\r\n"),
 *   SmtpScript.expect("MAIL FROM:"),
 *   SmtpScript.send("25"),
 *   SmtpScript.rst
 * )
 * ```
 *
 * @since 0.1.0
 * @category actions
 */
export const expect = (start: string): Action => ({ _tag: "Expect", start })

/**
 * Waits for the end of a message. The ledger shows it as received, and as accepted with `accept` behind it.
 *
 * @since 0.1.0
 * @category actions
 */
export const expectMessage: Action = { _tag: "ExpectMessage" }

/**
 * Runs an effect and goes on when it is done: waits until a test opens a latch, or tells it how far the session is.
 *
 * @since 0.1.0
 * @category actions
 */
export const run = (effect: Effect.Effect<void>): Action => ({ _tag: "Run", effect })

/**
 * A text in pieces of `size` octets, with a wait after each. Default: 1 octet.
 *
 * @since 0.1.0
 * @category actions
 */
export const trickle = (
  text: string | Uint8Array,
  options: { readonly every: Duration.DurationInput; readonly size?: number | undefined }
): Action => ({ _tag: "Trickle", octets: encode(text), size: options.size ?? 1, every: options.every })

/**
 * A text many times: at once, or with a wait after each.
 *
 * @since 0.1.0
 * @category actions
 */
export const repeat = (
  text: string | Uint8Array,
  options: { readonly times: number; readonly every?: Duration.DurationInput | undefined }
): Action => ({ _tag: "Repeat", octets: encode(text), times: options.times, every: options.every })

/**
 * Does nothing for a while. Octets that come meanwhile are read afterwards.
 *
 * @since 0.1.0
 * @category actions
 */
export const wait = (duration: Duration.DurationInput): Action => ({ _tag: "Wait", duration })

/**
 * Sends nothing any more on this connection, and never closes it.
 *
 * @since 0.1.0
 * @category actions
 */
export const hang: Action = { _tag: "Hang" }

/**
 * Closes the server's side of the connection with a FIN, and sends nothing any more.
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
 * Reads nothing any more from this connection, so that the client's octets pile up. The server does not notice either that
 * the client closes the connection.
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
 * Answers the client's handshake in plain text, and sends nothing any more.
 *
 * @since 0.1.0
 * @category actions
 */
export const garbageTls: Action = { _tag: "GarbageTls" }

/**
 * Does what would have been done without the rule, for waits and octets before or after it.
 *
 * @since 0.1.0
 * @category actions
 */
export const proceed: Action = { _tag: "Proceed" }

/**
 * At `RCPT`: accepts the recipient, whatever is sent.
 *
 * @since 0.1.0
 * @category actions
 */
export const acceptRecipient: Action = { _tag: "AcceptRecipient" }

/**
 * At `DATA`: reads the message from here on, whatever is sent.
 *
 * @since 0.1.0
 * @category actions
 */
export const beginData: Action = { _tag: "BeginData" }

/**
 * At `DOT`: takes responsibility for the message, whatever is sent.
 *
 * @since 0.1.0
 * @category actions
 */
export const accept: Action = { _tag: "Accept" }
