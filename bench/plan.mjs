/** How much is measured: enough for numbers to keep, or enough to see in a minute whether something changed. */

const mebibyte = 2 ** 20

export const full = {
  name: "full",
  rendering: { millis: 250, rounds: 11, warmUpMillis: 1000 },
  sending: { millis: 300, rounds: 11, warmUpMillis: 1000 },
  connections: [1, 5, 20],
  firstMessage: { millis: 100, rounds: 11, warmUpMillis: 500, processes: 7 },
  growth: {
    rendered: { ours: 1_000_000, theirs: 10_000, passes: 2, least: 20_000, mostBatches: 50 },
    sentMessages: { ours: 100_000, theirs: 10_000, passes: 2, least: 10_000, mostBatches: 30 }
  },
  memory: { attachment: 1024 * mebibyte, rounds: 3, messages: { ours: 1_000_000, theirs: 100_000 } }
}

export const quick = {
  name: "quick",
  rendering: { millis: 60, rounds: 3, warmUpMillis: 250 },
  sending: { millis: 80, rounds: 3, warmUpMillis: 250 },
  connections: [1, 5, 20],
  firstMessage: { millis: 40, rounds: 3, warmUpMillis: 100, processes: 2 },
  growth: {
    rendered: { ours: 10_000, theirs: 1000, passes: 2, least: 2000, mostBatches: 10 },
    sentMessages: { ours: 1000, theirs: 1000, passes: 2, least: 1000, mostBatches: 5 }
  },
  memory: { attachment: 64 * mebibyte, rounds: 1, messages: { ours: 5000, theirs: 2000 } }
}
