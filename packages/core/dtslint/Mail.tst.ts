import type { BatchReport, DeliveryReport, Mailers } from "@effect-mail/core"
import { Mail, MailBackend, MailConfig, MailError, Message } from "@effect-mail/core"
import type { ConfigError, Layer, Scope, Sink } from "effect"
import { Config, Effect, Option, Stream } from "effect"
import { describe, expect, test } from "tstyche"

declare const message: Message.Message
declare const messages: ReadonlyArray<Message.Message>

describe("sending", () => {
  test("needs a backend, and nothing else", () => {
    expect(Mail.send(message)).type.toBe<
      Effect.Effect<DeliveryReport.DeliveryReport, MailError.MailError, MailBackend.MailBackend>
    >()
    expect(Mail.sendAll(messages)).type.toBe<
      Effect.Effect<BatchReport.BatchReport, never, MailBackend.MailBackend>
    >()
    expect(Mail.sendMassMail(messages)).type.toBe<
      Effect.Effect<number, BatchReport.MassMailError, MailBackend.MailBackend>
    >()
    expect(Mail.sendMail({ subject: "", text: "", to: "" })).type.toBe<
      Effect.Effect<number, MailError.MailError, MailBackend.MailBackend>
    >()
    expect(Mail.mailAdmins({ subject: "", text: "" })).type.toBe<
      Effect.Effect<number, MailError.MailError, MailBackend.MailBackend>
    >()
  })

  test("a stream keeps the failures and needs of its source", () => {
    const source = Stream.fromEffect(Effect.as(Mail.using("other")(Effect.fail("no" as const)), message))
    expect(Mail.sendStream(source, { concurrency: 2 })).type.toBe<
      Stream.Stream<
        BatchReport.Sent | BatchReport.Failed,
        "no" | ConfigError.ConfigError,
        Mailers.Mailer<"other"> | MailBackend.MailBackend
      >
    >()
    expect(Mail.sink).type.toBe<
      Sink.Sink<Mail.Summary, Message.Message | Message.Options, never, never, MailBackend.MailBackend>
    >()
  })

  test("takes plain options where it takes a message", () => {
    const options: Message.Options = { from: "ada@example.com", to: "bob@example.com" }
    expect(Mail.send(options)).type.toBe<
      Effect.Effect<DeliveryReport.DeliveryReport, MailError.MailError, MailBackend.MailBackend>
    >()
    expect(Mail.sendAll).type.toBeCallableWith([options, message])
    expect(Mail.sendMassMail).type.toBeCallableWith([{ to: "bob@example.com", text: "" }])
    expect(Mail.validate).type.toBeCallableWith({ to: { address: "bob@example.com" } })
    expect(Mail.sendStream(Stream.make(options, message))).type.toBe<
      Stream.Stream<BatchReport.Sent | BatchReport.Failed, never, MailBackend.MailBackend>
    >()
  })

  test("a stream of pairs gives back their keys", () => {
    const pairs = Stream.range(1, 2).pipe(Stream.map((id) => [id, { to: "bob@example.com", text: "" }] as const))
    expect(Mail.sendStream(pairs)).type.toBe<
      Stream.Stream<BatchReport.Keyed<number>, never, MailBackend.MailBackend>
    >()
    expect(pairs.pipe(Mail.sendStream, Stream.map((entry) => entry.key))).type.toBe<
      Stream.Stream<number, never, MailBackend.MailBackend>
    >()
    const mixed = Stream.make(message, ["a", message] as const)
    expect(Mail.sendStream(mixed)).type.toBe<
      Stream.Stream<
        BatchReport.Sent | BatchReport.Failed | BatchReport.Keyed<"a">,
        never,
        MailBackend.MailBackend
      >
    >()
  })

  test("personalize makes pairs where it is given a key", () => {
    const rows = [{ id: 1, email: "ada@example.com" }]
    expect(Message.personalize(message, rows, { to: ({ email }) => email })).type.toBe<
      Stream.Stream<Message.Message>
    >()
    expect(Message.personalize(message, rows, { to: ({ email }) => email, key: ({ id }) => id })).type.toBe<
      Stream.Stream<readonly [key: number, message: Message.Message]>
    >()
  })

  test("sendMail wants subject, recipients, and a text or html", () => {
    expect(Mail.sendMail).type.not.toBeCallableWith({ subject: "", text: "" })
    expect(Mail.sendMail).type.not.toBeCallableWith({ text: "", to: "" })
    expect(Mail.sendMail).type.toBeCallableWith({ subject: "", html: "", to: "" })
    expect(Mail.sendMail).type.toBeCallableWith({ subject: "", html: "", text: "", to: "" })
    expect(Mail.mailAdmins).type.toBeCallableWith({ subject: "", html: "" })
    expect(Mail.sendMail).type.not.toBeCallableWith({ subject: "", to: "" })
    expect(Mail.sendMail).type.not.toBeCallableWith({ subject: "", html: undefined, to: "" })
    expect(Mail.mailAdmins).type.not.toBeCallableWith({ subject: "", text: "", bcc: "" })
  })
})

describe("failures", () => {
  test("catchTag leaves what was not caught", () => {
    expect(
      Mail.send(message).pipe(
        Effect.catchTag("OutcomeUnknownError", (error) => {
          expect(error).type.toBe<MailError.OutcomeUnknownError>()
          return Effect.succeed("unknown" as const)
        })
      )
    ).type.toBe<
      Effect.Effect<
        DeliveryReport.DeliveryReport | "unknown",
        Exclude<MailError.MailError, MailError.OutcomeUnknownError>,
        MailBackend.MailBackend
      >
    >()
  })

  test("catchTags of every tag leaves nothing", () => {
    const zero = () => Effect.succeed(0)
    expect(
      Mail.send(message).pipe(Effect.catchTags({
        BadHeaderError: zero,
        InvalidAddressError: zero,
        InvalidMessageError: zero,
        AttachmentError: zero,
        ConnectionError: zero,
        AuthenticationError: zero,
        CapabilityError: zero,
        RejectedError: zero,
        OutcomeUnknownError: zero
      }))
    ).type.toBe<Effect.Effect<DeliveryReport.DeliveryReport | number, never, MailBackend.MailBackend>>()
  })

  test("guards narrow", () => {
    const error = null as unknown as MailError.MailError
    if (MailError.isMessageError(error)) expect(error).type.toBe<MailError.MessageError>()
    else expect(error).type.toBe<MailError.BackendError>()
    expect(error.isTransient).type.toBe<boolean>()
  })

  test("failSilently takes away the failures of delivery, and no other", () => {
    expect(Mail.failSilently(Mail.send(message))).type.toBe<
      Effect.Effect<DeliveryReport.DeliveryReport | number, MailError.MessageError, MailBackend.MailBackend>
    >()
    expect(Mail.failSilently(Mail.sendMassMail(messages))).type.toBe<
      Effect.Effect<number, BatchReport.MassMailError, MailBackend.MailBackend>
    >()
    expect(Mail.failSilently(Effect.fail("other" as const))).type.toBe<Effect.Effect<number, "other">>()
  })

  test("using a mailer by its name needs that mailer instead of a backend", () => {
    expect(Mail.using("newsletter")(Mail.send(message))).type.toBe<
      Effect.Effect<
        DeliveryReport.DeliveryReport,
        MailError.MailError | ConfigError.ConfigError,
        Mailers.Mailer<"newsletter">
      >
    >()
  })

  test("session adds those of a backend", () => {
    expect(Mail.session(Effect.fail("other" as const))).type.toBe<
      Effect.Effect<never, "other" | MailError.BackendError, MailBackend.MailBackend>
    >()
  })
})

describe("the service", () => {
  const service = null as unknown as MailBackend.Service

  test("its methods need nothing", () => {
    expect(service.send(message)).type.toBe<Effect.Effect<DeliveryReport.DeliveryReport, MailError.MailError>>()
    expect(service.sendAll(messages)).type.toBe<Effect.Effect<BatchReport.BatchReport>>()
    expect(service.connect).type.toBe<
      Effect.Effect<MailBackend.MailConnection, MailError.BackendError, Scope.Scope>
    >()
  })

  test("a driver may fail with the errors of a backend only", () => {
    expect(MailBackend.make).type.not.toBeCallableWith({
      name: "x",
      open: Effect.succeed({ deliver: () => Effect.fail("other") })
    })
    expect(MailBackend.make).type.not.toBeCallableWith({
      name: "x",
      open: Effect.succeed({ deliver: () => Effect.fail(new MailError.InvalidMessageError({ reason: "" })) })
    })
    expect(MailBackend.make({
      name: "x",
      open: Effect.succeed({ deliver: (outgoing) => Effect.succeed(MailBackend.acceptAll(outgoing)) })
    })).type.toBe<MailBackend.Service>()
  })
})

describe("the settings", () => {
  test("have defaults, so that nothing need provide them", () => {
    expect(MailConfig.MailConfig).type.toBeAssignableTo<Effect.Effect<MailConfig.Settings>>()
    expect(MailConfig.layer({})).type.toBe<Layer.Layer<never>>()
    expect(MailConfig.config).type.toBe<Config.Config<MailConfig.Settings>>()
    expect(MailConfig.layerConfig()).type.toBe<Layer.Layer<never, ConfigError.ConfigError>>()
  })

  test("are given as a program has them", () => {
    expect(MailConfig.layer).type.toBeCallableWith({ defaultFrom: "Shop <shop@example.com>" })
    expect(MailConfig.layer).type.toBeCallableWith({ defaultFrom: { name: "Shop", address: "shop@example.com" } })
    expect(MailConfig.layer).type.toBeCallableWith({ defaultFrom: Option.some("shop@example.com"), charset: undefined })
    expect(MailConfig.layerConfig).type.toBeCallableWith({
      defaultFrom: Config.string("FROM"),
      admins: Config.succeed([])
    })
    expect(MailConfig.layer).type.not.toBeCallableWith({ defaultFrom: 5 })
  })
})
