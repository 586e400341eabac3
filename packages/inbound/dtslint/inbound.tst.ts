import type { MailPolicy, Message } from "@effect-mail/core"
import type { InboundConfigError, Received } from "@effect-mail/inbound"
import {
  AutoReply,
  Notice,
  ReplayGuard,
  ReturnPath,
  SenderDomain,
  Suppressions,
  Unsubscribe,
  Webhook
} from "@effect-mail/inbound"
import * as ReplayGuardSql from "@effect-mail/inbound/ReplayGuardSql"
import * as SuppressionsSql from "@effect-mail/inbound/SuppressionsSql"
import type { HttpApp, HttpClient } from "@effect/platform"
import type { SqlClient } from "@effect/sql"
import { type ConfigError, type Effect, type Layer, type Option, Redacted } from "effect"
import { describe, expect, test } from "tstyche"

type ConfigFailure = InboundConfigError.InboundConfigError

declare const octets: Uint8Array
declare const received: Received.Received
declare const notice: Notice.Notice
declare const tied: ReturnPath.Tied
declare const suppressions: Suppressions.Service
declare const receiver: Webhook.Receiver
declare const handle: (events: ReadonlyArray<Webhook.Event>) => Effect.Effect<void, "full", "database">

const secret = Redacted.make("")

describe("Notice", () => {
  test("is one of three, or none", () => {
    expect(Notice.parse(octets)).type.toBe<Effect.Effect<Option.Option<Notice.Notice>, Notice.NoticeError>>()
    expect(notice._tag).type.toBe<"Bounced" | "Complained" | "AutoReplied">()
    expect<Notice.Bounced["recipients"][number]["kind"]>().type.toBe<"Hard" | "Soft" | "Delayed" | "Delivered">()
  })
})

describe("ReturnPath", () => {
  test("layers provide the service, and need nothing", () => {
    expect(ReturnPath.layer({ domain: "", secret })).type.toBe<Layer.Layer<ReturnPath.ReturnPath, ConfigFailure>>()
    expect(ReturnPath.layerConfig(ReturnPath.config)).type.toBe<
      Layer.Layer<ReturnPath.ReturnPath, ConfigFailure | ConfigError.ConfigError>
    >()
    expect(ReturnPath.make).type.not.toBeCallableWith({ domain: "", secret: "a text" })
    expect(ReturnPath.make).type.not.toBeCallableWith({ domain: "", secret, several: "drop" })
  })
})

describe("Suppressions", () => {
  test("are fed by proven notices alone", () => {
    expect(suppressions.record(notice, tied)).type.toBe<
      Effect.Effect<ReadonlyArray<string>, Suppressions.SuppressionsError>
    >()
    expect(suppressions.record).type.not.toBeCallableWith(notice)
    expect(suppressions.add).type.not.toBeCallableWith("bob@example.org", "Dislike")
  })

  test("layers and policy", () => {
    expect(Suppressions.layerMemory()).type.toBe<Layer.Layer<Suppressions.Suppressions>>()
    expect(SuppressionsSql.layer()).type.toBe<Layer.Layer<Suppressions.Suppressions, never, SqlClient.SqlClient>>()
    expect(Suppressions.policy()).type.toBe<Effect.Effect<MailPolicy.Applicable, never, Suppressions.Suppressions>>()
    expect(Suppressions.layerUnsubscribe).type.toBe<Layer.Layer<Unsubscribe.Store, never, Suppressions.Suppressions>>()
  })
})

describe("Webhook", () => {
  test("receivers need nothing but those that fetch keys", () => {
    type Made<R = never> = Effect.Effect<Webhook.Receiver, ConfigFailure, R>
    expect(Webhook.mailgun({ signingKey: secret })).type.toBe<Made>()
    expect(Webhook.msGraph({ clientState: secret })).type.toBe<Made>()
    expect(Webhook.ses({ topics: [] })).type.toBe<Made<HttpClient.HttpClient>>()
    expect(Webhook.gmail({ audience: "", account: "" })).type.toBe<Made<HttpClient.HttpClient>>()
    expect(Webhook.mailgun).type.not.toBeCallableWith({ signingKey: "a text" })
  })

  test("keeps the error and the need of the handler", () => {
    expect(receiver.receive({ headers: {}, body: octets }, handle)).type.toBe<
      Effect.Effect<void, Webhook.WebhookError | ReplayGuard.ReplayGuardError | "full", "database">
    >()
    expect(Webhook.app(receiver, handle)).type.toBe<HttpApp.Default<never, "database">>()
  })

  test("what was handled is kept by a setting", () => {
    expect(ReplayGuard.layerMemory).type.toBe<Layer.Layer<ReplayGuard.ReplayGuard>>()
    expect(ReplayGuardSql.layer).type.toBe<Layer.Layer<ReplayGuard.ReplayGuard, never, SqlClient.SqlClient>>()
  })
})

describe("the rest", () => {
  test("names its errors and needs", () => {
    expect(AutoReply.to(received, { from: "", text: "" })).type.toBe<Option.Option<Message.Message>>()
    expect(SenderDomain.check({ domain: "" })).type.toBe<
      Effect.Effect<ReadonlyArray<SenderDomain.Advice>, never, SenderDomain.Resolver>
    >()
    expect(Unsubscribe.make({ secret, base: "" })).type.toBe<Effect.Effect<Unsubscribe.Unsubscribe, ConfigFailure>>()
    expect<Unsubscribe.Unsubscribe["app"]>().type.toBe<HttpApp.Default<never, Unsubscribe.Store>>()
  })
})
