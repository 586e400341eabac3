import { Address, MailConfig, Message, Outgoing } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import type { ConfigError, Layer } from "effect"
import { Config, ConfigProvider, Effect, Either, Option } from "effect"

const read = (entries: ReadonlyArray<readonly [string, string]>) =>
  Effect.withConfigProvider(Effect.suspend(() => MailConfig.config), ConfigProvider.fromMap(new Map(entries)))

const address = (text: string) => Either.getOrThrow(Address.parse(text))

describe("the settings", () => {
  it.effect("have defaults, so that nothing need provide them", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* MailConfig.MailConfig, MailConfig.defaults)
      const outgoing = yield* Outgoing.prepare(Message.empty)
      assert.strictEqual(outgoing.envelope.from, "webmaster@localhost")
    }))

  it.effect("of a layer are those that it names; the others keep their defaults", () =>
    Effect.gen(function*() {
      const outgoing = yield* Outgoing.prepare(Message.empty)
      assert.strictEqual(outgoing.envelope.from, "shop@example.com")
      assert.strictEqual((yield* MailConfig.MailConfig).subjectPrefix, MailConfig.defaults.subjectPrefix)
    }).pipe(Effect.provide(MailConfig.layer({ defaultFrom: Option.some("shop@example.com") }))))

  it.effect("are the defaults where the environment says nothing", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* read([]), MailConfig.defaults)
    }))

  it.effect("are read from the environment", () =>
    Effect.gen(function*() {
      const settings = yield* read([
        ["DEFAULT_FROM_EMAIL", "Shop <shop@example.com>"],
        ["SERVER_EMAIL", "server@example.com"],
        ["ADMINS", "\"Lovelace, Ada\" <ada@example.com>, bob@example.com"],
        ["MANAGERS", ""],
        ["EMAIL_SUBJECT_PREFIX", "[Shop] "],
        ["DEFAULT_CHARSET", "ISO-8859-1"]
      ])
      assert.deepStrictEqual(settings, {
        defaultFrom: Option.some(address("Shop <shop@example.com>")),
        serverEmail: address("server@example.com"),
        admins: [address("\"Lovelace, Ada\" <ada@example.com>"), address("bob@example.com")],
        managers: [],
        subjectPrefix: "[Shop] ",
        charset: "iso-8859-1",
        maxRecipients: MailConfig.defaults.maxRecipients
      })
    }))

  for (
    const [key, value] of [
      ["DEFAULT_FROM_EMAIL", "nobody"],
      ["DEFAULT_FROM_EMAIL", ""],
      ["SERVER_EMAIL", "a@example.com, b@example.com"],
      ["ADMINS", "ada@example.com, nobody"],
      ["MANAGERS", "ada@example.com,"],
      ["DEFAULT_CHARSET", "utf-7"]
    ] as const
  ) {
    it.effect(`name ${key} when it is ${JSON.stringify(value)}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(read([[key, value]]))
        assert.include(String(error), key)
        if (value !== "") assert.notInclude(String(error), value)
      }))
  }

  it.effect("of layerConfig come from the environment, or from the config that it is given", () =>
    Effect.gen(function*() {
      const provider = ConfigProvider.fromMap(new Map([["EMAIL_SUBJECT_PREFIX", "[One] "], ["PREFIX", "[Two] "]]))
      const prefixFrom = (layer: Layer.Layer<never, ConfigError.ConfigError>) =>
        Effect.map(MailConfig.MailConfig, ({ subjectPrefix }) => subjectPrefix).pipe(
          Effect.provide(layer),
          Effect.withConfigProvider(provider)
        )
      const given = Config.map(
        Config.string("PREFIX"),
        (subjectPrefix): MailConfig.Settings => ({ ...MailConfig.defaults, subjectPrefix })
      )
      assert.strictEqual(yield* prefixFrom(MailConfig.layerConfig()), "[One] ")
      assert.strictEqual(yield* prefixFrom(MailConfig.layerConfig(given)), "[Two] ")
    }))
})
