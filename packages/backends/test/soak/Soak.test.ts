import { assert, describe, it } from "@effect/vitest"
import { Console, Effect } from "effect"
import * as Soak from "./Soak.js"

const messages = Number(process.env["SOAK_MESSAGES"] ?? 3000)
const seed = Number(process.env["SOAK_SEED"] ?? 1)
const isLong = messages >= 20_000

/** What the first tenth needs to warm up is no leak. */
const maxGrowthMiB = 12

describe("A soak", () => {
  it.live(`of ${messages} messages with faults in one of a hundred, seed ${seed}`, () =>
    Effect.gen(function*() {
      const figures = yield* Soak.run(messages, seed)
      const { accepted, acceptedUnknown, readings, reportedNotSent, reportedSent, reportedUnknown } = figures
      if (isLong) yield* Console.log(JSON.stringify(figures, undefined, 2))

      assert.strictEqual(reportedSent + reportedUnknown + reportedNotSent, messages)
      assert.deepStrictEqual([figures.lost, figures.doubled, figures.deniedButAccepted], [0, 0, 0])
      assert.strictEqual(accepted, reportedSent + acceptedUnknown)
      assert.isAbove(reportedUnknown, 0)
      assert.isAbove(reportedNotSent, 0)

      const [first] = readings
      const last = readings.at(-1)
      assert.isDefined(first)
      assert.isDefined(last)
      assert.isAtMost(last.handles, first.handles + 2 * 5)
      if (isLong) assert.isBelow(last.heapMiB - first.heapMiB, maxGrowthMiB)
    }), 60 * 60_000)
})
