/**
 * Sending over SMTP (RFC 5321): over pooled connections, encrypted by default if there are credentials, with a status for
 * each recipient. With `protocol: "lmtp"` it speaks LMTP (RFC 2033) to a mail store, which also accepts or refuses the
 * message itself for each recipient.
 *
 * @since 0.1.0
 */
import * as MailBackend from "@effect-mail/core/MailBackend"
import type { BackendError } from "@effect-mail/core/MailError"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as BackendDefinition from "./BackendDefinition.js"
import * as SmtpEnvironment from "./internal/config/smtpEnvironment.js"
import * as SmtpUrl from "./internal/config/smtpUrl.js"
import * as Connection from "./internal/smtp/connection/connection.js"
import * as Transcript from "./internal/smtp/connection/transcript.js"
import { decode, type Options } from "./internal/smtp/options.js"
import * as Pool from "./internal/smtp/pool/connectionPool.js"

export type {
  Auth,
  Certificates,
  Chunking,
  Options,
  Pipelining,
  PoolOptions,
  Protocol,
  Timeouts,
  Tls
} from "./internal/smtp/options.js"

/**
 * A backend over a pool of SMTP connections. None is made before the first message; all are closed with the scope.
 *
 * Fails with a `ConfigError` that names the option if an option is not valid.
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
    const settings = yield* decode(options)
    const pool = yield* Pool.make(settings)
    return MailBackend.make({
      name: settings.protocol,
      open: pool.session,
      deliver: (outgoing, options) => pool.deliver(outgoing, options)
    })
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
 *
 * // To the mail store of this machine, over its Unix domain socket.
 * const StoreLive = Smtp.layer({ protocol: "lmtp", host: "/run/dovecot/lmtp" })
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
 * How configuration chooses this backend.
 *
 * @since 0.1.0
 * @category configuration
 */
export const definition: BackendDefinition.BackendDefinition<FileSystem.FileSystem | Scope.Scope> = BackendDefinition
  .make({
    name: "smtp",
    schemes: SmtpUrl.schemes,
    settings: SmtpEnvironment.settings,
    query: SmtpUrl.query,
    config: SmtpEnvironment.options,
    fromUrl: SmtpUrl.options,
    make
  })

/**
 * What `verify` found out about a server.
 *
 * - `isEncrypted`, `isLoggedIn`: what the connection has, not what the server offers
 * - `extensions`: what EHLO offers, in upper case, with its parameters
 * - `maxMessageSize`: in octets, where the server says so (RFC 1870)
 *
 * @since 0.1.0
 * @category models
 */
export interface Verification {
  readonly isEncrypted: boolean
  readonly isLoggedIn: boolean
  readonly extensions: ReadonlyMap<string, string>
  readonly maxMessageSize: Option.Option<number>
}

/**
 * Connects, encrypts, logs in and quits, as for a message, but sends none. It fails as sending would.
 *
 * @since 0.1.0
 * @category verification
 */
export const verify = (
  options: Options
): Effect.Effect<Verification, BackendError | ConfigError.ConfigError> =>
  Effect.scoped(Effect.gen(function*() {
    const settings = yield* decode(options)
    const { session } = yield* Connection.make(settings, yield* Effect.runtime<never>())
    const { extensions, isEncrypted, isLoggedIn } = session.handshake
    return {
      isEncrypted,
      isLoggedIn,
      extensions,
      maxMessageSize: Option.filter(Option.some(Number(extensions.get("SIZE"))), (size) => size > 0)
    }
  }))

/**
 * The dialogue with the server up to a failure: `C:` the client, `S:` the server. It holds addresses, but neither octets of
 * the message nor secrets. Errors without a dialogue have none.
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
export const transcript: (error: unknown) => ReadonlyArray<string> = Transcript.of
