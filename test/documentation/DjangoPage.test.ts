import { assert, describe, it, layer } from "@effect/vitest"
import { Effect } from "effect"
import * as DjangoPage from "./DjangoPage.js"
import { layer as relays, Relays } from "./Relays.js"

const withoutOutput = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.consoleWith((console) => Effect.withConsole(effect, { ...console, log: () => Effect.void }))

layer(relays, { excludeTestServices: true })("The page about Django: the example of", (it) => {
  for (const section of DjangoPage.sections) {
    for (const code of section.examples) {
      it.effect(section.heading, () =>
        Effect.gen(function*() {
          const { expected, mailbox, program } = yield* DjangoPage.load(section, code)
          const result = yield* program.pipe(
            Effect.provide(mailbox),
            Effect.withConfigProvider(yield* Relays),
            withoutOutput
          )
          assert.deepStrictEqual(result, expected)
        }))
    }
  }
})

describe("The page about Django", () => {
  it("has examples that say what they give", () => {
    const examples = DjangoPage.sections.flatMap(({ examples }) => examples)
    assert.isAbove(examples.length, 30)
    assert.deepStrictEqual(examples.filter((code) => DjangoPage.expectation(code) === undefined), [])
  })

  it("has one example for each feature in its table, and each feature in the table", () => {
    const shown = DjangoPage.sections.filter(({ examples }) => examples.length === 1).map(({ anchor }) => anchor)
    assert.deepStrictEqual(DjangoPage.links.slice().sort(), shown.sort())
  })
})
