import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * What a server accepts at most. A field that is left out has its default.
 *
 * - `maxConnections`: open at once; one more gets 421 and is closed. Default: no limit
 * - `maxRecipients`: of one message; one more gets 452 (RFC 5321 section 4.5.3.1.10). Default: no limit
 * - `maxCommandOctets`: of a command, without its CRLF; a longer one gets 500. Default: 12288, as AUTH needs (RFC 4954
 *   section 4)
 * - `maxLineOctets`: of a line of a message, without its CRLF; a longer one gets 554 after the final dot. Default: no limit
 * - `maxMessageOctets`: of a message (RFC 1870 section 3); more get 552 after the final dot, and at MAIL where SIZE= declares them
 *   (RFC 1870 section 6). Default: 67108864
 * - `idleTimeout`: how long the server waits for a command, for octets of a message, or for a TLS handshake, before it
 *   says 421 and closes the connection. RFC 5321 section 4.5.3.2.7 asks for 5 minutes at least. Default: no limit
 *
 * @since 0.1.0
 * @category models
 */
export interface Limits {
  readonly maxConnections?: number | undefined
  readonly maxRecipients?: number | undefined
  readonly maxCommandOctets?: number | undefined
  readonly maxLineOctets?: number | undefined
  readonly maxMessageOctets?: number | undefined
  readonly idleTimeout?: Duration.DurationInput | undefined
}

/** Limits with their defaults. */
export interface ResolvedLimits {
  readonly maxConnections: number
  readonly maxRecipients: number
  readonly maxCommandOctets: number
  readonly maxLineOctets: number
  readonly maxMessageOctets: number
  readonly idleTimeout: Duration.DurationInput | undefined
}

export const resolveLimits = (limits: Limits = {}): ResolvedLimits => ({
  maxConnections: limits.maxConnections ?? Infinity,
  maxRecipients: limits.maxRecipients ?? Infinity,
  maxCommandOctets: limits.maxCommandOctets ?? 12288,
  maxLineOctets: limits.maxLineOctets ?? Infinity,
  maxMessageOctets: limits.maxMessageOctets ?? 64 * 1024 * 1024,
  idleTimeout: limits.idleTimeout
})

/**
 * A message could not be stored. The server answers 451 after the final dot, and does not accept the message.
 *
 * @since 0.1.0
 * @category errors
 */
export class SinkError extends Schema.TaggedError<SinkError>("@effect-mail/testing/ScriptedSmtpServer/SinkError")(
  "SinkError",
  { cause: Schema.Defect }
) {}

/**
 * A message whose octets begin. `message` counts the messages of the connection, from 1.
 *
 * @since 0.1.0
 * @category models
 */
export interface Incoming {
  readonly connection: number
  readonly message: number
  readonly isSecure: boolean
  readonly from: string
  readonly to: ReadonlyArray<string>
}

/**
 * Where the octets of one message go.
 *
 * - `write`: the next octets, without the dots of RFC 5321 section 4.5.2. The server reads on when it is done
 * - `end`: the message is there as a whole. The server answers the final dot when it is done
 * - `abort`: the connection broke off, the message is over a limit, or the sink has failed
 *
 * @since 0.1.0
 * @category models
 */
export interface MessageSink {
  readonly write: (octets: Uint8Array) => Effect.Effect<void, SinkError>
  readonly end: Effect.Effect<void, SinkError>
  readonly abort: Effect.Effect<void>
}

/**
 * Takes the octets of messages instead of the ledger, which then has no `bytes`.
 *
 * @since 0.1.0
 * @category models
 */
export type Sink = (message: Incoming) => Effect.Effect<MessageSink, SinkError>
