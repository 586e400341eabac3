import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { BackendError } from "../../MailError.js"
import type { Outgoing } from "../outgoing/outgoing.js"
import type { DeliverOptions, Delivery, MailDriver, MailSession } from "./driver.js"

/**
 * A session that survives failures: opened when it is first needed, closed with its scope, and opened again for the next
 * message after an error that is not `keepsSession`.
 */
export interface LastingSession extends MailSession {
  readonly isOpen: boolean
  /** That of the open session; 1 without one. */
  readonly window: number
  /** That of the open session, or of the last one. */
  readonly isConnectionless: boolean
  /** Opens the session unless it is open. */
  readonly open: Effect.Effect<void, BackendError>
  /** Opens the session, and makes the connection that the message needs. */
  readonly openFor: (outgoing: Outgoing) => Effect.Effect<void, BackendError>
}

interface Opened {
  readonly session: MailSession
  readonly scope: Scope.CloseableScope
  /** The number of messages in progress. */
  users: number
}

const keepsSession = (exit: Exit.Exit<Delivery, BackendError>): boolean =>
  Exit.match(exit, {
    onSuccess: () => true,
    onFailure: (cause) => cause._tag === "Fail" && cause.error.keepsSession
  })

/** A session for one sender. */
export const make = (driver: MailDriver): Effect.Effect<LastingSession, never, Scope.Scope> =>
  Effect.suspend(() => {
    let opened: Opened | undefined
    let isConnectionless = false
    const inTurn = Effect.unsafeMakeSemaphore(1).withPermits(1)

    /** Sends no further message over a session, and closes it when none is in progress. */
    const leave = (left: Opened, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> =>
      Effect.suspend(() => {
        if (opened === left) opened = undefined
        return left.users === 0 ? Scope.close(left.scope, exit) : Effect.void
      })

    const connect: Effect.Effect<Opened, BackendError> = Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Scope.make(), (scope) =>
        restore(Scope.extend(driver.open, scope)).pipe(
          Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause))),
          Effect.map((session) => {
            opened = { session, scope, users: 0 }
            isConnectionless = session.isConnectionless ?? false
            return opened
          })
        ))
    )

    const open = Effect.suspend(() =>
      opened === undefined
        ? inTurn(Effect.suspend(() => opened === undefined ? connect : Effect.succeed(opened)))
        : Effect.succeed(opened)
    )

    const deliver = (outgoing: Outgoing, options?: DeliverOptions): Effect.Effect<Delivery, BackendError> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(restore(open), (current) => {
          current.users++
          return Effect.onExit(restore(current.session.deliver(outgoing, options)), (exit) => {
            current.users--
            return keepsSession(exit) && opened === current ? Effect.void : leave(current, exit)
          })
        })
      )

    return Effect.as(
      Effect.addFinalizer((exit) => Effect.suspend(() => opened === undefined ? Effect.void : leave(opened, exit))),
      {
        get isOpen() {
          return opened !== undefined
        },
        get window() {
          return opened?.session.window ?? 1
        },
        get isConnectionless() {
          return opened?.session.isConnectionless ?? isConnectionless
        },
        open: Effect.asVoid(open),
        openFor: (outgoing: Outgoing) =>
          Effect.flatMap(open, (current) =>
            current.session.openFor === undefined
              ? Effect.void
              : Effect.onError(
                current.session.openFor(outgoing),
                (cause) => leave(current, Exit.failCause(cause))
              )),
        deliver
      }
    )
  })

/** A session for several senders, which wait for each other. */
export const serialized = (driver: MailDriver): Effect.Effect<LastingSession, never, Scope.Scope> =>
  Effect.map(make(driver), (session) => {
    const places = Effect.unsafeMakeSemaphore(1)
    const inTurn = places.withPermits(1)
    const open = inTurn(Effect.zipLeft(session.open, Effect.suspend(() => places.resize(session.window))))
    return {
      get isOpen() {
        return session.isOpen
      },
      get window() {
        return session.window
      },
      get isConnectionless() {
        return session.isConnectionless
      },
      open,
      openFor: (outgoing) => Effect.zipRight(open, inTurn(session.openFor(outgoing))),
      deliver: (outgoing, options) => inTurn(session.deliver(outgoing, options))
    }
  })
