/** How much is measured: enough for numbers to keep, or enough to see in a minute whether something changed. */

const mebibyte = 2 ** 20

export const full = {
  name: "full",
  rendering: { millis: 250, rounds: 9, warmUpMillis: 2500 },
  sending: { millis: 300, rounds: 9, warmUpMillis: 2500 },
  connections: [1, 5, 20],
  firstMessage: { millis: 100, rounds: 9, warmUpMillis: 500, processes: 7 },
  growth: {
    rendered: { ours: 1_000_000, theirs: 10_000, least: 20_000, mostBatches: 50 },
    sentMessages: { ours: 100_000, theirs: 10_000, least: 10_000, mostBatches: 30 }
  },
  memory: {
    rounds: 2,
    attachment: { octets: 1024 * mebibyte, warmUp: 64 * mebibyte },
    messages: { ours: 1_000_000, theirs: 50_000, warmUp: 20_000 }
  }
}

export const quick = {
  name: "quick",
  rendering: { millis: 60, rounds: 3, warmUpMillis: 400 },
  sending: { millis: 80, rounds: 3, warmUpMillis: 400 },
  connections: [1, 5, 20],
  firstMessage: { millis: 40, rounds: 3, warmUpMillis: 100, processes: 2 },
  growth: {
    rendered: { ours: 10_000, theirs: 1000, least: 3000, mostBatches: 10 },
    sentMessages: { ours: 1000, theirs: 1000, least: 1000, mostBatches: 5 }
  },
  memory: {
    rounds: 1,
    attachment: { octets: 64 * mebibyte, warmUp: 16 * mebibyte },
    messages: { ours: 5000, theirs: 2000, warmUp: 2000 }
  }
}
