import { TestCertificates } from "@effect-mail/testing"
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import * as Run from "./Run.js"
import { expected, type Scenario, scenarios } from "./Scenario.js"

const modes = ["single", "pooled"] as const
const deliveries = ["whole", "line", "byte"] as const

const ways: ReadonlyArray<Run.Way> = modes.flatMap((mode) => deliveries.map((delivery) => ({ mode, delivery })))

const nameOf = (scenario: Scenario, { delivery, mode }: Run.Way): string => `${scenario.id}, ${mode}, ${delivery}`

/** What every run has come to, by its name. */
class Matrix extends Context.Tag("test/Matrix")<Matrix, ReadonlyMap<string, Run.Result>>() {}

const scenariosAtOnce = 2

/** Timers and sockets of this process, servers' included. */
const resources = Effect.sync(() =>
  process.getActiveResourcesInfo().filter((name) => /^(?:Timeout|TCP|TLS|Connect|Shutdown|Write|Worker)/.test(name))
    .sort()
)

/** What is closed in this turn is gone in the next but one. */
const settled = Effect.async<void>((resume) => {
  setImmediate(() => setImmediate(() => resume(Effect.void)))
})

const groups = Array.from(
  { length: Math.ceil(scenarios.length / scenariosAtOnce) },
  (_, i) => scenarios.slice(i * scenariosAtOnce, (i + 1) * scenariosAtOnce)
)

/** Runs side by side; whatever any of them leaves behind in this process counts against all of them. */
const runGroup = (group: ReadonlyArray<Scenario>, certificates: TestCertificates.TestCertificates) =>
  Effect.gen(function*() {
    const before = yield* resources
    const results = yield* Effect.forEach(
      group.flatMap((scenario) => ways.map((way) => [scenario, way] as const)),
      ([scenario, way]) =>
        Effect.map(Run.run(scenario, way, certificates), (result) => [nameOf(scenario, way), result] as const),
      { concurrency: "unbounded" }
    )
    yield* settled
    const after = yield* resources
    const left = after.length > before.length ? [`nothing is left of ${before.join()}: ${after.join()}`] : []
    return results.map(([name, result]) => [name, { ...result, complaints: result.complaints.concat(left) }] as const)
  })

const MatrixLive = Layer.effect(
  Matrix,
  Effect.gen(function*() {
    const certificates = yield* TestCertificates.make
    const results = yield* Effect.forEach(groups, (group) => runGroup(group, certificates))
    return new Map(results.flat())
  })
)

layer(MatrixLive, { excludeTestServices: true, timeout: "4 minutes" })("The fault matrix", (it) => {
  for (const scenario of scenarios) {
    for (const way of ways) {
      it.effect(nameOf(scenario, way), () =>
        Effect.map(Matrix, (results) => {
          const result = results.get(nameOf(scenario, way))
          assert.deepStrictEqual(result?.complaints, [], `it ended as ${result?.outcomes.join()}`)
        }))
    }

    if (expected(scenario).some((classes) => classes.length > 1)) continue
    it.effect(`${scenario.id}, the same in every way`, () =>
      Effect.map(Matrix, (results) => {
        const outcomes = ways.map((way) => results.get(nameOf(scenario, way))?.outcomes.join())
        assert.deepStrictEqual(new Set(outcomes).size, 1, outcomes.join(" | "))
      }))
  }
})
