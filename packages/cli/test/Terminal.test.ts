/** The command line among other programs: narrow terminals, readers that go away, and Ctrl-C. */
import { Command } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Schedule, Stream } from "effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll } from "vitest"
import { build, clean, folder, program, run, runProgram } from "./Program.js"

beforeAll(build, 180_000)

const commands = [
  ["dev"],
  ["send"],
  ["check"],
  ["dkim-key"],
  ["render"],
  ["preview"],
  ["inbox"],
  ["outbox"],
  ...["list", "show", "counts", "resolve", "retry", "cancel", "pause", "resume", "erase", "purge", "serve"]
    .map((name) => ["outbox", name])
]

/** What is to be copied stays in one piece, and so does a word. */
const mayBeLong = (line: string): boolean => /^(?:Usage: | {2}\$ )/.test(line) || !/\S\s+\S/.test(line)

describe("On a terminal of 40 columns", () => {
  it.live(
    "every help has its place",
    () =>
      Effect.forEach(
        [[], ...commands],
        (command) =>
          Effect.map(run([...command, "--help"], { COLUMNS: "40" }), ({ code, out }) => {
            assert.strictEqual(code, 0)
            const long = out.split("\n").filter((line) => line.length > 40 && !mayBeLong(line))
            assert.deepStrictEqual(long, [], command.join(" "))
          }),
        { concurrency: 2, discard: true }
      ),
    180_000
  )
})

const manyMails = (): string => {
  const directory = folder()
  mkdirSync(directory, { recursive: true })
  for (let i = 0; i < 2_000; i++) {
    writeFileSync(join(directory, `${i}.eml`), `From: a@example.com\r\nSubject: ${"x".repeat(200)}\r\n\r\nx`)
  }
  return directory
}

describe("Into a reader that goes away", () => {
  it.live("a command ends with 0, and says nothing of it", () =>
    Effect.gen(function*() {
      const directory = manyMails()
      const program_ = `'${process.execPath}' '${program}'`
      const lines = [
        `${program_} --help | head -1`,
        `${program_} inbox '${directory}' --json | head -1`,
        `${program_} outbox list --help | true`
      ]
      for (const line of lines) {
        const { code, err } = yield* runProgram(["bash", "-o", "pipefail", "-c", line])
        assert.deepStrictEqual([code, err], [0, ""], line)
      }
    }), 180_000)
})

/** How long a server of the inbox takes to end, in ms, while a page is open. */
const timeToEnd = Effect.gen(function*() {
  const dev = yield* Command.make(process.execPath, program, "dev", "--smtp-port", "0", "--http-port", "0").pipe(
    Command.env(clean),
    Command.start
  )
  const page = yield* dev.stderr.pipe(
    Stream.decodeText(),
    Stream.scan("", (all, piece) => all + piece),
    Stream.map((all) => all.includes("keep") ? /http:\/\/\S+/.exec(all)?.[0] : undefined),
    Stream.filter((url) => url !== undefined),
    Stream.runHead,
    Effect.flatten
  )
  const open = yield* Effect.promise(() => fetch(`${page}/api/events`))
  assert.strictEqual(open.status, 200)
  const start = yield* Clock.currentTimeMillis
  yield* dev.kill("SIGINT")
  assert.strictEqual(Number(yield* dev.exitCode), 130)
  return (yield* Clock.currentTimeMillis) - start
}).pipe(Effect.scoped, Effect.provide(NodeContext.layer))

describe("Ctrl-C while a page is open", () => {
  // A busy machine makes one run slow. A server that waits for the page makes every run slow: it would wait for ever.
  it.live("ends it in less than a second, in the best of five runs", () =>
    Effect.retry(
      Effect.filterOrFail(timeToEnd, (ms) => ms < 1_000, (ms) => new Error(`it took ${ms} ms`)),
      Schedule.recurs(4)
    ), 180_000)
})
