import type { MailError } from "@effect-mail/core"
import { MailBackend, MailPolicy } from "@effect-mail/core"
import type { TestMailbox } from "@effect-mail/testing"
import type { ConfigError, Layer } from "effect"
import { Effect } from "effect"
import { describe, expect, test } from "tstyche"

declare const mailbox: Layer.Layer<TestMailbox.TestMailbox | MailBackend.MailBackend, ConfigError.ConfigError, "Clock">
declare const other: Layer.Layer<TestMailbox.TestMailbox>
declare const service: MailBackend.Service

const custom = (backend: MailBackend.Service): MailBackend.Service => backend

describe("a policy", () => {
  test("of a service is a service", () => {
    expect(MailPolicy.concurrency(2)(service)).type.toBe<MailBackend.Service>()
    expect(Effect.map(MailBackend.MailBackend, MailPolicy.concurrency(2))).type.toBe<
      Effect.Effect<MailBackend.Service, never, MailBackend.MailBackend>
    >()
  })

  test("of a layer keeps its services, its errors and its needs", () => {
    expect(mailbox.pipe(MailPolicy.concurrency(2), MailPolicy.suppress([]))).type.toBe<
      Layer.Layer<TestMailbox.TestMailbox | MailBackend.MailBackend, ConfigError.ConfigError, "Clock">
    >()
    expect(mailbox.pipe(MailPolicy.apply(MailPolicy.concurrency(2)))).type.toBe<
      Layer.Layer<TestMailbox.TestMailbox | MailBackend.MailBackend, ConfigError.ConfigError, "Clock">
    >()
  })

  test("is any function from backend to backend", () => {
    expect(custom).type.toBeAssignableTo<MailPolicy.Policy>()
    expect(MailPolicy.concurrency(2)).type.toBeAssignableTo<MailPolicy.Policy>()
    expect(MailPolicy.apply(custom)(mailbox)).type.toBe<
      Layer.Layer<TestMailbox.TestMailbox | MailBackend.MailBackend, ConfigError.ConfigError, "Clock">
    >()
    expect(MailPolicy.make(custom)).type.toBe<MailPolicy.Applicable>()
    expect(MailPolicy.layer(custom)).type.toBe<
      Layer.Layer<MailBackend.MailBackend, never, MailBackend.MailBackend>
    >()
  })

  test("wants a layer with a backend", () => {
    expect(MailPolicy.concurrency(2)).type.not.toBeCallableWith(other)
    expect(MailPolicy.apply(custom)).type.not.toBeCallableWith(other)
  })

  test("takes addresses in every form", () => {
    expect(MailPolicy.redirectAll).type.toBeCallableWith("staging@example.com")
    expect(MailPolicy.redirectAll).type.toBeCallableWith([{ name: "Staging", address: "staging@example.com" }])
    expect(MailPolicy.suppress).type.toBeCallableWith("ada@example.com")
    expect(MailPolicy.suppress).type.toBeCallableWith(new Set(["ada@example.com"]))
  })

  test("may fail with errors of a backend only", () => {
    expect(MailPolicy.suppressIf).type.not.toBeCallableWith(() => Effect.fail("no"))
    expect(MailPolicy.suppressIf).type.toBeCallableWith(() => Effect.fail(null as unknown as MailError.ConnectionError))
  })
})
