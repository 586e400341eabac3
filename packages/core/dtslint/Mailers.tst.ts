import type { MailBackend, MailError } from "@effect-mail/core"
import { Mail, MailConfig, Mailers } from "@effect-mail/core"
import type { ConfigError } from "effect"
import { Effect, Layer } from "effect"
import { describe, expect, test } from "tstyche"

declare const backend: Layer.Layer<MailBackend.MailBackend>
declare const fallible: Layer.Layer<MailBackend.MailBackend, ConfigError.ConfigError, "FileSystem">

const send = Mail.sendMail({ subject: "", text: "", to: "" })

/** What a program must be before it can be run. */
declare const run: <A, E>(program: Effect.Effect<A, E>) => void

describe("a mailer by its name", () => {
  test("is a need of what is sent by it, in place of a backend", () => {
    expect(Mail.using("newsletter")(send)).type.toBe<
      Effect.Effect<number, MailError.MailError | ConfigError.ConfigError, Mailers.Mailer<"newsletter">>
    >()
  })

  test("is a need of what is sent by others as well", () => {
    expect(Effect.zipRight(Mail.using("one")(send), Mail.using("two")(send))).type.toBe<
      Effect.Effect<
        number,
        MailError.MailError | ConfigError.ConfigError,
        Mailers.Mailer<"one"> | Mailers.Mailer<"two">
      >
    >()
  })

  test("is no other mailer", () => {
    expect<Mailers.Mailer<"one">>().type.not.toBeAssignableTo<Mailers.Mailer<"two">>()
  })
})

describe("a layer of mailers", () => {
  test("provides the names that stand in it, and needs what they need", () => {
    expect(Mailers.layer({ default: backend, newsletter: backend })).type.toBe<
      Layer.Layer<Mailers.Mailer<"default" | "newsletter">>
    >()
    expect(Mailers.layer({ newsletter: fallible })).type.toBe<
      Layer.Layer<Mailers.Mailer<"newsletter">, never, "FileSystem">
    >()
  })

  test("does not provide a name that does not stand in it", () => {
    const mailers = Mailers.layer({ default: backend, newsletter: backend })
    expect(run).type.toBeCallableWith(Effect.provide(Mail.using("newsletter")(send), mailers))
    expect(run).type.not.toBeCallableWith(Effect.provide(Mail.using("unknown")(send), mailers))
  })

  test("does not need a default, but then nothing is sent without a name", () => {
    const mailers = Mailers.layer({ newsletter: backend })
    expect(run).type.toBeCallableWith(Effect.provide(Mail.using("newsletter")(send), mailers))
    expect(run).type.not.toBeCallableWith(Effect.provide(send, mailers))
    expect(run).type.not.toBeCallableWith(
      Effect.provide(send, Layer.provide(Mailers.backend("default"), mailers))
    )
  })

  test("with nothing in it provides nothing", () => {
    expect(Mailers.layer({})).type.toBe<Layer.Layer<Mailers.Mailer<never>>>()
    expect(run).type.not.toBeCallableWith(Effect.provide(Mail.using("default")(send), Mailers.layer({})))
  })

  test("of names that are not known provides none of them", () => {
    const some = Mailers.layer({} as Record<string, typeof backend>)
    expect(run).type.not.toBeCallableWith(Effect.provide(Mail.using("default")(send), some))
    const tenants = Mailers.layer({} as Record<`tenant-${string}`, typeof backend>)
    expect(run).type.not.toBeCallableWith(Effect.provide(Mail.using("tenant-a")(send), tenants))
  })

  test("provides a name that is one of several", () => {
    const mailers = Mailers.layer({ one: backend, two: backend, three: backend })
    const oneOfTwo = null as unknown as "one" | "two"
    const any = null as unknown as string
    expect(run).type.toBeCallableWith(Effect.provide(Mail.using(oneOfTwo)(send), mailers))
    expect(run).type.not.toBeCallableWith(Effect.provide(Mail.using(oneOfTwo)(send), Mailers.layer({ one: backend })))
    expect(run).type.not.toBeCallableWith(Effect.provide(Mail.using(any)(send), mailers))
  })

  test("takes backends, and nothing by the name of an import", () => {
    expect(Mailers.layer).type.not.toBeCallableWith({ custom: "foo.bar" })
  })
})

describe("the staff", () => {
  test("are addresses, one or several", () => {
    expect(MailConfig.layer).type.toBeCallableWith({
      admins: ["ada@example.com", { name: "B", address: "b@example.com" }]
    })
    expect(MailConfig.layer).type.toBeCallableWith({ admins: "ada@example.com" })
    expect(MailConfig.layer).type.not.toBeCallableWith({ managers: [["name", "ada@example.com"]] })
    expect(MailConfig.layer).type.not.toBeCallableWith({ managers: [[]] })
  })
})
