import { FileSystem, Path } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { parseFragment } from "parse5"
import * as History from "../src/report/History.js"
import * as Machine from "../src/report/machine.js"
import { plots } from "../src/report/plots.js"

const names = ["performance-history.svg", "performance-rendering.svg", "performance-sending.svg"]

describe("The pictures of docs/performance.md", () => {
  it.effect("are drawn from the history, as far as it was when they were drawn", () =>
    Effect.gen(function*() {
      const { join } = yield* Path.Path
      const { readFileString } = yield* FileSystem.FileSystem
      const entries = yield* History.read(join(Machine.folder, "history"))
      assert.deepStrictEqual(Object.keys(plots(entries)).sort(), names)
      for (const name of names) {
        const picture = yield* readFileString(join(Machine.folder, "..", "docs/pictures", name))
        const until = /data-until="([^"]+)"/.exec(picture)?.[1] ?? ""
        assert.strictEqual(
          picture,
          plots(entries.filter(({ date }) => date <= until))[name],
          `${name}: npm run docs:plots`
        )
      }
    }).pipe(Effect.provide(NodeContext.layer)))

  it("have a bar as long as its number", () => {
    const entry: History.Entry = {
      date: "2026-01-01T00:00:00.000Z",
      commit: "abc",
      machine: { cores: 2, cpu: "", platform: "", node: "", effect: "", nodemailer: "" },
      measures: {
        "sending.5.againstPool.sendAll": { median: 4, lower: 4, upper: 4, count: 1 },
        "sending.5.againstPool.send": { median: 2, lower: 2, upper: 2, count: 1 }
      }
    }
    const picture = plots([entry])["performance-sending.svg"] ?? ""
    assert.strictEqual(parseFragment(picture).childNodes[0]?.nodeName, "svg")
    const widths = Array.from(
      picture.matchAll(/class="bar" x="210" y="\d+" width="(\d+)"/g),
      ([, width]) => Number(width)
    )
    assert.deepStrictEqual(widths, [450, 225])
  })
})
