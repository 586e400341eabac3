import { Smtp } from "@effect-mail/backends"
import { Mail, MailBackend, Message } from "@effect-mail/core"
import * as SmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import { TestCertificates } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Config, ConfigError, ConfigProvider, Effect, Layer, Redacted } from "effect"

const message = Message.make({ from: "ada@example.com", to: "bob@example.com", subject: "Hello", text: "Hello, Bob" })

const build = (options: Partial<Smtp.Options>) => Layer.build(Smtp.layer({ host: "localhost", ...options }))

describe("Smtp options", () => {
  const password = Redacted.make("s3cret")
  const pem = Redacted.make("-----BEGIN s3cret-----")
  const wrong: ReadonlyArray<readonly [setting: string, options: Partial<Smtp.Options>]> = [
    ["host", { host: "" }],
    ["host", { host: "smtp example.com" }],
    ["host", { host: "smtp.example.com\r\nQUIT" }],
    ["host", { host: "smtp://smtp.example.com" }],
    ["host", { host: "smtp.example.com:25" }],
    ["host", { host: "bücher.example" }],
    ["host", { host: "/run/a\0b" }],
    ["host", { host: `/run/${"a".repeat(120)}` }],
    ["port", { host: "/run/lmtp", port: 24 }],
    ["port", { protocol: "lmtp", port: 25 }],
    ["port", { port: 0 }],
    ["port", { port: -25 }],
    ["port", { port: 2.5 }],
    ["port", { port: NaN }],
    ["port", { port: 65536 }],
    ["tls", { tls: "always" as Smtp.Tls }],
    ["tls", { tls: "toString" as Smtp.Tls }],
    ["clientName", { clientName: "" }],
    ["clientName", { clientName: "a b" }],
    ["clientName", { clientName: "ü.example" }],
    ["clientName", { clientName: "a\r\nMAIL FROM:<eve@example.com>" }],
    ["clientName", { clientName: "[127.0.0.1" }],
    ["auth.user", { auth: { user: "", password } }],
    ["pool.maxConnections", { pool: { maxConnections: 0 } }],
    ["pool.maxConnections", { pool: { maxConnections: 1.5 } }],
    ["pool.maxConnections", { pool: { maxConnections: Infinity } }],
    ["pool.maxMessages", { pool: { maxMessages: 0 } }],
    ["pool.maxMessages", { pool: { maxMessages: NaN } }],
    ["certificates", { certificates: { cert: "-----BEGIN CERTIFICATE-----" } }],
    ["certificates", { certificates: { key: pem } }],
    ["certificates", { certificates: { cert: "no PEM", key: pem } }],
    ["certificates", { certificates: { serverName: "" } }],
    ["certificates", { certificates: { serverName: "a b" } }],
    ["certificates", { certificates: { ca: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" } }]
  ]
  for (const [setting, options] of wrong) {
    it.scopedLive(`must be possible: ${setting} of ${JSON.stringify(options)}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(build(options))
        assert.isTrue(ConfigError.isInvalidData(error))
        assert.deepStrictEqual(ConfigError.isInvalidData(error) && error.path, [setting])
        assert.notInclude(String(error), "s3cret")
      }))
  }

  it.scopedLive("must fit together: a key is that of its certificate", () =>
    Effect.gen(function*() {
      const { expired, valid } = yield* TestCertificates.make
      const error = yield* Effect.flip(
        build({ certificates: { cert: valid.cert, key: Redacted.make(expired.key) } })
      )
      assert.deepStrictEqual(ConfigError.isInvalidData(error) && error.path, ["certificates"])
    }))

  for (
    const options of [
      { host: "smtp.example.com" },
      { host: "mail_1" },
      { host: "127.0.0.1" },
      { host: "::1" },
      { host: "/run/dovecot/lmtp", protocol: "lmtp" },
      { host: "/run/postfix/smtp" },
      { protocol: "lmtp" },
      { protocol: "lmtp", port: 2003, tls: "implicit" },
      { port: 65535 },
      { clientName: "mail.example.com" },
      { clientName: "localhost" },
      { clientName: "[127.0.0.1]" },
      { clientName: "[IPv6:::1]" },
      { auth: { user: "ada", password } },
      { pool: { maxConnections: 1, maxMessages: 1, idleTimeout: "1 minute" } },
      { tls: undefined, auth: undefined, timeouts: undefined, pool: undefined, certificates: undefined }
    ] satisfies ReadonlyArray<Partial<Smtp.Options>>
  ) {
    it.scopedLive(`may be ${JSON.stringify(options)}, and no server is called yet`, () => build(options))
  }

  it.scopedLive("say what EHLO says", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Mail.send(message).pipe(Effect.provide(server.layer({ clientName: "mail.example.com" })))
      assert.strictEqual(server.commands[0], "EHLO mail.example.com")
    }))

  it.scopedLive("can come from configuration", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make({ login: ({ password }) => password === "s3cret" })
      const layer = Smtp.layerConfig({
        host: Config.string("HOST"),
        port: Config.port("PORT"),
        tls: Config.literal("none", "required")("TLS"),
        auth: Config.all({ user: Config.string("USER"), password: Config.redacted("PASSWORD") })
      })
      const settings = { HOST: "127.0.0.1", PORT: String(server.port), TLS: "none", USER: "ada", PASSWORD: "s3cret" }
      yield* Mail.send(message).pipe(
        Effect.provide(layer),
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(settings))))
      )
      assert.strictEqual(server.received[0]?.user, "ada")
      const error = yield* Effect.flip(Layer.build(layer)).pipe(
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["HOST", "127.0.0.1"]])))
      )
      assert.isTrue(ConfigError.isMissingDataOnly(error))
      assert.include(String(error), "PORT")
    }))

  it.scopedLive("make a backend without a layer, too", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const backend = yield* Smtp.make({ host: "127.0.0.1", port: server.port })
      assert.strictEqual(backend.name, "smtp")
      yield* Effect.provideService(Mail.send(message), MailBackend.MailBackend, backend)
      assert.strictEqual(server.received.length, 1)
    }))
})
