/**
 * What Django's mail does, row by row, and what this project does there. Rows 1 to 267 are the numbered rows of the
 * table; its last section, 14 points about what is particular to Django, is counted on as rows 268 to 281.
 *
 * Where releases of Django differ the newest one is the measure.
 */
import { Data, Effect } from "effect"

/** Fails, by an assertion or an error, where the verdict is not true. */
export type Check = Effect.Effect<void, unknown>

/** One check for each of several values. */
export const each = <A>(values: Iterable<A>, check: (value: A) => Check): Check =>
  Effect.forEach(values, check, { discard: true })

export type Verdict = Data.TaggedEnum<{
  /** What Django does is done here too, judged by what a message parses back to. */
  Passed: { readonly check: Check }
  /** Django leaks, injects or loses a fact there; `how` says what is done instead. */
  ClosedHole: { readonly how: string; readonly check: Check }
  /** The check, where there is one, is of what is done instead. */
  NotWanted: { readonly why: string; readonly check: Check | undefined }
}>

export const Verdict = Data.taggedEnum<Verdict>()

export interface Behaviour {
  readonly row: number
  /** What goes in, in few words. */
  readonly input: string
  readonly verdict: Verdict
}

const lastNumberedRow = 267

export const rowCount = lastNumberedRow + 14

/** The row that a point of the last section counts as. */
export const pointOfLastSection = (point: number): number => lastNumberedRow + point

export const label = (row: number): string =>
  row <= lastNumberedRow ? `row ${row}` : `row ${row} (part 3, point ${row - lastNumberedRow})`

export const passed = (row: number, input: string, check: Check): Behaviour => ({
  row,
  input,
  verdict: Verdict.Passed({ check })
})

export const closedHole = (row: number, input: string, how: string, check: Check): Behaviour => ({
  row,
  input,
  verdict: Verdict.ClosedHole({ how, check })
})

export const notWanted = (row: number, input: string, why: string, check?: Check): Behaviour => ({
  row,
  input,
  verdict: Verdict.NotWanted({ why, check })
})
