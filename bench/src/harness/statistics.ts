/** Medians and spread. */
import { Schema } from "effect"

/** The median, and the quartiles round it, of `count` values. */
export const Summary = Schema.Struct({
  median: Schema.Number,
  lower: Schema.Number,
  upper: Schema.Number,
  count: Schema.Number
})
export type Summary = typeof Summary.Type

const quantile = (ascending: Float64Array, fraction: number): number => {
  const at = (ascending.length - 1) * fraction
  const below = ascending[Math.floor(at)] ?? NaN
  const above = ascending[Math.ceil(at)] ?? NaN
  return below + (above - below) * (at - Math.floor(at))
}

export const summarize = (values: ReadonlyArray<number>): Summary => {
  const ascending = Float64Array.from(values).sort()
  return {
    median: quantile(ascending, 0.5),
    lower: quantile(ascending, 0.25),
    upper: quantile(ascending, 0.75),
    count: values.length
  }
}

/** The same in another unit. */
export const scale = ({ count, lower, median, upper }: Summary, factor: number): Summary => ({
  median: median * factor,
  lower: lower * factor,
  upper: upper * factor,
  count
})

/** Combines what was measured in the same round: what slows down a whole round cancels out. */
const byRound =
  (combine: (value: number, other: number) => number) =>
  (values: ReadonlyArray<number>, others: ReadonlyArray<number>): Summary =>
    summarize(values.map((value, i) => combine(value, others[i] ?? NaN)))

/** How many times as much the first is. Of times: how many times as fast the second is. */
export const ratio = byRound((value, other) => value / other)

/** How much more the first is. */
export const excess = byRound((value, other) => value - other)
