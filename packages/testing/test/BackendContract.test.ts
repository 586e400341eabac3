import { BackendContract } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as BrokenBackends from "./BrokenBackends.js"

const { cases } = BackendContract

const violation = <A, D, S>(subject: BackendContract.Subject<A, never, D, S>, promise: string) =>
  Effect.gen(function*() {
    const found = cases(subject).find(({ name }) => name === promise)
    assert.isDefined(found, `there is no such promise: ${promise}`)
    return yield* Effect.flip(found?.test ?? Effect.void)
  })

describe("BackendContract", () => {
  describe("a backend that keeps every promise", () => {
    for (const { name, test } of cases(BrokenBackends.sound)) it.effect(name, () => test, 30_000)
  })

  describe("a backend that breaks a promise", () => {
    for (const { detail, fault, promise, subject } of BrokenBackends.backends) {
      it.effect(`${fault}: is found out`, () =>
        Effect.gen(function*() {
          const found = yield* violation(subject, promise)
          assert.strictEqual(found.detail, detail)
          assert.notStrictEqual(found.actual, found.expected)
        }), 30_000)
    }
  })

  it("has for every promise a backend that breaks it", () => {
    const broken = new Set(BrokenBackends.backends.map(({ promise }) => promise))
    assert.deepStrictEqual(broken, new Set(cases(BrokenBackends.sound).map(({ name }) => name)))
  })

  it("leaves out what the probes cannot see", () => {
    const { delivered, layer, sessions } = BrokenBackends.sound
    const count = (subject: Partial<typeof BrokenBackends.sound> & Pick<typeof BrokenBackends.sound, "layer">) =>
      cases(subject).length
    const all = count({ delivered, layer, sessions })
    assert.isBelow(count({ delivered, layer }), all)
    assert.isBelow(count({ layer, sessions }), all)
    assert.isAbove(count({ layer }), 10)
  })

  it.effect("reports a layer that cannot be built", () =>
    Effect.gen(function*() {
      const { promise, ...broken } = BrokenBackends.backends[0] ?? assert.fail()
      const found = yield* violation({ ...broken.subject, layer: Layer.fail("no such server") }, promise)
      assert.strictEqual(found.detail, "building the layer")
      assert.strictEqual(found.actual, "no such server")
    }))

  it.effect("reports a probe that fails", () =>
    Effect.gen(function*() {
      const { promise, subject } = BrokenBackends.backends[0] ?? assert.fail()
      const found = yield* violation({ ...subject, delivered: Effect.fail("no such folder") }, promise)
      assert.strictEqual(found.detail, "the probe `delivered`")
    }))

  it("shows where what was found begins to differ", () => {
    const same = "x".repeat(1000)
    const { message } = new BackendContract.ContractViolation({
      promise: "delivers",
      detail: "the bytes",
      expected: `${same}-expected`,
      actual: `${same}-found`
    })
    assert.match(
      message,
      /^A promise was not kept: delivers\nthe bytes\nexpected: \.\.\.x+-expected\nactual: {3}\.\.\.x+-found$/
    )
    assert.isBelow(message.length, 600)
  })
})
