/**
 * Rows that talk to a server on loopback: in real time, and with what they opened closed at their end.
 */
import { Backend, Smtp } from "@effect-mail/backends"
import type { MailBackend } from "@effect-mail/core"
import { Mail } from "@effect-mail/core"
import { NodeContext } from "@effect/platform-node"
import { assert } from "@effect/vitest"
import type { ConfigError, Scope } from "effect"
import { Clock, ConfigProvider, Effect, Layer } from "effect"

export const live = <A, E>(
  effect: Effect.Effect<A, E, NodeContext.NodeContext | Scope.Scope>
): Effect.Effect<A, E> => Effect.scoped(effect).pipe(Effect.provide(NodeContext.layer), Effect.withClock(Clock.make()))

/** The backend that settings of the environment choose. */
export const environment = (settings: Readonly<Record<string, string>>) =>
  Layer.provide(
    Backend.layerConfig,
    Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(settings))))
  )

/** Opens a session, and sends nothing: on the ports that are tried here there may be a real server. */
const knock = Mail.session(Effect.void)

/** Where a connection was tried, as the error of the one who was turned away tells; of several addresses the first. */
export const dialled = <R>(backend: Layer.Layer<MailBackend.MailBackend, ConfigError.ConfigError, R>) =>
  Effect.map(Effect.flip(Effect.provide(knock, backend)), (error) => {
    assert(error._tag === "ConnectionError", `not a refused connection: ${error}`)
    const { cause } = error
    return (cause instanceof AggregateError ? cause.errors[0] : cause) as Endpoint
  })

interface Endpoint {
  readonly address?: string
  readonly port?: number
}

export const portOf = (options: Omit<Smtp.Options, "host">) =>
  Effect.map(dialled(Smtp.layer({ host: "127.0.0.1", ...options })), ({ port }) => port)
