import { runs } from "@effect-mail/test-kit/Runs"
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect } from "effect"
import * as Messages from "./StoredMessages.js"
import * as Histories from "./StoreHistories.js"
import * as Stores from "./Stores.js"

const messages = Effect.forEach(
  ["a@one.example", "b@two.example", "c@three.example"],
  (to) => Messages.make({ to: [to] })
)

const inMemory = (history: ReadonlyArray<Histories.Call>) =>
  Effect.flatMap(messages, (messages) => Effect.provide(Histories.live(history, messages), Stores.memory))

describe("who holds an old fence changes nothing, whenever it comes back", () => {
  it.effect.prop(
    "in memory",
    { history: Histories.calls },
    ({ history }) => Effect.asVoid(inMemory(history)),
    runs(200)
  )

  it.effect.prop(
    "in SQLite, which answers as the store in memory does",
    { history: Histories.calls },
    ({ history }) =>
      Effect.gen(function*() {
        const same = yield* messages
        const expected = yield* Effect.provide(Histories.live(history, same), Stores.memory)
        assert.deepStrictEqual(yield* Effect.provide(Histories.live(history, same), Stores.sqlite), expected)
      }),
    runs(20, 120_000)
  )
})

layer(Stores.postgresClient, { timeout: 120_000 })("in PostgreSQL", (it) => {
  it.effect.prop(
    "it answers as the store in memory does",
    { history: Histories.calls },
    ({ history }) =>
      Effect.gen(function*() {
        const same = yield* messages
        const expected = yield* Effect.provide(Histories.live(history, same), Stores.memory)
        assert.deepStrictEqual(yield* Effect.provide(Histories.live(history, same), Stores.sql), expected)
      }),
    runs(5, 120_000)
  )
})
