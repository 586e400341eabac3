/**
 * Requests as the official SDKs make them, combinations that must be refused, answers with their meaning.
 */
import { Address, Attachment, Mail, MailBackend, Message, Mime, Outgoing } from "@effect-mail/core"
import * as Vectors from "@effect-mail/test-kit/Vectors"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Layer } from "effect"
import { type Provider, providers } from "./Providers.js"
import * as Received from "./Received.js"
import * as RecordingClient from "./RecordingClient.js"

const vectors = Vectors.providers()

const messageOf = (vector: Vectors.ProviderMessage): Message.Message => {
  const { attachments = [], date, idempotencyKey, metadata, sendAt, tags, ...options } = vector
  return Message.make({
    ...options,
    date: DateTime.unsafeMake(date),
    attachments: attachments.map(({ content, ...options }) =>
      Attachment.bytes(new Uint8Array(Buffer.from(content, "base64")), options)
    ),
    annotations: {
      tags,
      metadata,
      idempotencyKey,
      sendAt: sendAt === undefined ? undefined : DateTime.unsafeMake(sendAt)
    }
  })
}

/** The message, narrowed or redirected where the vector names its only recipients. */
const prepare = (vector: Vectors.ProviderMessage) =>
  Effect.gen(function*() {
    const outgoing = yield* Outgoing.prepare(messageOf(vector))
    const { envelopeTo } = vector
    if (envelopeTo === undefined) return outgoing
    const narrowed = Outgoing.narrow(outgoing, (recipient) => envelopeTo.includes(recipient))
    return narrowed.envelope.to.length === envelopeTo.length
      ? narrowed
      : Outgoing.redirect(outgoing, yield* Effect.forEach(envelopeTo, (address) => Address.parse(address)))
  })

const deliver = (outgoing: Outgoing.Outgoing) =>
  Effect.scoped(
    Effect.flatMap(MailBackend.MailBackend, ({ driver }) =>
      Effect.flatMap(driver.open, (session) => session.deliver(outgoing)))
  )

const backend = (provider: Provider, reply: (index: number) => RecordingClient.Reply) =>
  Layer.provideMerge(provider.layer(), RecordingClient.layer(reply))

const withBcc = (bytes: Uint8Array, bcc: ReadonlyArray<string>): string =>
  (bcc.length === 0 ? "" : `Bcc: ${bcc.join(",\r\n ")}\r\n`) + new TextDecoder().decode(bytes)

/** The octets of vectors have boundaries of their own: only what is beside them is compared. */
const withoutMime = (json: unknown): unknown => {
  if (typeof json !== "object" || json === null) return json
  if ("raw" in json) return { ...json, raw: "" }
  return "Content" in json ? { ...json, Content: "" } : json
}

const shown = (headers: Readonly<Record<string, string>>, names: ReadonlyArray<string>) =>
  Object.fromEntries(names.map((name) => [name, headers[name]]))

const providerOf = (name: string) => providers.find(({ names }) => names.includes(name))

const checkRequest = (
  provider: Provider,
  { message, request: expected }: Vectors.ProviderRequest,
  { host }: { readonly host: string }
) =>
  Effect.gen(function*() {
    const vector = vectors.messages.find(({ id }) => id === message)
    assert(vector !== undefined && expected !== undefined)
    const outgoing = yield* prepare(vector)
    yield* deliver(outgoing)
    const requests = yield* RecordingClient.Requests
    assert.strictEqual(requests.length, 1)
    const [request] = requests
    assert(request !== undefined)
    assert.strictEqual(request.method, expected.method)
    assert.strictEqual(request.url.pathname, expected.path)
    assert.strictEqual(
      request.url.hostname,
      new URL(host.replace("{region}", "eu-central-1").split(" ")[0] ?? "").hostname
    )
    if (provider.takes !== "fields") {
      const bytes = yield* Mime.render(outgoing)
      const bcc = provider.takes === "mime" ? [] : (vector as { bcc?: ReadonlyArray<string> }).bcc ?? []
      assert.strictEqual(new TextDecoder().decode(yield* Received.mime(request)), withBcc(bytes, bcc))
    }
    if (expected.json !== undefined) {
      assert.match(request.headers["content-type"] ?? "", /^application\/json/)
      assert.deepStrictEqual(
        withoutMime(JSON.parse(RecordingClient.textOf(request))),
        withoutMime(expected.json)
      )
    }
    if (expected.text !== undefined) assert.match(request.headers["content-type"] ?? "", /^text\/plain/)
    if (expected.form !== undefined) {
      assert(request.body._tag === "FormData")
      const fields = Array.from(request.body.formData, ([name, value]) =>
        typeof value === "string" ? [name, value] : [name, value.name, value.type])
      const wanted = expected.form.map(({ contentType, disposition, name, value }) =>
        value !== undefined ? [name, value] : [name, /filename="([^"]*)"/.exec(disposition ?? "")?.[1], contentType]
      )
      assert.sameDeepMembers(fields, wanted)
    }
    const given = "idempotency-key" in expected.headers ? ["idempotency-key"] : []
    assert.deepStrictEqual(shown(request.headers, given), shown(expected.headers, given))
    const names = ["x-postmark-server-token", "api-key", "authorization"]
    for (const name of names) {
      if (expected.headers[name] !== undefined) {
        assert.isString(request.headers[name], name)
      }
    }
  })

describe("requests", () => {
  for (const vector of vectors.requests) {
    const provider = providerOf(vector.provider)
    if (provider === undefined || provider.names[0] !== vector.provider) continue
    const { answer, host } = vectors.providers[vector.provider] ?? assert.fail(vector.provider)
    const replying = backend(provider, () => RecordingClient.response(answer.status, answer.body, answer.headers))
    const { cannot, id } = vector
    if (cannot === undefined) {
      it.effect(id, () => Effect.provide(checkRequest(provider, vector, { host }), replying))
    } else {
      it.effect(`${id}: no ${cannot.capability}`, () =>
        Effect.gen(function*() {
          const message = vectors.messages.find(({ id }) => id === vector.message)
          assert(message !== undefined)
          const error = yield* Effect.flip(Effect.flatMap(prepare(message), deliver))
          assert(error._tag === "CapabilityError", error._tag)
          assert.include(yield* acceptable(message, cannot.capability), error.capability)
          assert.lengthOf(yield* RecordingClient.Requests, 0)
        }).pipe(Effect.provide(replying)))
    }
  }
})

/** Where several capabilities are missing any of them may be named: the one of the vector must be among the needs. */
const acceptable = (message: Vectors.ProviderMessage, capability: string) =>
  Effect.map(prepare(message), (outgoing) => {
    const needs: ReadonlySet<string> = Outgoing.needs(outgoing)
    assert.isTrue(needs.has(capability), `${capability} is needed`)
    return Array.from(needs)
  })

const statuses = (recipients: ReadonlyArray<{ readonly _tag: string; readonly recipient: string }>) =>
  Object.fromEntries(recipients.map(({ _tag, recipient }) => [recipient, _tag]))

const addressed = (to: ReadonlyArray<string>) =>
  Message.make({ from: "ada@example.com", to, subject: "Hello", text: "Hello", html: "<p>Hello</p>" })

describe("answers", () => {
  for (const { body, expect, headers, id, provider: name, status, to } of vectors.answers) {
    const provider = providerOf(name)
    if (provider === undefined) continue
    it.effect(id, () =>
      Effect.gen(function*() {
        const outcome = yield* Effect.either(Mail.send(addressed(to)))
        if (outcome._tag === "Right") {
          assert.strictEqual("DeliveryReport", expect.tag)
          assert.deepStrictEqual(statuses(outcome.right.recipients), expect.recipients)
          assert.strictEqual(outcome.right.remoteId, expect.remoteId)
        } else {
          const error = outcome.left
          assert.strictEqual(error._tag, expect.tag)
          if (expect.isTransient !== undefined) assert.strictEqual(error.isTransient, expect.isTransient)
          if (error._tag === "RejectedError") {
            assert.strictEqual(error.command, expect.command)
            assert.strictEqual(
              error.retryAfter === undefined ? undefined : Duration.toSeconds(error.retryAfter),
              expect.retryAfterSeconds
            )
          }
          if (error._tag === "ConnectionError" && expect.reason !== undefined) {
            assert.strictEqual(error.reason, expect.reason)
          }
          if (expect.recipients !== undefined) {
            assert("recipients" in error)
            assert.deepStrictEqual(statuses(error.recipients), expect.recipients)
          }
        }
        assert.lengthOf(yield* RecordingClient.Requests, 1)
      }).pipe(Effect.provide(backend(provider, () => RecordingClient.response(status, body, headers)))))
  }
})

/** Network faults as `fetch` reports them. */
const failing = (code: string): RecordingClient.Reply =>
  Effect.fail(Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error(code), { code }) }))

const faults: ReadonlyArray<readonly [code: string, tag: string, reason?: string]> = [
  ["ECONNREFUSED", "ConnectionError", "Refused"],
  ["ENOTFOUND", "ConnectionError", "Dns"],
  ["EAI_AGAIN", "ConnectionError", "Dns"],
  ["UND_ERR_CONNECT_TIMEOUT", "ConnectionError", "Timeout"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "ConnectionError", "Certificate"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "ConnectionError", "Certificate"],
  ["CERT_HAS_EXPIRED", "ConnectionError", "Certificate"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "ConnectionError", "Certificate"],
  ["ECONNRESET", "OutcomeUnknownError"],
  ["UND_ERR_SOCKET", "OutcomeUnknownError"],
  ["EPIPE", "OutcomeUnknownError"],
  ["UND_ERR_HEADERS_TIMEOUT", "OutcomeUnknownError"],
  ["", "OutcomeUnknownError"]
]

describe("faults of the network", () => {
  for (const provider of providers) {
    const [name] = provider.names
    for (const [code, tag, reason] of faults) {
      it.effect(`${name}: ${code || "no code"}`, () =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(Mail.send(addressed(["bob@example.org"])))
          assert.strictEqual(error._tag, tag)
          if (error._tag === "ConnectionError") assert.strictEqual(error.reason, reason)
          if (error._tag === "OutcomeUnknownError") {
            assert.deepStrictEqual(statuses(error.recipients), { "bob@example.org": "Unknown" })
            assert.strictEqual(error.isRepeatable, provider.isIdempotent ?? false)
          }
          assert.lengthOf(yield* RecordingClient.Requests, 1)
        }).pipe(
          Effect.provide(backend(provider, () => code === "" ? Effect.fail(new TypeError("failed")) : failing(code)))
        ))
    }

    const { body, headers, status } = provider.success
    const half = body.slice(0, body.length / 2)
    const ways: Readonly<Record<string, RecordingClient.Reply>> = {
      "half of the JSON": RecordingClient.response(status, half, headers),
      "half of the body, and the connection ends": RecordingClient.cutOff(status, half, headers),
      "the status, and the connection ends": RecordingClient.cutOff(status, "", headers)
    }
    for (const [way, reply] of Object.entries(ways)) {
      it.effect(`${name}: ${way}`, () =>
        Effect.gen(function*() {
          const outcome = yield* Effect.either(Mail.send(addressed(["bob@example.org"])))
          const tag = outcome._tag === "Right" ? "DeliveryReport" : outcome.left._tag
          assert.strictEqual(tag, provider.decides === "status" ? "DeliveryReport" : "OutcomeUnknownError")
          assert.lengthOf(yield* RecordingClient.Requests, 1)
        }).pipe(Effect.provide(backend(provider, () => reply))))
    }

    for (const status of [301, 302, 307, 308]) {
      it.effect(`${name}: a redirect ${status} is not followed`, () =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(Mail.send(addressed(["bob@example.org"])))
          assert.strictEqual(error._tag, "RejectedError")
          assert.lengthOf(yield* RecordingClient.Requests, 1)
        }).pipe(
          Effect.provide(
            backend(provider, () => RecordingClient.response(status, "", { location: "https://evil.example" }))
          )
        ))
    }

    for (const [status, body] of [[500, ""], [502, "<html>"], [503, ""], [504, "{"]] as const) {
      it.effect(`${name}: ${status}`, () =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(Mail.send(addressed(["bob@example.org"])))
          assert.strictEqual(error._tag, "OutcomeUnknownError")
          assert.lengthOf(yield* RecordingClient.Requests, 1)
        }).pipe(Effect.provide(backend(provider, () => RecordingClient.response(status, body)))))
    }

    it.effect(`${name}: a page of somebody else is no acceptance`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Mail.send(addressed(["bob@example.org"])))
        assert.strictEqual(error._tag, "OutcomeUnknownError")
      }).pipe(
        Effect.provide(backend(provider, () => RecordingClient.response(200, "<html>Log in to the network</html>")))
      ))
  }
})
