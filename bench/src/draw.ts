/** Draws the history for `docs/performance.md`. */
import { FileSystem, Path } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import * as History from "./report/History.js"
import * as Machine from "./report/machine.js"
import { plots } from "./report/plots.js"

const main = Effect.gen(function*() {
  const { join } = yield* Path.Path
  const { writeFileString } = yield* FileSystem.FileSystem
  const entries = yield* History.read(join(Machine.folder, "history"))
  for (const [name, picture] of Object.entries(plots(entries))) {
    const file = join(Machine.folder, "..", "docs/pictures", name)
    yield* writeFileString(file, picture)
    yield* Console.log(file)
  }
})

NodeRuntime.runMain(Effect.provide(main, NodeContext.layer))
