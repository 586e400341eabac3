import { AuthenticationError } from "@effect-mail/core/MailError"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type { Credentials } from "../provider.js"
import * as Lifetime from "./lifetime.js"

/** Credentials that are kept until their time is over, or a provider refuses them. */
export interface Keeper<C> {
  readonly get: Effect.Effect<C, AuthenticationError>
  /** What is to be tried after these were refused, if anything. */
  readonly after: (refused: C) => Effect.Effect<C, AuthenticationError> | undefined
}

/** The texts in credentials that must not be seen. */
export const secretsOf = (credentials: unknown): ReadonlyArray<string> => {
  if (Redacted.isRedacted(credentials)) {
    const secret = Redacted.value(credentials)
    return typeof secret === "string" ? [secret] : []
  }
  return Predicate.isRecord(credentials) && !Effect.isEffect(credentials)
    ? Object.values(credentials).flatMap(secretsOf)
    : []
}

const isGiven = <C>(credentials: Credentials<C>): credentials is Effect.Effect<C, AuthenticationError> =>
  Effect.isEffect(credentials)

/** Fibers that need them at once share one run of the effect, and none waits longer than the time limit. */
export const keep = <C>(credentials: Credentials<C>, timeLimit: Duration.Duration): Keeper<C> => {
  if (!isGiven(credentials)) return { get: Effect.succeed(credentials), after: () => undefined }
  let kept: { readonly credentials: C } | undefined
  const inTurn = Effect.unsafeMakeSemaphore(1).withPermits(1)
  const run = credentials.pipe(
    Effect.tap((credentials) =>
      Effect.sync(() => {
        kept = { credentials }
      })
    ),
    Effect.timeoutFail({
      duration: timeLimit,
      onTimeout: () => new AuthenticationError({ reason: "Credentials" })
    })
  )
  const get = inTurn(
    Effect.flatMap(
      Clock.currentTimeMillis,
      (now) => kept === undefined || Lifetime.isOver(kept.credentials, now) ? run : Effect.succeed(kept.credentials)
    )
  )
  return {
    get,
    after: (refused) =>
      inTurn(
        Effect.suspend(() =>
          kept === undefined || kept.credentials === refused ? run : Effect.succeed(kept.credentials)
        )
      )
  }
}
