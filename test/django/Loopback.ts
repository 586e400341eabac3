/**
 * Rows that talk to a server on loopback: in real time, and with what they opened closed at their end.
 */
import { Backend, Smtp } from "@effect-mail/backends"
import { Mail, Message } from "@effect-mail/core"
import { NodeContext } from "@effect/platform-node"
import { assert } from "@effect/vitest"
import type { Scope } from "effect"
import { Clock, ConfigProvider, Effect, Layer } from "effect"

export const live = <A, E>(
  effect: Effect.Effect<A, E, NodeContext.NodeContext | Scope.Scope>
): Effect.Effect<A, E> =>
  Effect.scoped(effect).pipe(Effect.provide(NodeContext.layer), Effect.withClock(Clock.make()))

/** The backend that settings of the environment choose. */
export const environment = (settings: Readonly<Record<string, string>>) =>
  Layer.provide(
    Backend.layerConfig,
    Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(settings))))
  )

export const message: Message.Message = Message.make({
  from: "ada@example.com",
  to: "bob@example.com",
  subject: "Subject",
  text: "Content\n"
})

export const numbered = (n: number): Message.Message => Message.subject(message, `message ${n}`)

/** Opens a session, and sends nothing: on the ports that are tried here there may be a real server. */
const knock = Mail.session(Effect.void)

/** Where a connection was tried, as the error of the one who was turned away tells. */
export const dialled = (backend: ReturnType<typeof Smtp.layer>) =>
  Effect.map(Effect.flip(Effect.provide(knock, backend)), (error) => {
    assert(error._tag === "ConnectionError", `not a refused connection: ${error}`)
    return error.cause as { readonly address?: string; readonly port?: number }
  })

export const portOf = (options: Omit<Smtp.Options, "host">) =>
  Effect.map(dialled(Smtp.layer({ host: "127.0.0.1", ...options })), ({ port }) => port)
