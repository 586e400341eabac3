/**
 * Access tokens of Google and Microsoft: asked for once, kept until their time is over, and asked for once more when they are
 * refused.
 */
import { Gmail, MsGraph } from "@effect-mail/backends"
import type { MailError } from "@effect-mail/core"
import { Mail, MailBackend, Message } from "@effect-mail/core"
import type { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted, TestClock } from "effect"
import * as RecordingClient from "./RecordingClient.js"

const secret = Redacted.make("s3cret/+&=")

interface Subject {
  readonly name: string
  readonly url: string
  readonly form: Readonly<Record<string, string>>
  readonly layer: Layer.Layer<MailBackend.MailBackend, unknown, HttpClient.HttpClient>
  readonly taken: RecordingClient.Reply
}

const subjects: ReadonlyArray<Subject> = [
  {
    name: "Gmail, by a refresh token",
    url: "https://oauth2.googleapis.com/token",
    form: { grant_type: "refresh_token", client_id: "id", client_secret: "s3cret/+&=", refresh_token: "1//r" },
    layer: Layer.effect(
      MailBackend.MailBackend,
      Effect.flatMap(
        Gmail.accessToken({ clientId: "id", clientSecret: secret, refreshToken: Redacted.make("1//r") }),
        (accessToken) => Gmail.make({ accessToken })
      )
    ),
    taken: RecordingClient.response(200, JSON.stringify({ id: "18c2" }))
  },
  {
    name: "MsGraph, by client credentials",
    url: "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token",
    form: {
      grant_type: "client_credentials",
      client_id: "id",
      client_secret: "s3cret/+&=",
      scope: "https://graph.microsoft.com/.default"
    },
    layer: Layer.effect(
      MailBackend.MailBackend,
      Effect.flatMap(
        MsGraph.accessToken({ tenant: "contoso.example", clientId: "id", clientSecret: secret }),
        (accessToken) => MsGraph.make({ accessToken, user: "ada@example.com" })
      )
    ),
    taken: RecordingClient.response(202)
  }
]

const message = Message.make({ from: "ada@example.com", to: "bob@example.org", text: "Hello" })

/** A server of tokens that are numbered, and of messages. */
const serving = (
  { layer, taken, url }: Subject,
  { lifetime, refuses = () => false, token }: {
    readonly lifetime?: unknown
    /** Whether a message with the token of this number is refused. */
    readonly refuses?: (token: string) => boolean
    readonly token?: RecordingClient.Reply
  }
) => {
  let tokens = 0
  return Layer.provideMerge(
    layer,
    RecordingClient.layer((_, request) => {
      if (String(request.url) !== url) {
        return refuses(request.headers["authorization"] ?? "") ? RecordingClient.response(401) : taken
      }
      if (token !== undefined) return token
      return RecordingClient.response(
        200,
        JSON.stringify({ access_token: `token-${++tokens}`, token_type: "Bearer", expires_in: lifetime })
      )
    })
  )
}

/** What was asked so far: for a token, or with which one. */
const asked = ({ url }: Subject) =>
  Effect.map(
    RecordingClient.Requests,
    (requests) => requests.map((request) => String(request.url) === url ? "asks" : request.headers["authorization"])
  )

for (const subject of subjects) {
  describe(subject.name, () => {
    it.effect("asks for a token with all that it was given", () =>
      Effect.gen(function*() {
        yield* Mail.send(message)
        const [request] = yield* RecordingClient.Requests
        assert(request !== undefined)
        assert.strictEqual(request.method, "POST")
        assert.strictEqual(String(request.url), subject.url)
        assert.match(request.headers["content-type"] ?? "", /^application\/x-www-form-urlencoded/)
        assert.deepStrictEqual(
          Object.fromEntries(new URLSearchParams(RecordingClient.textOf(request))),
          subject.form
        )
      }).pipe(Effect.provide(serving(subject, {}))))

    for (const [what, lifetime] of [["a number", 3600], ["a text", "3600"]] as const) {
      it.effect(`keeps it until a minute before its end, which is ${what}`, () =>
        Effect.gen(function*() {
          yield* Mail.send(message)
          yield* TestClock.adjust("58 minutes")
          yield* Mail.send(message)
          assert.deepStrictEqual(yield* asked(subject), ["asks", "Bearer token-1", "Bearer token-1"])
          yield* TestClock.adjust("1 minute")
          yield* Mail.send(message)
          yield* Mail.send(message)
          assert.deepStrictEqual((yield* asked(subject)).slice(3), ["asks", "Bearer token-2", "Bearer token-2"])
        }).pipe(Effect.provide(serving(subject, { lifetime }))))
    }

    it.effect("keeps a token without an end until it is refused, and asks then once", () =>
      Effect.gen(function*() {
        yield* Mail.send(message)
        yield* TestClock.adjust("30 days")
        yield* Mail.send(message)
        assert.deepStrictEqual(yield* asked(subject), ["asks", "Bearer token-1", "Bearer token-1"])
      }).pipe(Effect.provide(serving(subject, {}))))

    it.effect("asks once more where a token is refused before its end", () =>
      Effect.gen(function*() {
        yield* Mail.send(message)
        yield* Mail.send(message)
        assert.deepStrictEqual(yield* asked(subject), [
          "asks",
          "Bearer token-1",
          "asks",
          "Bearer token-2",
          "Bearer token-2"
        ])
      }).pipe(Effect.provide(serving(subject, { lifetime: 3600, refuses: (token) => token === "Bearer token-1" }))))

    it.effect("asks twice at most where all are refused", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Mail.send(message))
        assert(error._tag === "AuthenticationError")
        assert.strictEqual(error.reason, "Refused")
        assert.deepStrictEqual(yield* asked(subject), ["asks", "Bearer token-1", "asks", "Bearer token-2"])
      }).pipe(Effect.provide(serving(subject, { lifetime: 3600, refuses: () => true }))))

    it.effect("asks once for all messages that need one at the same time", () =>
      Effect.gen(function*() {
        yield* Effect.all(Array.from({ length: 10 }, () => Mail.send(message)), { concurrency: "unbounded" })
        assert.deepStrictEqual(yield* asked(subject), ["asks", ...Array.from({ length: 10 }, () => "Bearer token-1")])
      }).pipe(Effect.provide(serving(subject, { lifetime: 3600 }))))

    it.effect("asks once for all whose token is refused at the same time", () =>
      Effect.gen(function*() {
        yield* Effect.all(Array.from({ length: 10 }, () => Mail.send(message)), { concurrency: "unbounded" })
        const all = yield* asked(subject)
        assert.strictEqual(all.filter((each) => each === "asks").length, 2)
        assert.strictEqual(all.filter((each) => each === "Bearer token-2").length, 10)
      }).pipe(Effect.provide(serving(subject, { lifetime: 3600, refuses: (token) => token === "Bearer token-1" }))))

    for (
      const [what, token] of [
        ["refused", RecordingClient.response(400, JSON.stringify({ error: "invalid_grant s3cret/+&=" }))],
        ["not there", RecordingClient.response(503)],
        ["answered without a token", RecordingClient.response(200, JSON.stringify({ access_token: "" }))],
        ["answered by a page", RecordingClient.response(200, "<html>")],
        [
          "answered by an end that is none",
          RecordingClient.response(
            200,
            JSON.stringify({ access_token: "t", expires_in: "soon" })
          )
        ],
        ["lost", Effect.fail(Object.assign(new Error("lost"), { code: "ECONNRESET" }))]
      ] as const
    ) {
      it.effect(`sends nothing where the request for a token is ${what}`, () =>
        Effect.gen(function*() {
          const error: MailError.MailError = yield* Effect.flip(Mail.send(message))
          assert(error._tag === "AuthenticationError")
          assert.strictEqual(error.reason, "Credentials")
          assert.deepStrictEqual(yield* asked(subject), ["asks"])
          assert.notInclude(JSON.stringify(error), "s3cret")
        }).pipe(Effect.provide(serving(subject, { token }))))
    }

    it.effect("does not wait for a token longer than the time limit", () =>
      Effect.gen(function*() {
        const sending = yield* Effect.fork(Effect.flip(Mail.send(message)))
        yield* Effect.yieldNow()
        yield* TestClock.adjust("1 minute")
        const error = yield* Fiber.join(sending)
        assert(error._tag === "AuthenticationError")
      }).pipe(Effect.provide(serving(subject, { token: Effect.never }))))
  })
}
