/**
 * An SMTP server on loopback that plays a script and keeps a ledger of what it got: for tests of programs whose server is
 * slow, full, faulty or down.
 *
 * It is strict: only CRLF ends a line, only CRLF.CRLF ends a message, and commands out of order are refused. It is closed
 * with its scope.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Socket } from "node:net"
import type { ServerEvent } from "./internal/smtpServer/events.js"
import type { Ledger } from "./internal/smtpServer/ledger.js"
import * as Listener from "./internal/smtpServer/listener.js"
import type { Limits, Sink } from "./internal/smtpServer/options.js"
import * as Server from "./internal/smtpServer/server.js"
import * as SmtpScript from "./SmtpScript.js"
import type * as TestCertificates from "./TestCertificates.js"

export type { Happening, ServerEvent } from "./internal/smtpServer/events.js"
export type { Aborted, Command, Ledger, Received } from "./internal/smtpServer/ledger.js"
export type { Incoming, Limits, MessageSink, Sink } from "./internal/smtpServer/options.js"
export { SinkError } from "./internal/smtpServer/options.js"

/**
 * What `ScriptedSmtpServer` provides: where the server is, what it has seen, and a way to change its script.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly host: string
  readonly port: number
  /** The authority that a client has to trust, in PEM. */
  readonly ca: string
  /** What has been seen and done so far. */
  readonly ledger: Effect.Effect<Ledger>
  /** Waits until the ledger shows what is waited for, and gives it. */
  readonly awaitLedger: (isSo: (ledger: Ledger) => boolean) => Effect.Effect<Ledger>
  /** Waits until every client has closed its connections. */
  readonly allClosed: Effect.Effect<void>
  /** Forgets the commands and messages so far. Connections keep their numbers. */
  readonly clear: Effect.Effect<void>
  /** From now on this script is played, on the open connections too. Whether the port is open does not change. */
  readonly play: (script: SmtpScript.Script) => Effect.Effect<void>
  /** What happens on the connections from now on, as long as the scope is open. */
  readonly events: Effect.Effect<Stream.Stream<ServerEvent>, never, Scope.Scope>
}

/**
 * The server of the running effect.
 *
 * @since 0.1.0
 * @category tags
 */
export class ScriptedSmtpServer
  extends Context.Tag("@effect-mail/testing/ScriptedSmtpServer")<ScriptedSmtpServer, Service>()
{}

/**
 * - `delivery`: how what the server writes reaches the client: `whole`, `line` by line, or `byte` by byte. Default: `whole`
 * - `certificates`: what to show in TLS handshakes. Default: new ones for each server
 * - `limits`: what the server accepts at most. Default: see `Limits`
 * - `sink`: takes the octets of messages instead of the ledger. Default: the ledger keeps them
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly delivery?: "whole" | "line" | "byte" | undefined
  readonly certificates?: TestCertificates.TestCertificates | undefined
  readonly limits?: Limits | undefined
  readonly sink?: Sink | undefined
}

const listen = (
  script: SmtpScript.Script,
  onConnection: (socket: Socket) => void
): Effect.Effect<number, never, Scope.Scope> => {
  switch (script.port) {
    case "open":
      return Listener.open(onConnection)
    case "closed":
      return Listener.closed
    case "unanswered":
      return Listener.unanswered
  }
}

/**
 * A server that lives as long as the scope.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { Message } from "@effect-mail/core"
 * import { ScriptedSmtpServer, SmtpScript } from "@effect-mail/testing"
 * import { Effect } from "effect"
 *
 * const program = Effect.scoped(Effect.gen(function*() {
 *   const { awaitLedger, host, port } = yield* ScriptedSmtpServer.make(
 *     SmtpScript.make({ rules: [SmtpScript.dropAfter({ event: "MAIL", connection: 1 })] })
 *   )
 *   const backend = yield* Smtp.make({ host, port, tls: "none" })
 *   const message = Message.make({ from: "ada@example.com", to: "bob@example.com", text: "Hello" })
 *   yield* Effect.retry(backend.send(message), { while: (error) => error.isTransient, times: 1 })
 *   return yield* awaitLedger(({ accepted }) => accepted.length === 1)
 * }))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  script: SmtpScript.Script = SmtpScript.make(),
  options: Options = {}
): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { certificates, events, ledger, onConnection, play } = yield* Server.make(script, options)
    const port = yield* listen(script, onConnection)
    return {
      host: "127.0.0.1",
      port,
      ca: certificates.ca,
      ledger: Effect.sync(() => ledger.snapshot),
      awaitLedger: ledger.until,
      allClosed: Effect.asVoid(ledger.until(({ openConnections }) => openConnections === 0)),
      clear: ledger.clear,
      play,
      events: events.subscribe
    }
  })

/**
 * Provides the server of `make`.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { MailPolicy } from "@effect-mail/core"
 * import { ScriptedSmtpServer, SmtpScript } from "@effect-mail/testing"
 * import { Effect, Layer, Schedule } from "effect"
 *
 * const ServerTest = ScriptedSmtpServer.layer(SmtpScript.make({
 *   rules: [SmtpScript.on({ event: "MAIL", connection: 1 }, SmtpScript.reply(451, "4.3.0 try again later"))]
 * }))
 *
 * const MailTest = Layer.unwrapEffect(Effect.map(
 *   ScriptedSmtpServer.ScriptedSmtpServer,
 *   ({ host, port }) => Smtp.layer({ host, port, tls: "none" })
 * )).pipe(
 *   MailPolicy.apply(MailPolicy.retry(Schedule.recurs(3))),
 *   Layer.provideMerge(ServerTest)
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  script?: SmtpScript.Script,
  options?: Options
): Layer.Layer<ScriptedSmtpServer> => Layer.scoped(ScriptedSmtpServer, make(script, options))

/**
 * What the server has seen and done so far.
 *
 * @since 0.1.0
 * @category accessors
 */
export const ledger: Effect.Effect<Ledger, never, ScriptedSmtpServer> = Effect.flatMap(
  ScriptedSmtpServer,
  (server) => server.ledger
)

/**
 * Waits until the ledger shows what is waited for, and gives it. Nothing is polled, and the wait can be interrupted.
 *
 * @since 0.1.0
 * @category accessors
 */
export const awaitLedger = (
  isSo: (ledger: Ledger) => boolean
): Effect.Effect<Ledger, never, ScriptedSmtpServer> =>
  Effect.flatMap(ScriptedSmtpServer, (server) => server.awaitLedger(isSo))

/**
 * Waits until every client has closed its connections.
 *
 * @since 0.1.0
 * @category accessors
 */
export const allClosed: Effect.Effect<void, never, ScriptedSmtpServer> = Effect.flatMap(
  ScriptedSmtpServer,
  (server) => server.allClosed
)

/**
 * Changes the script from now on, on the open connections too: a relay that recovers, or that fails later.
 *
 * @since 0.1.0
 * @category accessors
 */
export const play = (script: SmtpScript.Script): Effect.Effect<void, never, ScriptedSmtpServer> =>
  Effect.flatMap(ScriptedSmtpServer, (server) => server.play(script))

/**
 * What happens on the connections from now on, as long as the scope is open: for a log, or for a display.
 *
 * @example
 * ```ts
 * import { ScriptedSmtpServer } from "@effect-mail/testing"
 * import { Console, Effect, Stream } from "effect"
 *
 * const logged = Effect.flatMap(
 *   ScriptedSmtpServer.events,
 *   Stream.runForEach(({ connection, what }) =>
 *     what._tag === "Heard" ? Console.log(`${connection} > ${what.line}`) : Effect.void
 *   )
 * )
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const events: Effect.Effect<Stream.Stream<ServerEvent>, never, ScriptedSmtpServer | Scope.Scope> = Effect
  .flatMap(ScriptedSmtpServer, (server) => server.events)
