import type { MailBackend, MailError, MailPolicy } from "@effect-mail/core"
import { Dkim, type Outgoing } from "@effect-mail/core"
import type { Config, ConfigError, Context, Effect, Layer, Option, Redacted } from "effect"
import { describe, expect, test } from "tstyche"

declare const key: Dkim.Key
declare const keys: ReadonlyArray<Dkim.Key>
declare const options: Dkim.KeyOptions
declare const outgoing: Outgoing.Outgoing

describe("Dkim", () => {
  test("key fails with one error", () => {
    expect(Dkim.key(options)).type.toBe<Effect.Effect<Dkim.Key, Dkim.DkimKeyError>>()
    expect(Dkim.key).type.not.toBeCallableWith({ domain: "example.com", selector: "s", privateKey: "a text" })
    expect(key.algorithm).type.toBe<"rsa-sha256" | "ed25519-sha256">()
    expect(key).type.not.toHaveProperty("privateKey")
    expect(Dkim.generate()).type.toBe<Effect.Effect<Dkim.KeyPair>>()
    expect<Dkim.KeyPair["privateKey"]>().type.toBe<Redacted.Redacted<string>>()
  })

  test("signs by a policy, and by a function of its own", () => {
    expect(Dkim.sign(key)).type.toBe<MailPolicy.Applicable>()
    expect(Dkim.sign(keys, { unsigned: "send", except: ["date"] })).type.toBe<MailPolicy.Applicable>()
    expect(Dkim.sign).type.not.toBeCallableWith(key, { unsigned: "drop" })
    expect(Dkim.signed(outgoing, keys)).type.toBe<Effect.Effect<Outgoing.Outgoing, MailError.BackendError>>()
  })

  test("layers name their errors, and what they need", () => {
    type Backend = MailBackend.MailBackend
    expect(Dkim.layer(options)).type.toBe<Layer.Layer<Backend, Dkim.DkimKeyError, Backend>>()
    expect(Dkim.layerConfig(Dkim.config)).type.toBe<
      Layer.Layer<Backend, Dkim.DkimKeyError | ConfigError.ConfigError, Backend>
    >()
    expect(Dkim.config).type.toBe<Config.Config<Dkim.KeyOptions>>()
  })

  test("cryptography is a setting", () => {
    expect(Dkim.webCrypto).type.toBe<Dkim.CryptoProvider>()
    expect<Context.Tag.Service<typeof Dkim.CryptoSetting>>().type.toBe<Option.Option<Dkim.CryptoProvider>>()
  })
})
