import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import type { Socket } from "node:net"
import type { Script } from "../../SmtpScript.js"
import * as TestCertificates from "../../TestCertificates.js"
import { Attempts } from "./attempts.js"
import type { Delivery } from "./connection.js"
import type { ServerContext } from "./context.js"
import { EventHub } from "./events.js"
import { LedgerRecorder } from "./ledger.js"
import { type Limits, resolveLimits, type Sink } from "./options.js"
import { Session } from "./session/session.js"

/** What a server is made of. */
export interface ServerOptions {
  readonly delivery?: Delivery | undefined
  readonly certificates?: TestCertificates.TestCertificates | undefined
  readonly limits?: Limits | undefined
  readonly sink?: Sink | undefined
  /** After so many milliseconds the attempts of a recipient are counted from 1 again. Default: never */
  readonly forgetAttemptsAfter?: number | undefined
}

/** A server that has no port yet. */
export interface Server extends ServerContext {
  readonly play: (script: Script) => Effect.Effect<void>
  /** Serves a connection until it is closed. */
  readonly onConnection: (socket: Socket) => void
}

/** A server that plays a script on the connections that are handed to it. */
export const make = (script: Script, options: ServerOptions): Effect.Effect<Server, never, Scope.Scope> =>
  Effect.gen(function*() {
    let current = script
    const clock = yield* Effect.clock
    const fork = yield* FiberSet.makeRuntime<never>()
    const context: ServerContext = {
      script: () => current,
      certificates: options.certificates ?? (yield* TestCertificates.make),
      ledger: new LedgerRecorder(),
      events: new EventHub(() => clock.unsafeCurrentTimeMillis()),
      limits: resolveLimits(options.limits),
      sink: options.sink,
      attempts: new Attempts(options.forgetAttemptsAfter ?? Infinity)
    }
    const { events, ledger, limits } = context
    let open = 0

    const onConnection = (socket: Socket): void => {
      const number = ledger.connected()
      events.emit(number, () => ({ _tag: "Opened", remoteAddress: socket.remoteAddress }))
      let hasLeft = false
      const leave = (): void => {
        if (hasLeft) return
        hasLeft = true
        ledger.left()
      }
      const session = new Session(context, number, socket, options.delivery ?? "whole", leave)
      const fiber = fork(open++ < limits.maxConnections ? session.run : session.refuse)
      socket.once("close", () => {
        open--
        session.ended()
        leave()
        events.emit(number, () => ({ _tag: "Closed" }))
        fiber.unsafeInterruptAsFork(fiber.id())
      })
    }

    return {
      ...context,
      onConnection,
      play: (next) =>
        Effect.sync(() => {
          current = next
        })
    }
  })
