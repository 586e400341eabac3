/**
 * What every backend promises, as tests that any backend can be put to, whichever runs them.
 *
 * @since 0.1.0
 */
import type { MailBackend } from "@effect-mail/core/MailBackend"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Cases from "./internal/contract/cases.js"
import * as Probes from "./internal/contract/probes.js"
import type { Subject } from "./internal/contract/subject.js"

export type { Delivered, Sessions, Subject } from "./internal/contract/subject.js"

/**
 * One promise, and the test of it. Cases share nothing, and can run at the same time.
 *
 * @since 0.1.0
 * @category models
 */
export interface Case<R = never> {
  readonly name: string
  readonly test: Effect.Effect<void, ContractViolation, R>
}

const textAround = (text: string, at: number): string => {
  const start = Math.max(0, at - 200)
  const end = Math.min(text.length, at + 400)
  return `${start === 0 ? "" : "..."}${text.slice(start, end)}${end === text.length ? "" : "..."}`
}

const firstDifference = (one: string, other: string): number => {
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  return at
}

/**
 * A backend broke a promise: which one, what was looked at, what was promised and what was found.
 *
 * @since 0.1.0
 * @category errors
 */
export class ContractViolation extends Data.TaggedError("ContractViolation")<{
  readonly promise: string
  readonly detail: string
  readonly expected: string
  readonly actual: string
  readonly cause?: unknown
}> {
  /**
   * @since 0.1.0
   */
  override get message(): string {
    const at = firstDifference(this.expected, this.actual)
    return [
      `A promise was not kept: ${this.promise}`,
      this.detail,
      `expected: ${textAround(this.expected, at)}`,
      `actual:   ${textAround(this.actual, at)}`
    ].join("\n")
  }
}

/**
 * The cases that a backend has to pass: what the probes cannot see is left out. They know no test runner, and use the
 * clock of the wall whatever clock the runner provides.
 *
 * @example
 * ```ts
 * import { Memory } from "@effect-mail/backends"
 * import { BackendContract } from "@effect-mail/testing"
 * import { describe, it } from "@effect/vitest"
 * import { Effect } from "effect"
 *
 * describe("my backend", () => {
 *   const cases = BackendContract.cases({
 *     layer: Memory.layer,
 *     delivered: Effect.flatMap(Memory.Memory, ({ outbox }) => outbox)
 *   })
 *   for (const { name, test } of cases) it.effect(name, () => test)
 * })
 * ```
 *
 * @since 0.1.0
 * @category testing
 */
export const cases = <A = never, R = never, D = never, S = never>(
  subject: Subject<A, R, D, S>
): ReadonlyArray<Case<R | Exclude<D | S, MailBackend | A>>> =>
  Cases.all
    .filter(({ needs }) => needs.every((probe) => subject[probe] !== undefined))
    .map(({ body, name }) => ({
      name,
      test: Effect.mapError(
        Probes.run(subject, body),
        (broken) => new ContractViolation({ promise: name, ...broken })
      )
    }))
