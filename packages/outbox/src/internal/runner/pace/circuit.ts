import type { BackendError } from "@effect-mail/core/MailError"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Service } from "../../model/service.js"

const second = 1000
const minute = 60 * second

/**
 * Whether a mailer can be used at all. What is wrong with the mailer must not be put down to its messages: it is paused, for
 * all runners, and its messages wait.
 */
export interface Circuit {
  readonly isPaused: (now: number) => boolean
  /** No session could be opened, and none is open. */
  readonly fail: (error: BackendError) => Effect.Effect<void>
  readonly succeed: () => void
}

/** How long to leave it alone: a wrong password is put right by people, a server that restarts comes back by itself. */
const pauseFor = (error: BackendError, failures: number): number =>
  error._tag === "AuthenticationError" || (error._tag === "ConnectionError" && !error.isTransient)
    ? 5 * minute
    : Math.min(minute, second * 2 ** Math.min(failures, 10))

export const make = (store: Service, mailer: string): Circuit => {
  let failures = 0
  let until = 0
  return {
    isPaused: (now) => now < until,
    fail: (error) =>
      Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        // Workers that fail together are one failure.
        if (now < until) return
        const duration = pauseFor(error, failures++)
        until = now + duration
        yield* Effect.logWarning(`Nothing is sent by the mailer ${mailer} for ${duration / second} s: ${error.message}`)
        yield* Effect.ignoreLogged(store.pause(mailer, duration, error.message))
      }),
    succeed: () => {
      failures = 0
      until = 0
    }
  }
}

/** What is wrong with a mailer rather than with the message at hand. */
export const isOfMailer = (error: BackendError): boolean =>
  error._tag === "AuthenticationError" ||
  (error._tag === "ConnectionError" && error.reason !== "Lost" && error.reason !== "Io")
