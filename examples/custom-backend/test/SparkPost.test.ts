import { Address, Annotations, Mail, MailBackend, Message, Mime, Outgoing } from "@effect-mail/core"
import * as Vectors from "@effect-mail/test-kit/Vectors"
import { BackendContract } from "@effect-mail/testing"
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Context, DateTime, Effect, Layer, Redacted } from "effect"
import * as SparkPost from "../src/SparkPost.js"

interface Transmission {
  readonly content: { readonly email_rfc822: string }
  readonly recipients: ReadonlyArray<{ readonly address: { readonly email: string } }>
}

interface Received {
  readonly url: string
  readonly authorization: string | undefined
  readonly json: Transmission
}

class Api extends Context.Tag("test/Api")<Api, { readonly received: Array<Received> }>() {}

/** The API behind an `HttpClient` that reaches nothing else. */
const api = (status: number, body: string): Layer.Layer<Api | HttpClient.HttpClient> =>
  Layer.effectContext(Effect.sync(() => {
    const api = Api.of({ received: [] })
    const client = HttpClient.make((request, url) =>
      Effect.sync(() => {
        const text = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
        api.received.push({ url: String(url), authorization: request.headers["authorization"], json: JSON.parse(text) })
        return HttpClientResponse.fromWeb(request, new Response(body, { status }))
      })
    )
    return Context.make(Api, api).pipe(Context.add(HttpClient.HttpClient, client))
  }))

const results = (accepted: number, rejected: number): string =>
  JSON.stringify({
    results: { id: "1166", total_accepted_recipients: accepted, total_rejected_recipients: rejected }
  })

const backend = SparkPost.layer({ apiKey: Redacted.make("secret-key") })
const over = (status: number, body: string) => Layer.provideMerge(backend, api(status, body))

const message = Message.make({ from: "ada@example.com", to: "bob@example.org", text: "Hello, Bob" })

const { answers, messages, requests } = Vectors.providers()

const prepare = ({ date, envelopeTo, idempotencyKey, metadata, sendAt, tags, ...options }: Vectors.ProviderMessage) =>
  Effect.gen(function*() {
    const whole = yield* Outgoing.prepare(Message.make({
      ...options,
      attachments: [],
      date: DateTime.unsafeMake(date),
      annotations: {
        tags,
        metadata,
        idempotencyKey,
        sendAt: sendAt === undefined ? undefined : DateTime.unsafeMake(sendAt)
      }
    }))
    return envelopeTo === undefined
      ? whole
      : Outgoing.redirect(whole, yield* Effect.forEach(envelopeTo, (address) => Address.parse(address)))
  })

const deliver = (outgoing: Outgoing.Outgoing) =>
  Effect.flatMap(
    MailBackend.MailBackend,
    ({ driver }) => Effect.scoped(Effect.flatMap(driver.open, (session) => session.deliver(outgoing)))
  )

describe("SparkPost", () => {
  describe("keeps the contract", () => {
    const cases = BackendContract.cases({
      layer: backend,
      delivered: Effect.map(Api, ({ received }) =>
        received.map(({ json }) => ({
          bytes: new TextEncoder().encode(json.content.email_rfc822),
          envelope: { from: "ada@example.com", to: json.recipients.map(({ address }) => address.email) }
        }))),
      timeLimit: "20 seconds"
    })
    for (const { name, test } of cases) it.live(name, () => Effect.provide(test, api(200, results(1, 0))), 30_000)
  })

  for (const { cannot, id, message: name, provider, request } of requests) {
    const vector = messages.find(({ id }) => id === name)
    if (provider !== "sparkpost-raw" || vector === undefined || vector.attachments !== undefined) continue
    it.effect(`makes the request ${id}, or refuses to`, () =>
      Effect.gen(function*() {
        const outgoing = yield* prepare(vector)
        const outcome = yield* Effect.either(deliver(outgoing))
        const { received } = yield* Api
        if (cannot !== undefined) {
          assert.lengthOf(received, 0)
          assert(outcome._tag === "Left" && outcome.left._tag === "CapabilityError")
          return assert.strictEqual(outcome.left.capability, cannot.capability)
        }
        const [{ authorization, json, url } = assert.fail("no request")] = received
        assert.strictEqual(authorization, "secret-key")
        assert.strictEqual(url, `https://api.sparkpost.com${request?.path}`)
        assert.strictEqual(json.content.email_rfc822, new TextDecoder().decode(yield* Mime.render(outgoing)))
        assert.deepStrictEqual({ ...json, content: undefined }, { ...Object(request?.json), content: undefined })
      }).pipe(Effect.provide(over(200, results(1, 0)))))
  }

  for (const { body, expect, id, provider, status, to } of answers) {
    if (!provider.startsWith("sparkpost")) continue
    it.effect(`understands the answer ${id}`, () =>
      Effect.gen(function*() {
        const outcome = yield* Effect.either(Mail.send(Message.make({ from: "ada@example.com", to, text: "Hello" })))
        assert.strictEqual(outcome._tag === "Right" ? "DeliveryReport" : outcome.left._tag, expect.tag)
        assert.strictEqual(outcome._tag === "Right" ? outcome.right.remoteId : undefined, expect.remoteId)
      }).pipe(Effect.provide(over(status, body))))
  }

  for (
    const [status, body, tag] of [
      [200, "{\"results\":", "OutcomeUnknownError"],
      [400, "", "RejectedError"],
      [401, "", "AuthenticationError"],
      [420, "", "RejectedError"],
      [429, "", "RejectedError"],
      [500, "", "OutcomeUnknownError"],
      [503, "", "OutcomeUnknownError"]
    ] as const
  ) {
    it.effect(`makes ${tag} of ${status} ${body}`, () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* Effect.flip(Mail.send(message)))._tag, tag)
      }).pipe(Effect.provide(over(status, body))))
  }

  it.effect("reports that some recipients were refused, and not which", () =>
    Effect.gen(function*() {
      const { recipients, remoteId } = yield* Mail.send(Message.cc(message, "eve@example.org"))
      assert.deepStrictEqual(recipients.map(({ _tag }) => _tag), ["Unknown", "Unknown"])
      assert.strictEqual(remoteId, "1166")
    }).pipe(Effect.provide(over(200, results(1, 1)))))

  it.effect("refuses what it cannot say", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Mail.send(Message.annotate(message, Annotations.tags, ["a", "b"])))
      assert.strictEqual(error._tag, "CapabilityError")
      assert.lengthOf((yield* Api).received, 0)
    }).pipe(Effect.provide(over(200, results(1, 0)))))
})
