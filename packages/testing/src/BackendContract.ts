/**
 * What every backend promises, as tests that any backend can be put to, whichever runs them.
 *
 * @since 0.1.0
 */
import type { Envelope } from "@effect-mail/core/DeliveryReport"
import type { MailBackend } from "@effect-mail/core/MailBackend"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Bench from "./internal/contractBench.js"
import * as Cases from "./internal/contractCases.js"

/**
 * A message as it arrived: its bytes, just as the driver handed them over, and its envelope where that can be seen.
 *
 * @since 0.1.0
 * @category models
 */
export interface Delivered {
  readonly bytes: Uint8Array
  readonly envelope?: Pick<Envelope, "from" | "to"> | undefined
}

/**
 * How many sessions were opened so far, and how many are open now: connections that a server has, files, whatever a
 * session of this backend holds.
 *
 * @since 0.1.0
 * @category models
 */
export interface Sessions {
  readonly opened: number
  readonly open: number
}

/**
 * A backend, and what can be seen of it.
 *
 * - `layer`: the backend. It is built anew for each case, and released before the case ends. What it needs outlives it:
 *   there is the place for a server that is looked at after the backend is gone.
 * - `delivered`: what arrived so far and was whole, in the order in which it arrived within a session. Leave it out for
 *   a backend that keeps nothing or sends no MIME; what only bytes can show is then not tried.
 * - `sessions`: leave it out for a backend whose sessions hold nothing, or nothing that can be seen; whether it opens
 *   and closes is then not tried.
 * - `pooled`: whether what a session holds may stay open after it, for the next one. It must then be closed when the
 *   layer is released.
 * - `timeLimit`: for each case; 4 seconds unless said otherwise, so that a backend that hangs is reported before the
 *   test runner gives up.
 *
 * The effects of the probes may use what the layer provides; what else they need is needed by the cases, as is what the
 * layer needs. Where they fail the case fails.
 *
 * `A` is what the layer provides beside the backend and `R` what it needs; `D` and `S` are what the probes use.
 *
 * @since 0.1.0
 * @category models
 */
export interface Subject<A = never, R = never, D = never, S = never> {
  readonly layer: Layer.Layer<MailBackend | A, unknown, R>
  readonly delivered?: Effect.Effect<ReadonlyArray<Delivered>, unknown, D> | undefined
  readonly sessions?: Effect.Effect<Sessions, unknown, S> | undefined
  readonly pooled?: boolean | undefined
  readonly timeLimit?: Duration.DurationInput | undefined
}

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
        Bench.run(subject, body),
        (broken) => new ContractViolation({ promise: name, ...broken })
      )
    }))
