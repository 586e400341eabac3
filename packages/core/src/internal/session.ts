import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { Delivery, MailDriver, MailSession } from "../MailBackend.js"
import type { BackendError } from "../MailError.js"
import type { Outgoing } from "../Outgoing.js"

/**
 * A session that outlives its failures: opened when it is first needed, closed with its scope, and opened anew for the
 * next message after anything that leaves its state in doubt. One message at a time.
 *
 * @internal
 */
export interface LastingSession extends MailSession {
  /** Opens the session unless it is open. */
  readonly open: Effect.Effect<void, BackendError>
}

interface Opened {
  readonly session: MailSession
  readonly scope: Scope.CloseableScope
}

/** After these a session can go on: the server answered, and knows that the message is over. */
const isInStep = (exit: Exit.Exit<Delivery, BackendError>): boolean =>
  Exit.match(exit, {
    onSuccess: () => true,
    onFailure: (cause) =>
      cause._tag === "Fail" && (cause.error._tag === "RejectedError" || cause.error._tag === "CapabilityError")
  })

/**
 * A session for one sender.
 *
 * @internal
 */
export const make = (driver: MailDriver): Effect.Effect<LastingSession, never, Scope.Scope> =>
  Effect.suspend(() => {
    let opened: Opened | undefined

    const close = (exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> =>
      Effect.suspend(() => {
        const { scope } = opened ?? {}
        opened = undefined
        return scope === undefined ? Effect.void : Scope.close(scope, exit)
      })

    const connect: Effect.Effect<MailSession, BackendError> = Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Scope.make(), (scope) =>
        restore(Scope.extend(driver.open, scope)).pipe(
          Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause))),
          Effect.tap((session) =>
            Effect.sync(() => {
              opened = { session, scope }
            })
          )
        ))
    )

    const deliver = (session: MailSession, outgoing: Outgoing): Effect.Effect<Delivery, BackendError> =>
      Effect.onExit(session.deliver(outgoing), (exit) => isInStep(exit) ? Effect.void : close(exit))

    return Effect.as(Effect.addFinalizer(close), {
      open: Effect.suspend(() => opened === undefined ? Effect.asVoid(connect) : Effect.void),
      deliver: (outgoing: Outgoing) =>
        Effect.suspend(() =>
          opened === undefined
            ? Effect.flatMap(connect, (session) => deliver(session, outgoing))
            : deliver(opened.session, outgoing)
        )
    })
  })

/**
 * A session for several senders, who wait for each other.
 *
 * @internal
 */
export const makeShared = (driver: MailDriver): Effect.Effect<LastingSession, never, Scope.Scope> =>
  Effect.map(make(driver), (session) => {
    const inTurn = Effect.unsafeMakeSemaphore(1).withPermits(1)
    return {
      open: inTurn(session.open),
      deliver: (outgoing) => inTurn(session.deliver(outgoing))
    }
  })
