import type * as MailBackend from "@effect-mail/core/MailBackend"
import type { BackendError } from "@effect-mail/core/MailError"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"

/**
 * A session that is opened when it is needed, and left after anything that leaves its state in doubt.
 */
export interface Line {
  /** Where it is open. */
  readonly session: MailBackend.MailSession | undefined
  readonly open: Effect.Effect<MailBackend.MailSession, BackendError>
  readonly leave: Effect.Effect<void>
}

/** Whether the session can take the next message. */
export const isKept = (exit: Exit.Exit<unknown, BackendError>): boolean =>
  Exit.match(exit, {
    onSuccess: () => true,
    onFailure: (cause) => cause._tag === "Fail" && cause.error.keepsSession
  })

export const make = (driver: MailBackend.MailDriver): Effect.Effect<Line, never, Scope.Scope> =>
  Effect.suspend(() => {
    let opened: { readonly session: MailBackend.MailSession; readonly scope: Scope.CloseableScope } | undefined
    const leave = Effect.suspend(() => {
      const left = opened
      opened = undefined
      return left === undefined ? Effect.void : Scope.close(left.scope, Exit.void)
    })
    const open = Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() =>
        opened !== undefined ?
          Effect.succeed(opened.session) :
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
    )
    return Effect.as(Effect.addFinalizer(() => leave), {
      get session() {
        return opened?.session
      },
      open,
      leave
    })
  })
