import { describe, it, layer } from "@effect/vitest"
import { Effect } from "effect"
import { cases } from "./StoreCases.js"
import * as Stores from "./Stores.js"

describe("in memory", () => {
  for (const [name, test] of Object.entries(cases)) it.effect(name, () => Effect.provide(test, Stores.memory))
})

describe("in SQLite", () => {
  for (const [name, test] of Object.entries(cases)) it.effect(name, () => Effect.provide(test, Stores.sqlite))
})

layer(Stores.postgresClient, { timeout: 120_000 })("in PostgreSQL", (it) => {
  for (const [name, test] of Object.entries(cases)) it.effect(name, () => Effect.provide(test, Stores.sql))
})
