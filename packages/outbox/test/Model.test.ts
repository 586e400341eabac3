import { OutboxStore } from "@effect-mail/outbox"
import { runs } from "@effect-mail/test-kit/Runs"
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Model from "./Model.js"
import * as Stores from "./Stores.js"

describe("whatever dies, nothing is lost, nothing is sent twice, and what is unknown is said", () => {
  it.effect.prop(
    "in memory",
    { history: Model.history },
    ({ history }) => Effect.provide(Model.live(history), OutboxStore.layerMemory),
    runs(100, 120_000)
  )

  it.effect.prop(
    "in SQLite",
    { history: Model.history },
    ({ history }) =>
      Effect.provide(
        Effect.flatMap(Stores.Time, ({ pass }) => Model.live(history, pass)),
        Stores.sqlite
      ),
    runs(2, 120_000)
  )
})
