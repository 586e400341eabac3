import type { BackendError } from "@effect-mail/core/MailError"
import * as Predicate from "effect/Predicate"

const key = Symbol.for("@effect-mail/backends/Smtp/transcript")

/**
 * Puts the dialogue where only who asks for it finds it: nothing that prints an error shows it.
 *
 * @internal
 */
export const attach = (lines: ReadonlyArray<string>) => (error: BackendError): BackendError =>
  Predicate.hasProperty(error, key) ? error : Object.defineProperty(error, key, { value: lines, enumerable: false })

/**
 * @internal
 */
export const of = (error: unknown): ReadonlyArray<string> => {
  const lines = Predicate.hasProperty(error, key) ? error[key] : undefined
  return Array.isArray(lines) ? lines : []
}
