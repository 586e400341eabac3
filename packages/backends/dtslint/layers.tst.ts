import { Backend, BackendDefinition, Console, Dummy, File, Memory, Smtp } from "@effect-mail/backends"
import type { MailBackend, MailError } from "@effect-mail/core"
import type { FileSystem, Path } from "@effect/platform"
import type { ConfigError, Effect, Layer, Redacted, Scope } from "effect"
import { Config, Context, Effect as Effects } from "effect"
import { describe, expect, test } from "tstyche"

declare const backend: Effect.Effect<MailBackend.Service>
declare const fileSystem: Effect.Effect<string, never, FileSystem.FileSystem>
declare const options: Smtp.Options
declare const token: Effect.Effect<Redacted.Redacted, MailError.AuthenticationError>

describe("Smtp", () => {
  test("fails only for wrong options, and needs nothing", () => {
    expect(Smtp.layer(options)).type.toBe<Layer.Layer<MailBackend.MailBackend, ConfigError.ConfigError>>()
    expect(Smtp.make(options)).type.toBe<
      Effect.Effect<MailBackend.Service, ConfigError.ConfigError, Scope.Scope>
    >()
  })

  test("takes its options from configuration", () => {
    expect(Smtp.layerConfig({
      host: Config.string("HOST"),
      tls: Config.literal("required", "implicit")("TLS"),
      auth: Config.all({ user: Config.string("USER"), password: Config.redacted("PASSWORD") }),
      timeouts: { reply: Config.duration("REPLY") }
    })).type.toBe<Layer.Layer<MailBackend.MailBackend, ConfigError.ConfigError>>()
    expect(Smtp.layerConfig).type.not.toBeCallableWith({ host: Config.number("HOST") })
  })

  test("takes a password or a token, and the password only as a secret", () => {
    expect(Smtp.layer).type.toBeCallableWith({ host: "localhost", auth: { user: "ada", accessToken: token } })
    expect(Smtp.layer).type.not.toBeCallableWith({ host: "localhost", auth: { user: "ada", password: "secret" } })
    expect(Smtp.layer).type.not.toBeCallableWith({ host: "localhost", auth: { user: "ada" } })
    expect(Smtp.layer).type.not.toBeCallableWith({ host: "localhost", tls: "always" })
    expect(Smtp.layer).type.not.toBeCallableWith({})
  })
})

describe("Backend", () => {
  test("needs the file system, and fails only for wrong settings", () => {
    expect(Backend.layerConfig).type.toBe<
      Layer.Layer<
        MailBackend.MailBackend | Memory.Memory,
        ConfigError.ConfigError,
        FileSystem.FileSystem | Path.Path
      >
    >()
  })

  test("needs what the definitions of a program need, but for the memory and the scope that it provides", () => {
    class Relay extends Context.Tag("Relay")<Relay, string>() {}
    const relay = BackendDefinition.make({
      name: "relay",
      schemes: [],
      config: Config.string("RELAY"),
      fromUrl: () => fileSystem,
      make: () => Effects.zipRight(Relay, Effects.scope).pipe(Effects.zipRight(backend))
    })
    expect(relay).type.toBe<BackendDefinition.BackendDefinition<Relay | FileSystem.FileSystem | Scope.Scope>>()
    expect(Backend.layerConfigWith([relay, Memory.definition])).type.toBe<
      Layer.Layer<MailBackend.MailBackend | Memory.Memory, ConfigError.ConfigError, Relay | FileSystem.FileSystem>
    >()
    expect(Backend.layerConfigWith([...Backend.definitions, relay])).type.toBe<
      Layer.Layer<
        MailBackend.MailBackend | Memory.Memory,
        ConfigError.ConfigError,
        Relay | FileSystem.FileSystem | Path.Path
      >
    >()
  })
})

describe("the other backends", () => {
  test("Console never fails and needs nothing", () => {
    expect(Console.layer).type.toBe<Layer.Layer<MailBackend.MailBackend>>()
  })

  test("Dummy never fails and needs nothing", () => {
    expect(Dummy.layer).type.toBe<Layer.Layer<MailBackend.MailBackend>>()
  })

  test("Memory never fails and needs nothing", () => {
    expect(Memory.layer).type.toBe<Layer.Layer<MailBackend.MailBackend | Memory.Memory>>()
  })

  test("File needs the file system, and fails only for a wrong directory", () => {
    expect(File.layer({ directory: "/tmp/mail" })).type.toBe<
      Layer.Layer<MailBackend.MailBackend, ConfigError.ConfigError, FileSystem.FileSystem | Path.Path>
    >()
  })
})
