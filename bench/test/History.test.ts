import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { fileURLToPath } from "node:url"
import { goals, judge } from "../src/report/goals.js"
import * as History from "../src/report/History.js"

const machine = { cores: 2, cpu: "a cpu", platform: "Linux x64", node: "20", effect: "3", nodemailer: "10" }

const entry = (date: string, median: number): History.Entry => ({
  date,
  commit: "abc",
  machine,
  measures: { "sending.5.againstPool.sendAll": { median, lower: median, upper: median, count: 9 } }
})

describe("History", () => {
  it.scoped("gives back what was added, in the order of the dates, to four digits", () =>
    Effect.gen(function*() {
      const folder = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped()
      yield* History.add(folder, entry("2026-02-01T10:00:00.000Z", 4))
      yield* History.add(folder, entry("2026-01-01T10:00:00.000Z", 3.14159))
      const entries = yield* History.read(folder)
      const series = History.series(entries, "sending.5.againstPool.sendAll")
      assert.deepStrictEqual(series.map(({ date, median }) => [date.slice(0, 7), median]), [
        ["2026-01", 3.142],
        ["2026-02", 4]
      ])
      assert.deepStrictEqual(History.series(entries, "nothing"), [])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.effect("can be read as it is in the repository", () =>
    Effect.gen(function*() {
      const entries = yield* History.read(fileURLToPath(new URL("../history", import.meta.url)))
      assert.isAbove(entries.length, 0)
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("goals", () => {
  it("are of measures that differ", () => {
    assert.strictEqual(new Set(goals.map(({ measure }) => measure)).size, goals.length)
  })

  it("are judged by the median, where their subject was measured", () => {
    const summary = (median: number) => ({ median, lower: 0, upper: 1000, count: 9 })
    const judged = judge({
      "sending.5.againstPool.sendAll": summary(6),
      "sending.5.againstBare.sendAll": summary(0.84),
      "sending.1.beyondBareMicros.send": summary(121)
    })
    assert.deepStrictEqual(
      judged.map(({ goal, isReached, value }) => [goal.measure, Option.isSome(value), isReached]),
      [
        ["sending.5.againstPool.sendAll", true, true],
        ["sending.5.againstBare.sendAll", true, false],
        ["sending.1.againstBare.sendAll", false, false],
        ["sending.1.beyondBareMicros.send", true, false]
      ]
    )
  })
})
