/**
 * Providers by configuration: the forms of `EMAIL_URL`, the settings of the environment, and what is wrong with them.
 */
import { Backend, Resend } from "@effect-mail/backends"
import { Mail, MailBackend, Message } from "@effect-mail/core"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigError, ConfigProvider, Effect, Layer, Redacted } from "effect"
import { inspect } from "node:util"
import * as RecordingClient from "./RecordingClient.js"

const configured = (settings: Readonly<Record<string, string>>) =>
  Backend.layerConfig.pipe(
    Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(settings))))),
    Layer.provide(NodeContext.layer)
  )

const message = Message.make({ from: "ada@example.com", to: "bob@example.org", text: "Hello", html: "<p>Hello</p>" })

const host: Readonly<Record<string, string>> = {
  ses: "https://email.eu-central-1.amazonaws.com/v2/email/outbound-emails",
  resend: "https://api.resend.com/emails",
  sendgrid: "https://api.sendgrid.com/v3/mail/send",
  postmark: "https://api.postmarkapp.com/email",
  mailgun: "https://api.eu.mailgun.net/v3/mail.example.com/messages.mime",
  brevo: "https://api.brevo.com/v3/smtp/email",
  gmail: "https://oauth2.googleapis.com/token",
  msgraph: "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token"
}

const forms: ReadonlyArray<readonly [name: string, settings: Readonly<Record<string, string>>]> = [
  ["ses", { EMAIL_URL: "ses://AKIA123:s3cr%2Fet@eu-central-1" }],
  ["resend", { EMAIL_URL: "resend://s3cret_key@default" }],
  ["sendgrid", { EMAIL_URL: "sendgrid://SG.s3cret@default" }],
  ["postmark", { EMAIL_URL: "postmark://s3cret@default?stream=broadcast" }],
  ["mailgun", { EMAIL_URL: "mailgun://s3cret@mail.example.com?region=eu" }],
  ["brevo", { EMAIL_URL: "brevo://s3cret@default" }],
  ["gmail", { EMAIL_URL: "gmail://id:s3cret@default?refreshToken=1%2F%2Fs3cret" }],
  ["msgraph", { EMAIL_URL: "msgraph://id:s3cret@contoso.example?user=ada@example.com" }],
  ["ses", {
    EMAIL_BACKEND: "ses",
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "AKIA123",
    AWS_SECRET_ACCESS_KEY: "s3cret",
    AWS_SESSION_TOKEN: "s3cret"
  }],
  ["resend", { EMAIL_BACKEND: "resend", EMAIL_RESEND_API_KEY: "s3cret" }],
  ["sendgrid", { EMAIL_BACKEND: "sendgrid", EMAIL_SENDGRID_API_KEY: "s3cret" }],
  ["postmark", { EMAIL_BACKEND: "postmark", EMAIL_POSTMARK_TOKEN: "s3cret" }],
  ["mailgun", {
    EMAIL_BACKEND: "mailgun",
    EMAIL_MAILGUN_API_KEY: "s3cret",
    EMAIL_MAILGUN_DOMAIN: "mail.example.com",
    EMAIL_MAILGUN_REGION: "eu"
  }],
  ["brevo", { EMAIL_BACKEND: "brevo", EMAIL_BREVO_API_KEY: "s3cret" }],
  ["gmail", {
    EMAIL_BACKEND: "gmail",
    EMAIL_GMAIL_CLIENT_ID: "id",
    EMAIL_GMAIL_CLIENT_SECRET: "s3cret",
    EMAIL_GMAIL_REFRESH_TOKEN: "s3cret"
  }],
  ["msgraph", {
    EMAIL_BACKEND: "msgraph",
    EMAIL_MSGRAPH_TENANT: "contoso.example",
    EMAIL_MSGRAPH_CLIENT_ID: "id",
    EMAIL_MSGRAPH_CLIENT_SECRET: "s3cret",
    EMAIL_MSGRAPH_USER: "ada@example.com"
  }]
]

const client = RecordingClient.layer(() => RecordingClient.response(500))

describe("configuration", () => {
  for (const [name, settings] of forms) {
    it.effect(`chooses ${name} by ${Object.keys(settings).join(", ")}`, () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* MailBackend.MailBackend).name, name)
        yield* Effect.flip(Mail.send(message))
        const [request] = yield* RecordingClient.Requests
        assert.strictEqual(String(request?.url), host[name])
      }).pipe(Effect.provide(Layer.provideMerge(configured(settings), client))))
  }

  for (
    const settings of [
      { EMAIL_URL: "resend://s3cret" },
      { EMAIL_URL: "resend://s3cret@default/path" },
      { EMAIL_URL: "resend://s3cret@default?other=s3cret" },
      { EMAIL_URL: "resend://s3cr%20et@default" },
      { EMAIL_URL: "resend://s3cret%0D%0AX@default" },
      { EMAIL_URL: "resend://s3cret%@default" },
      { EMAIL_URL: "postmark://s3cret@default?stream=a&stream=b" },
      { EMAIL_URL: "mailgun://s3cret@mail.example.com?region=moon" },
      { EMAIL_URL: "mailgun://s3cret@mail.example.com%2F..%2Fother" },
      { EMAIL_URL: "ses://AKIA123@eu-central-1" },
      { EMAIL_URL: "gmail://id:s3cret@default" },
      { EMAIL_URL: "msgraph://id:s3cret@contoso.example" },
      { EMAIL_BACKEND: "resend" },
      { EMAIL_BACKEND: "resend", EMAIL_RESEND_API_KEY: "s3cr et" },
      { EMAIL_BACKEND: "mailgun", EMAIL_MAILGUN_API_KEY: "s3cret", EMAIL_MAILGUN_DOMAIN: "a/b" }
    ]
  ) {
    it.effect(`refuses ${JSON.stringify(settings)} without its secret`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Layer.build(configured(settings)))
        assert.isTrue(ConfigError.isConfigError(error), String(error))
        assert.notMatch(inspect(error, { depth: 9 }), /s3cr/)
      }).pipe(Effect.scoped))
  }

  for (
    const [baseUrl, isGood] of [
      ["https://proxy.example.com/resend/", true],
      ["http://localhost:8080", true],
      ["http://127.0.0.1:8080", true],
      ["http://[::1]:8080", true],
      ["http://proxy.example.com", false],
      ["http://127.0.0.1.example.com", false],
      ["ftp://localhost", false],
      ["https://user:password@proxy.example.com", false],
      ["https://proxy.example.com/?a=b", false],
      ["nonsense", false]
    ] as const
  ) {
    it.effect(`${isGood ? "takes" : "refuses"} ${baseUrl}`, () =>
      Effect.gen(function*() {
        const made = yield* Effect.either(Resend.make({ apiKey: Redacted.make("s3cret"), baseUrl }))
        assert.strictEqual(made._tag, isGood ? "Right" : "Left")
      }).pipe(Effect.provide(client)))
  }
})
