/** The site: `serve` while pages are written, `build` for all pages, which are then checked. */
import { Console, Effect } from "effect"
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import * as Check from "./check.js"
import * as Reference from "./reference.js"
import { root } from "./root.js"

const vitepress = (...args: ReadonlyArray<string>): Effect.Effect<void, string> =>
  Effect.suspend(() => {
    const program = join(root, "node_modules/vitepress/bin/vitepress.js")
    const { status } = spawnSync(process.execPath, [program, ...args], { cwd: root, stdio: "inherit" })
    return status === 0 ? Effect.void : Effect.fail("VitePress failed")
  })

const build = Effect.gen(function*() {
  yield* vitepress("build", "site")
  const { faults, links, pages } = Check.check(join(root, "site/.vitepress/dist"))
  yield* Console.log(`${pages} pages, ${links} links, ${faults.length} of them wrong`)
  if (faults.length > 0) yield* Effect.fail(faults.join("\n"))
})

const serve = vitepress("dev", "site", "--host", "127.0.0.1", "--port", "5173")

const main = Effect.zipRight(Reference.make, process.argv[2] === "build" ? build : serve).pipe(
  Effect.tapError((reason) => Console.error(reason)),
  Effect.match({ onFailure: () => 1, onSuccess: () => 0 })
)

process.exitCode = await Effect.runPromise(main)
