/**
 * Every option of every provider, by what it changes of a request.
 */
import { Brevo, Gmail, Mailgun, MsGraph, Postmark, Resend, SendGrid, Ses } from "@effect-mail/backends"
import { Mail, type MailBackend, Message } from "@effect-mail/core"
import type { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { ConfigError, Effect, Fiber, Layer, Redacted, TestClock } from "effect"
import { providers } from "./Providers.js"
import * as RecordingClient from "./RecordingClient.js"

type Backend = Layer.Layer<MailBackend.MailBackend, ConfigError.ConfigError, HttpClient.HttpClient>

const key = Redacted.make("k3y")
const message = Message.make({ from: "ada@example.com", to: "bob@example.org", text: "Hello", html: "<p>Hello</p>" })

const requestOf = (backend: Backend) =>
  Effect.gen(function*() {
    yield* Effect.either(Mail.send(message))
    const [request] = yield* RecordingClient.Requests
    assert(request !== undefined)
    return request
  }).pipe(Effect.provide(Layer.provideMerge(backend, RecordingClient.layer(() => RecordingClient.response(500)))))

const shows = (
  name: string,
  backend: Backend,
  see: (request: RecordingClient.Recorded) => unknown,
  expected: unknown
) => it.effect(name, () => Effect.map(requestOf(backend), (request) => assert.deepStrictEqual(see(request), expected)))

const headerOf = (name: string) => ({ headers }: RecordingClient.Recorded) => headers[name]
const urlOf = ({ url }: RecordingClient.Recorded) => String(url)
const jsonOf = (field: string) => (request: RecordingClient.Recorded) =>
  JSON.parse(RecordingClient.textOf(request))[field]

describe("credentials", () => {
  shows("of Resend", Resend.layer({ apiKey: key }), headerOf("authorization"), "Bearer k3y")
  shows("of SendGrid", SendGrid.layer({ apiKey: key }), headerOf("authorization"), "Bearer k3y")
  shows("of Postmark", Postmark.layer({ serverToken: key }), headerOf("x-postmark-server-token"), "k3y")
  shows("of Brevo", Brevo.layer({ apiKey: key }), headerOf("api-key"), "k3y")
  shows("of Gmail", Gmail.layer({ accessToken: key }), headerOf("authorization"), "Bearer k3y")
  shows("of MsGraph", MsGraph.layer({ accessToken: key }), headerOf("authorization"), "Bearer k3y")
  shows(
    "of Mailgun",
    Mailgun.layer({ domain: "mail.example.com", apiKey: key }),
    headerOf("authorization"),
    `Basic ${Buffer.from("api:k3y").toString("base64")}`
  )
})

describe("the option", () => {
  const postmark = (messageStream?: string) => Postmark.layer({ serverToken: key, messageStream })
  shows("messageStream of Postmark", postmark("broadcast"), jsonOf("MessageStream"), "broadcast")
  shows("messageStream of Postmark, left out", postmark(), jsonOf("MessageStream"), "outbound")

  const mailgun = (region?: "us" | "eu") => Mailgun.layer({ domain: "m.example.com", apiKey: key, region })
  for (const [region, host] of [["us", "api"], ["eu", "api.eu"], [undefined, "api"]] as const) {
    shows(
      `domain and region of Mailgun: ${region}`,
      mailgun(region),
      urlOf,
      `https://${host}.mailgun.net/v3/m.example.com/messages.mime`
    )
  }

  const gmail = (user?: string) => Gmail.layer({ accessToken: key, user })
  shows(
    "user of Gmail",
    gmail("ada@example.com"),
    urlOf,
    "https://gmail.googleapis.com/gmail/v1/users/ada@example.com/messages/send"
  )
  shows("user of Gmail, left out", gmail(), urlOf, "https://gmail.googleapis.com/gmail/v1/users/me/messages/send")

  const graph = (user?: string) => MsGraph.layer({ accessToken: key, user })
  shows(
    "user of MsGraph",
    graph("ada@example.com"),
    urlOf,
    "https://graph.microsoft.com/v1.0/users/ada@example.com/sendMail"
  )
  shows("user of MsGraph, left out", graph(), urlOf, "https://graph.microsoft.com/v1.0/me/sendMail")

  for (const { layer, names: [name], success } of providers) {
    it.effect(`baseUrl of ${name}, with a path, is in front of all`, () =>
      Effect.gen(function*() {
        const there = yield* requestOf(layer({ baseUrl: "https://proxy.example.com/mail/" }))
        const usual = yield* requestOf(layer())
        assert.strictEqual(there.url.host, "proxy.example.com")
        const suffix = there.url.pathname.slice("/mail".length)
        assert.strictEqual(there.url.pathname, `/mail${suffix}`)
        assert.isTrue(usual.url.pathname.endsWith(suffix) && suffix.length > 1, `${there.url} ${usual.url}`)
      }))

    it.effect(`timeLimit of ${name} ends what takes longer`, () =>
      Effect.gen(function*() {
        const slowly = Effect.zipRight(
          Effect.sleep("5 seconds"),
          RecordingClient.response(success.status, success.body, success.headers)
        )
        for (const [timeLimit, tag] of [["4 seconds", "Left"], ["6 seconds", "Right"]] as const) {
          yield* Effect.gen(function*() {
            const sending = yield* Effect.fork(Effect.either(Mail.send(message)))
            // Signatures and keys are made by the platform, which takes turns of the event loop.
            const requests = yield* RecordingClient.Requests
            yield* Effect.repeat(
              Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void))),
              { until: () => requests.length > 0 }
            )
            yield* TestClock.adjust("5 seconds")
            const outcome = yield* Fiber.join(sending)
            assert.strictEqual(outcome._tag, tag)
            if (outcome._tag === "Left") assert.strictEqual(outcome.left._tag, "OutcomeUnknownError")
          }).pipe(
            Effect.provide(Layer.provideMerge(layer({ timeLimit }), RecordingClient.layer(() => slowly)))
          )
        }
      }))
  }
})

describe("an option that cannot be", () => {
  const wrong: Readonly<Record<string, readonly [option: string, backend: Backend]>> = {
    "a region with a slash": [
      "region",
      Ses.layer({
        region: "eu/central",
        credentials: { accessKeyId: "A", secretAccessKey: key }
      })
    ],
    "a key of AWS with a line break": [
      "credentials.secretAccessKey",
      Ses.layer({
        region: "eu-central-1",
        credentials: { accessKeyId: "A", secretAccessKey: Redacted.make("a\nb") }
      })
    ],
    "an empty id of a key": [
      "credentials.accessKeyId",
      Ses.layer({
        region: "eu-central-1",
        credentials: { accessKeyId: "", secretAccessKey: key }
      })
    ],
    "a session token beyond ASCII": [
      "credentials.sessionToken",
      Ses.layer({
        region: "eu-central-1",
        credentials: { accessKeyId: "A", secretAccessKey: key, sessionToken: Redacted.make("ü") }
      })
    ],
    "an empty key": ["apiKey", Resend.layer({ apiKey: Redacted.make("") })],
    "a token with a blank": ["serverToken", Postmark.layer({ serverToken: Redacted.make("a b") })],
    "a domain with a slash": ["domain", Mailgun.layer({ domain: "a/b", apiKey: key })],
    "a domain of dots": ["domain", Mailgun.layer({ domain: "..", apiKey: key })],
    "a user of Gmail of dots": ["user", Gmail.layer({ accessToken: key, user: ".." })],
    "a user of Gmail with a slash": ["user", Gmail.layer({ accessToken: key, user: "../ada" })],
    "a user of MsGraph with a question mark": ["user", MsGraph.layer({ accessToken: key, user: "ada?x" })]
  }
  for (const [what, [option, backend]] of Object.entries(wrong)) {
    it.scoped(`${what} names ${option}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Layer.build(Layer.provide(
          backend,
          RecordingClient.layer(() => RecordingClient.response(500))
        )))
        assert(ConfigError.isInvalidData(error))
        assert.deepStrictEqual(error.path, [option])
      }))
  }
})
