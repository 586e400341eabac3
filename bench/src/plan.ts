/** How much is measured: enough for numbers to keep, or enough to see in two minutes whether something changed. */
import type { Rounds } from "./harness/rounds.js"

const mebibyte = 2 ** 20

/** Batches up to so many messages; small ones so often that each size has its share of the time. */
export interface Batches {
  readonly ours: number
  readonly theirs: number
  readonly least: number
  readonly maxBatches: number
}

export interface Plan {
  readonly name: "full" | "quick"
  readonly link: Rounds & { readonly roundTripMillis: number }
  readonly sending: Rounds & { readonly connections: ReadonlyArray<number> }
  readonly firstMessage: Rounds & { readonly processes: number }
  readonly imports: { readonly processes: number }
  readonly rendering: Rounds
  readonly growth: { readonly rendered: Batches; readonly sent: Batches }
  readonly memory: {
    readonly rounds: number
    readonly attachment: { readonly octets: number; readonly warmUp: number }
    readonly messages: { readonly ours: ReadonlyArray<number>; readonly theirs: number; readonly warmUp: number }
  }
  readonly outbox: {
    readonly rounds: number
    readonly count: number
    readonly queued: number
  }
}

export const full: Plan = {
  name: "full",
  link: { millis: 2000, rounds: 7, warmUpMillis: 2000, roundTripMillis: 20 },
  sending: { millis: 300, rounds: 9, warmUpMillis: 2500, connections: [1, 5, 20] },
  firstMessage: { millis: 100, rounds: 9, warmUpMillis: 500, processes: 7 },
  imports: { processes: 9 },
  rendering: { millis: 250, rounds: 9, warmUpMillis: 2500 },
  growth: {
    rendered: { ours: 1_000_000, theirs: 10_000, least: 20_000, maxBatches: 50 },
    sent: { ours: 100_000, theirs: 10_000, least: 10_000, maxBatches: 30 }
  },
  memory: {
    rounds: 2,
    attachment: { octets: 1024 * mebibyte, warmUp: 64 * mebibyte },
    messages: { ours: [10_000, 100_000, 1_000_000], theirs: 50_000, warmUp: 20_000 }
  },
  outbox: { rounds: 3, count: 8000, queued: 1_000_000 }
}

export const quick: Plan = {
  name: "quick",
  link: { millis: 500, rounds: 3, warmUpMillis: 300, roundTripMillis: 20 },
  sending: { millis: 80, rounds: 3, warmUpMillis: 400, connections: [1, 5, 20] },
  firstMessage: { millis: 40, rounds: 3, warmUpMillis: 100, processes: 2 },
  imports: { processes: 3 },
  rendering: { millis: 60, rounds: 3, warmUpMillis: 400 },
  growth: {
    rendered: { ours: 10_000, theirs: 1000, least: 3000, maxBatches: 10 },
    sent: { ours: 1000, theirs: 1000, least: 1000, maxBatches: 5 }
  },
  memory: {
    rounds: 1,
    attachment: { octets: 64 * mebibyte, warmUp: 16 * mebibyte },
    messages: { ours: [10_000, 100_000], theirs: 2000, warmUp: 2000 }
  },
  outbox: { rounds: 1, count: 2000, queued: 100_000 }
}
