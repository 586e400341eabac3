import { DevInbox } from "@effect-mail/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import { statSync, watch } from "node:fs"
import { dirname } from "node:path"
import { type Command, Exit, type Failure, failure, type Given, wrongUse } from "../command/Command.js"
import { wholeNumber } from "../command/parse.js"
import { load } from "../preview/load.js"
import { servePage } from "../serve/server.js"
import { visible } from "../terminal/visible.js"

const say = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

/** Makes every preview of a file again, in the place of the earlier ones. */
const refresh = (inbox: DevInbox.Service, file: string, before: ReadonlyArray<number>) =>
  Effect.gen(function*() {
    const previews = yield* load(file)
    const ids: Array<number> = []
    for (const name of previews.names) {
      const octets = yield* Effect.either(Effect.tryPromise(() => previews.render(name, undefined)))
      if (octets._tag === "Left") {
        say(`  ${visible(file)}#${visible(name)}: ${visible(String(octets.left.error))}`)
      } else if (octets.right !== undefined) ids.push((yield* inbox.add(octets.right)).id)
    }
    yield* inbox.remove(before)
    say(`  ${visible(file)}: ${ids.length} ${ids.length === 1 ? "preview" : "previews"}`)
    return { ids, inputs: previews.inputs }
  })

/** Tells of changes in the folders of the files. */
const changes = (folders: ReadonlySet<string>, queue: Queue.Queue<void>) =>
  Effect.forEach(folders, (folder) =>
    Effect.acquireRelease(
      Effect.sync(() => watch(folder, () => queue.unsafeOffer(undefined))),
      (watcher) => Effect.sync(() => watcher.close())
    ), { discard: true })

const run = (given: Given): Effect.Effect<number, Failure> =>
  Effect.gen(function*() {
    const files = given.positionals
    if (files.length === 0) return yield* Effect.fail(wrongUse("Name the files: effect-mail preview ./mails/*.ts"))
    const missing = files.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
    if (missing !== undefined) return yield* Effect.fail(failure(Exit.failed, `There is no file ${visible(missing)}.`))
    const port = yield* wholeNumber(given, "http-port", 8025, 0, 65_535)
    const context = yield* Effect.mapError(
      Layer.build(DevInbox.layer()),
      (error) => failure(Exit.failed, error.message)
    )
    const inbox = yield* Effect.provide(DevInbox.DevInbox, context)
    const url = yield* Effect.provide(
      servePage({ host: undefined, port, allowHosts: given.texts("allow-host"), login: undefined }),
      context
    )
    say(`  previews at ${url}; they are made again when a file changes`)
    const shown = new Map<string, ReadonlyArray<number>>()
    const folders = new Set<string>()
    const refreshAll = Effect.forEach(files, (file) =>
      refresh(inbox, file, shown.get(file) ?? []).pipe(
        Effect.map(({ ids, inputs }) => {
          shown.set(file, ids)
          inputs.forEach((input) => folders.add(dirname(input)))
        }),
        Effect.catchAll((error) =>
          Effect.sync(() => {
            folders.add(dirname(file))
            say(`  ${"reason" in error ? error.reason : error.message}`)
          })
        )
      ), { discard: true })
    const queue = yield* Queue.sliding<void>(1)
    yield* refreshAll
    yield* changes(folders, queue)
    const next = Queue.take(queue).pipe(
      // An editor writes a file in several steps.
      Effect.zipRight(Effect.sleep("50 millis")),
      Effect.zipRight(Queue.takeAll(queue)),
      Effect.zipRight(refreshAll)
    )
    return yield* Effect.forever(next)
  }).pipe(Effect.scoped)

export const command: Command = {
  name: "preview",
  summary:
    "Shows messages of a program in the page, without sending them, and again whenever a file changes. An export is a " +
    "message, an effect of one, or a function to one; the export previewParams has what functions are called with.",
  usage: "FILE... [options]",
  options: [
    { name: "http-port", value: "PORT", meaning: "where the page is", default: "8025" },
    { name: "allow-host", value: "NAME", meaning: "a host name by which the page may be asked for", isMultiple: true }
  ],
  examples: [
    ["effect-mail preview ./mails/*.ts", "every message of a folder"],
    ["effect-mail preview ./mails/welcome.ts --http-port 8026", "beside a running inbox"],
    ["effect-mail render ./mails/welcome.ts#welcome > welcome.eml", "one of them as a file"]
  ],
  exits: [[1, "a file is missing, or the port is taken"], [2, "wrong use"], [130, "stopped by Ctrl-C"]],
  run
}
