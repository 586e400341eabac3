import { DevInbox } from "@effect-mail/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import { statSync, watch } from "node:fs"
import { basename, dirname } from "node:path"
import { type Command, Exit, type Failure, failure, type Given, wrongUse } from "../command/Command.js"
import { wholeNumber } from "../command/parse.js"
import { relayOf, relayOptions } from "../compose/relay.js"
import { load } from "../preview/load.js"
import { servePage } from "../serve/server.js"
import { visible, visibleLines } from "../terminal/visible.js"

const say = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

interface Refreshed {
  readonly sources: ReadonlyArray<DevInbox.PreviewSource>
  readonly inputs: ReadonlyArray<string>
}

/** The previews of a file as it is now; one that tells what is wrong where it cannot be loaded. */
const sourcesOf = (file: string): Effect.Effect<Refreshed> =>
  load(file).pipe(
    Effect.map(({ described, inputs, render }) => ({
      inputs,
      sources: described.map(({ locales, name, params, schema }): DevInbox.PreviewSource => ({
        id: `${file}#${name}`,
        file,
        name,
        schema,
        params,
        locales,
        render: (given, locale) =>
          Effect.tryPromise({
            try: () => render(name, given, locale),
            catch: (cause) => cause instanceof Error ? cause.message : String(cause)
          }).pipe(Effect.flatMap((octets) =>
            octets === undefined ? Effect.fail("It makes no message.") : Effect.succeed(octets)
          ))
      }))
    })),
    Effect.catchAll(({ reason }) =>
      Effect.succeed({
        inputs: [file],
        sources: [{
          id: file,
          file,
          name: basename(file),
          schema: undefined,
          params: undefined,
          locales: [],
          render: () =>
            Effect.fail(reason)
        }]
      })
    )
  )

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
    const relay = yield* relayOf(given)
    const context = yield* Effect.mapError(
      Layer.build(DevInbox.layer({ relay })),
      (error) => failure(Exit.failed, error.message)
    )
    const inbox = yield* Effect.provide(DevInbox.DevInbox, context)
    const url = yield* Effect.provide(
      servePage({ host: undefined, port, allowHosts: given.texts("allow-host"), login: undefined }),
      context
    )
    say(`  previews at ${url}; they are made again when a file changes`)
    const folders = new Set<string>()
    const refreshAll = Effect.gen(function*() {
      const all = yield* Effect.forEach(files, sourcesOf)
      yield* Effect.mapError(
        inbox.setPreviews(all.flatMap(({ sources }) => sources)),
        ({ message }) => failure(Exit.failed, message)
      )
      for (const { inputs } of all) inputs.forEach((input) => folders.add(dirname(input)))
      for (const { error, id } of yield* inbox.previews) {
        say(error === null ? `  ${visible(id)}` : `  ${visible(id)}: ${visibleLines(error)}`)
      }
    })
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
    "message, an effect of one, or a function to one. The exports previewParams, previewSchemas and previewLocales have, by the " +
    "names of functions, what they are called with, the schema of which the page makes a form, and the locales to choose from.",
  usage: "FILE... [options]",
  options: [
    { name: "http-port", value: "PORT", meaning: "where the page is", default: "8025" },
    ...relayOptions,
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
