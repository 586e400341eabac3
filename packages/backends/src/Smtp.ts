/**
 * Sending over SMTP (RFC 5321): over pooled connections, encrypted by default where there is something to protect, and
 * with the truth about each recipient.
 *
 * @since 0.1.0
 */
import * as MailBackend from "@effect-mail/core/MailBackend"
import type { AuthenticationError, BackendError } from "@effect-mail/core/MailError"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as SmtpConnection from "./internal/smtpConnection.js"
import * as SmtpOptions from "./internal/smtpOptions.js"
import * as SmtpPool from "./internal/smtpPool.js"
import * as SmtpTranscript from "./internal/smtpTranscript.js"

/**
 * How the connection is encrypted.
 *
 * - `implicit`: TLS from the first octet (RFC 8314); port 465
 * - `required`: STARTTLS (RFC 3207), or the message is not sent; port 587
 * - `opportunistic`: STARTTLS where it is offered; credentials are never sent without it; port 25
 * - `none`: no encryption, not even for credentials; port 25
 *
 * @since 0.1.0
 * @category models
 */
export type Tls = "implicit" | "required" | "opportunistic" | "none"

/**
 * Who logs in: a user with a password, or with an OAuth 2 access token. The token is asked for when a connection is made,
 * and once more when the server refuses it.
 *
 * @since 0.1.0
 * @category models
 */
export type Auth =
  | { readonly user: string; readonly password: Redacted.Redacted }
  | { readonly user: string; readonly accessToken: Effect.Effect<Redacted.Redacted, AuthenticationError> }

/**
 * Certificates in PEM: `ca` to trust instead of the system's, `cert` and `key` to present, and the name that the
 * server's certificate must be for where it is not `host`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Certificates {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: Redacted.Redacted | undefined
  readonly serverName?: string | undefined
}

/**
 * How long to wait. Each limit is for one thing to happen as a whole, not for silence.
 *
 * - `connect`: DNS and TCP; 30 seconds
 * - `greeting`: the first reply; 30 seconds
 * - `command`: each further reply, and each step of the message on its way; 2 minutes
 * - `reply`: the reply after the final dot; 10 minutes (RFC 5321 section 4.5.3.2.6: a short wait creates duplicates)
 * - `send`: one message as a whole; 30 minutes
 * - `close`: the farewell; 1 second
 *
 * @since 0.1.0
 * @category models
 */
export interface Timeouts {
  readonly connect?: Duration.DurationInput | undefined
  readonly greeting?: Duration.DurationInput | undefined
  readonly command?: Duration.DurationInput | undefined
  readonly reply?: Duration.DurationInput | undefined
  readonly send?: Duration.DurationInput | undefined
  readonly close?: Duration.DurationInput | undefined
}

/**
 * - `maxConnections`: open at once; 5
 * - `maxMessages`: over one connection, before it is replaced; 100
 * - `idleTimeout`: after which a connection that nobody uses is closed; 30 seconds
 *
 * @since 0.1.0
 * @category models
 */
export interface PoolOptions {
  readonly maxConnections?: number | undefined
  readonly maxMessages?: number | undefined
  readonly idleTimeout?: Duration.DurationInput | undefined
}

/**
 * Where and how to send.
 *
 * - `port`: follows from `tls` when left out
 * - `tls`: `required` where there are credentials, else `opportunistic`; `implicit` on port 465
 * - `clientName`: what EHLO says; `[127.0.0.1]` unless said otherwise, never the host's name
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly host: string
  readonly port?: number | undefined
  readonly tls?: Tls | undefined
  readonly auth?: Auth | undefined
  readonly clientName?: string | undefined
  readonly timeouts?: Timeouts | undefined
  readonly pool?: PoolOptions | undefined
  readonly certificates?: Certificates | undefined
}

/**
 * A backend over a pool of SMTP connections. None is made before the first message; all are closed with the scope.
 *
 * Fails with a `ConfigError` that names the option when the options cannot be.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { Message } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const program = Effect.scoped(Effect.gen(function*() {
 *   const backend = yield* Smtp.make({ host: "localhost", port: 1025, tls: "none" })
 *   return yield* backend.send(Message.make({ from: "ada@example.com", to: "bob@example.com", text: "Hello" }))
 * }))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options
): Effect.Effect<MailBackend.Service, ConfigError.ConfigError, Scope.Scope> =>
  Effect.gen(function*() {
    const settings = yield* SmtpOptions.decode(options)
    const open = yield* SmtpPool.make(settings)
    return MailBackend.make({ name: "smtp", open })
  })

/**
 * Provides the backend of `make`.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { Redacted } from "effect"
 *
 * const MailLive = Smtp.layer({
 *   host: "smtp.example.com",
 *   auth: { user: "ada", password: Redacted.make("secret") }
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<MailBackend.MailBackend, ConfigError.ConfigError> =>
  Layer.scoped(MailBackend.MailBackend, make(options))

/**
 * Provides the backend of `make` with options from configuration.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { Config } from "effect"
 *
 * const MailLive = Smtp.layerConfig({
 *   host: Config.string("SMTP_HOST"),
 *   auth: Config.all({ user: Config.string("SMTP_USER"), password: Config.redacted("SMTP_PASSWORD") })
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  config: Config.Config.Wrap<Options>
): Layer.Layer<MailBackend.MailBackend, ConfigError.ConfigError> =>
  Layer.scoped(MailBackend.MailBackend, Effect.flatMap(Config.unwrap(config), make))

/**
 * What a server turned out to be like.
 *
 * - `isEncrypted`, `isLoggedIn`: what the connection has, not what the server offers
 * - `extensions`: what EHLO offers, in upper case, with its parameters
 * - `largestMessage`: in octets, where the server says so (RFC 1870)
 *
 * @since 0.1.0
 * @category models
 */
export interface Verification {
  readonly isEncrypted: boolean
  readonly isLoggedIn: boolean
  readonly extensions: ReadonlyMap<string, string>
  readonly largestMessage: Option.Option<number>
}

/**
 * Connects, encrypts, logs in and says good-bye, as sending a message would, but sends none. What it tells of the server
 * was seen; what a message would lack fails as it would when it is sent.
 *
 * @since 0.1.0
 * @category verification
 */
export const verify = (
  options: Options
): Effect.Effect<Verification, BackendError | ConfigError.ConfigError> =>
  Effect.scoped(Effect.gen(function*() {
    const settings = yield* SmtpOptions.decode(options)
    const { link } = yield* SmtpConnection.make(settings)
    const { extensions } = link.dialogue
    return {
      isEncrypted: link.client.secure,
      isLoggedIn: link.client.authenticated,
      extensions,
      largestMessage: Option.filter(Option.some(Number(extensions.get("SIZE"))), (size) => size > 0)
    }
  }))

/**
 * The dialogue with the server up to a failure, for who looks into it: `C:` what was said, `S:` what was answered. It
 * holds addresses, but neither octets of the message nor secrets. Errors that did not come from a dialogue have none.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { Mail, Message } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const program = Mail.send(Message.make({ from: "ada@example.com", to: "bob@example.com" })).pipe(
 *   Effect.tapError((error) => Effect.logDebug(Smtp.transcript(error).join("\n")))
 * )
 * ```
 *
 * @since 0.1.0
 * @category verification
 */
export const transcript: (error: unknown) => ReadonlyArray<string> = SmtpTranscript.of
