import { Address, MailConfig, Message, Outgoing } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import type { ConfigError } from "effect"
import { Config, ConfigProvider, Effect, Either, Layer, Option } from "effect"

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

  const admins = ["ada@example.com"]
  const managers = ["bob@example.com"]
  const byAdmins = MailConfig.layer({ admins })
  const byManagers = MailConfig.layer({ managers })
  const byEnvironment = MailConfig.layerConfig().pipe(
    Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["SERVER_EMAIL", "server@example.com"]]))))
  )
  const byWrapped = MailConfig.layerConfig({ maxRecipients: Config.succeed(5) })

  const together: ReadonlyArray<readonly [string, Layer.Layer<never, ConfigError.ConfigError>]> = [
    ["merged", Layer.mergeAll(byAdmins, byManagers, byEnvironment, byWrapped)],
    ["merged the other way round", Layer.mergeAll(byWrapped, byEnvironment, byManagers, byAdmins)],
    ["merged two by two", Layer.merge(Layer.merge(byAdmins, byManagers), Layer.merge(byEnvironment, byWrapped))],
    [
      "provided to each other",
      byAdmins.pipe(Layer.provideMerge(byManagers), Layer.provideMerge(Layer.merge(byEnvironment, byWrapped)))
    ]
  ]
  const expected = {
    ...MailConfig.defaults,
    admins,
    managers,
    serverEmail: address("server@example.com"),
    maxRecipients: 5
  }
  for (const [how, layer] of together) {
    it.effect(`of layers that are ${how} are those of each`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* MailConfig.MailConfig, expected)
        assert.deepStrictEqual(yield* Effect.map(MailConfig.MailConfig, (settings) => settings), expected)
        const to = Array.from({ length: 6 }, (_, i) => `${i}@example.com`)
        const error = yield* Effect.flip(Outgoing.prepare(Message.make({ from: "ada@example.com", to })))
        assert.include(error.message, "6 recipients")
      }).pipe(Effect.provide(layer)))
  }

  it.effect("of layers that are provided one over the other are those of each", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* MailConfig.MailConfig, expected)
    }).pipe(
      Effect.provide(byAdmins),
      Effect.provide(Layer.merge(byManagers, byWrapped)),
      Effect.provide(byEnvironment)
    ))

  it.effect("that the nearest layer sets count, and the last of those that are merged", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* MailConfig.MailConfig, {
        ...MailConfig.defaults,
        admins: ["eve@example.com"],
        managers
      })
    }).pipe(
      Effect.provide(MailConfig.layer({ admins: ["eve@example.com"] })),
      Effect.provide(Layer.merge(byManagers, byAdmins))
    ))

  it.effect("that are merged build on what is merged around them", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* MailConfig.MailConfig, expected)
    }).pipe(
      Effect.provide(Layer.merge(byEnvironment, byWrapped)),
      Effect.provide(Layer.merge(byManagers, byAdmins))
    ))

  it.effect("that are provided as a whole hide those of layers around them, and not of those within", () =>
    Effect.gen(function*() {
      const whole = { ...MailConfig.defaults, subjectPrefix: "[Whole] " }
      const read = Effect.map(MailConfig.MailConfig, (settings) => settings)
      assert.deepStrictEqual(yield* Effect.provideService(read, MailConfig.MailConfig, whole), whole)
      const within = yield* read.pipe(
        Effect.provide(Layer.merge(MailConfig.layer({ charset: "us-ascii" }), byWrapped)),
        Effect.provideService(MailConfig.MailConfig, whole)
      )
      assert.deepStrictEqual(within, { ...whole, charset: "us-ascii", maxRecipients: 5 })
    }).pipe(Effect.provide(Layer.merge(byAdmins, byManagers))))

  it.effect("of a layer that sets none, or leaves one undefined, are those around it", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* MailConfig.MailConfig).admins, admins)
    }).pipe(
      Effect.provide(MailConfig.layer({ admins: undefined } as never)),
      Effect.provide(MailConfig.layer({})),
      Effect.provide(byAdmins)
    ))

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
