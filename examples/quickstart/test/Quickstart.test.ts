import { Command } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { fileURLToPath } from "node:url"

const program = fileURLToPath(new URL("../dist/main.js", import.meta.url))

const run = (environment: Record<string, string>) =>
  Effect.gen(function*() {
    const running = yield* Command.make(process.execPath, program).pipe(Command.env(environment), Command.start)
    const output = yield* running.stdout.pipe(Stream.decodeText(), Stream.mkString)
    return { output, exitCode: yield* running.exitCode }
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))

describe("quickstart", () => {
  it.live("sends to a server of its own, and shows what became of each message", () =>
    Effect.gen(function*() {
      const { exitCode, output } = yield* run({})
      assert.strictEqual(exitCode, 0)
      assert.match(output, /invoice +juergen@example\.org +Accepted +250/)
      assert.match(output, /half refused +nobody@example\.org +Rejected +550 5\.1\.1/)
      assert.match(output, /header injection +\(no recipient\) +BadHeaderError/)
      assert.match(output, /newsletter 50\/50 +reader-50@example\.org +Accepted/)
      assert.match(output, /received 52 messages over 1 connection/)
      assert.match(output, /subject +Ihre Rechnung – danke schön!/)
      assert.match(output, /attachment Umsätze 2026\.png/)
    }), 60_000)

  it.live("sends to the server that the environment names instead", () =>
    Effect.gen(function*() {
      const { exitCode, output } = yield* run({ EMAIL_URL: "console:" })
      assert.strictEqual(exitCode, 0)
      assert.match(output, /Subject: =\?utf-8\?Q\?Ihre_Rechnung/)
      assert.notMatch(output, /Bcc|archive@example\.com.*\r\n/)
    }), 60_000)
})
