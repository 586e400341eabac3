import { Console } from "@effect-mail/backends"
import { Mail } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { assert } from "@effect/vitest"
import { Console as EffectConsole, Effect, Sink } from "effect"
import { type Behaviour, closedHole, passed } from "../Behaviour.js"
import * as InspectableBackends from "../InspectableBackends.js"
import { injected, message, numbered, subjectOf } from "../SampleMail.js"

const hyphens = "-".repeat(79)

/** A console that writes nothing, and what was logged on it. */
const quietConsole = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  EffectConsole.consoleWith((original) => {
    const logged: Array<unknown> = []
    const console: EffectConsole.Console = {
      ...original,
      log: (...args) => Effect.sync(() => void logged.push(...args))
    }
    return Effect.map(Effect.withConsole(effect, console), (value) => ({ value, logged }))
  })

export const backendConsole: ReadonlyArray<Behaviour> = [
  passed(
    187,
    "messages on the console: each with its separator, and at once",
    Effect.gen(function*() {
      const { logged } = yield* quietConsole(
        Effect.provide(Mail.sendMassMail([numbered(1), numbered(2)]), Console.layer)
      )
      assert.strictEqual(logged.length, 2)
      logged.forEach((text, i) => {
        assert(typeof text === "string")
        // The console ends what it logs with the line feed that is missing here.
        assert.isTrue(text.endsWith(`Content\r\n\n${hyphens}`))
        assert.include(text, `Subject: message ${i + 1}\r\n`)
      })
    })
  ),
  passed(
    188,
    "another stream than the console",
    Effect.gen(function*() {
      let shown = ""
      const screen = Sink.forEach((bytes: Uint8Array) =>
        Effect.sync(() => {
          shown += new TextDecoder().decode(bytes)
        })
      )
      const { logged } = yield* quietConsole(Effect.provide(Mail.send(message), Console.layerSink(screen)))
      assert.isEmpty(logged)
      assert.match(shown, /^To: to@example\.com\r$/m)
      assert.include(shown, "\nDate: ")
      assert.isTrue(shown.endsWith(`\n${hyphens}\n`))
    })
  ),
  closedHole(
    189,
    "the console fails silently",
    "only failures to write are swallowed, with the count of what was written: Django's also hides that a message is wrong",
    Effect.gen(function*() {
      let count = 0
      const full = Sink.forEach(() => ++count === 2 ? Effect.fail("disk full") : Effect.void)
      const sent = yield* Mail.failSilently(Mail.sendMassMail([1, 2, 3].map(numbered))).pipe(
        Effect.provide(Console.layerSink(full))
      )
      assert.strictEqual(sent, 2)
      const error = yield* Effect.flip(Mail.failSilently(Mail.send(injected))).pipe(
        Effect.provide(Console.layerSink(Sink.drain))
      )
      assert.strictEqual(error._tag, "BadHeaderError")
    })
  ),
  closedHole(
    190,
    "an empty list, to the console",
    "the number sent is 0 with every backend, never nothing",
    InspectableBackends.each(({ name, run }) =>
      Effect.map(run(Mail.sendMassMail([])), ({ kept, value }) => {
        assert.strictEqual(value, 0, name)
        assert.isEmpty(kept, name)
      })
    )
  ),
  passed(
    191,
    "messages to the console side by side",
    Effect.gen(function*() {
      let shown = ""
      let writing = 0
      let most = 0
      const slow = Sink.forEach((bytes: Uint8Array) =>
        Effect.gen(function*() {
          most = Math.max(most, ++writing)
          for (let at = 0; at < bytes.length; at += 100) {
            shown += new TextDecoder("latin1").decode(bytes.subarray(at, at + 100))
            yield* Effect.yieldNow()
          }
          writing--
        })
      )
      yield* Effect.forEach([1, 2, 3, 4, 5], (n) => Mail.send(numbered(n)), { concurrency: "unbounded" }).pipe(
        Effect.provide(Console.layerSink(slow))
      )
      const records = shown.split(`\n${hyphens}\n`).slice(0, -1)
      assert.strictEqual(most, 1)
      assert.deepStrictEqual(
        records.map((text) => subjectOf(MimeReader.octetsOf(text))).sort(),
        [1, 2, 3, 4, 5].map((n) => `message ${n}`)
      )
    })
  )
]
