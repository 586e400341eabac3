import type { BackendError } from "@effect-mail/core/MailError"
import * as Predicate from "effect/Predicate"

const key = Symbol.for("@effect-mail/backends/Smtp/transcript")

/** Stores the dialogue under a symbol that is not enumerable, so that printing the error does not show it. */
export const attach = (error: BackendError, lines: ReadonlyArray<string>): BackendError =>
  Predicate.hasProperty(error, key) ? error : Object.defineProperty(error, key, { value: lines, enumerable: false })

export const of = (error: unknown): ReadonlyArray<string> => {
  const lines = Predicate.hasProperty(error, key) ? error[key] : undefined
  return Array.isArray(lines) ? lines : []
}
