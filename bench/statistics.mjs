/** Medians and spread. */

const sorted = (values) => values.toSorted((a, b) => a - b)

const quantile = (ascending, fraction) => {
  const at = (ascending.length - 1) * fraction
  const below = Math.floor(at)
  const above = Math.ceil(at)
  return ascending[below] + (ascending[above] - ascending[below]) * (at - below)
}

/** The median, the quartiles round it, and the extremes. */
export const summarize = (values) => {
  const ascending = sorted(values)
  return {
    median: quantile(ascending, 0.5),
    lower: quantile(ascending, 0.25),
    upper: quantile(ascending, 0.75),
    min: ascending[0],
    max: ascending[ascending.length - 1],
    count: ascending.length
  }
}

export const median = (values) => summarize(values).median

/** How many times as fast the second was, round by round: what slows down a whole round cancels out. */
export const ratio = (times, otherTimes) => summarize(times.map((time, i) => time / otherTimes[i]))
