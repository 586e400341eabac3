/** Medians and spread. */

const quantile = (ascending, fraction) => {
  const at = (ascending.length - 1) * fraction
  const below = Math.floor(at)
  const above = Math.ceil(at)
  return ascending[below] + (ascending[above] - ascending[below]) * (at - below)
}

/** The median, the quartiles round it, and the extremes. */
export const summarize = (values) => {
  const ascending = values.toSorted((a, b) => a - b)
  return {
    median: quantile(ascending, 0.5),
    lower: quantile(ascending, 0.25),
    upper: quantile(ascending, 0.75),
    min: ascending[0],
    max: ascending[ascending.length - 1],
    count: ascending.length
  }
}

/** Combines what was measured in the same round: what slows down a whole round cancels out. */
const byRound = (combine) => (times, otherTimes) => summarize(times.map((time, i) => combine(time, otherTimes[i])))

/** How many times as fast the second is. */
export const speedup = byRound((time, otherTime) => time / otherTime)

/** How much longer the first takes. */
export const excess = byRound((time, otherTime) => time - otherTime)

export const mapValues = (record, f) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value, key)]))
