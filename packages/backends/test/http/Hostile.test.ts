/**
 * Values that want to be more than values, for every provider: they arrive as what they are, or are refused by name.
 */
import { Address, Annotations, Attachment, Mail, Message } from "@effect-mail/core"
import { addressParser } from "@effect-mail/test-kit/PostalMimeReader"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Layer, Option } from "effect"
import { type Provider, providers } from "./Providers.js"
import * as Received from "./Received.js"
import * as RecordingClient from "./RecordingClient.js"

const backend = ({ layer, success }: Provider) =>
  Layer.provideMerge(
    layer(),
    RecordingClient.layer(() => RecordingClient.response(success.status, success.body, success.headers))
  )

const base = Message.make({ from: "ada@example.com", to: "bob@example.org", subject: "Hello", html: "<p>Hello</p>" })

const names = [
  "Lovelace, Ada",
  "Ada \"the Countess\" Lovelace",
  "Back\\slash",
  "Ada <eve@example.net>",
  "Łukasz Żółć",
  "株式会社",
  "Ada (she)",
  "ada@example.com; eve@example.net",
  "=?utf-8?q?eve?=",
  "🌻"
]

/** All mailboxes that the body of a request names, however it writes them. */
const mailboxes = (text: string): ReadonlyArray<readonly [name: string | undefined, address: string]> => {
  const found: Array<readonly [string | undefined, string]> = []
  const visit = (value: unknown): void => {
    if (typeof value === "string") {
      const address = Address.parse(value)
      if (Either.isRight(address)) {
        found.push([Option.getOrUndefined(address.right.name), Address.addrSpec(address.right)])
      }
    } else if (typeof value === "object" && value !== null) {
      if ("email" in value) {
        found.push(["name" in value ? String(value.name) : undefined, String(value.email)])
      } else Object.values(value).forEach(visit)
    }
  }
  visit(JSON.parse(text))
  return found
}

const injection = "x\r\nBcc: eve@example.net"

const annotations: ReadonlyArray<readonly [name: string, message: Message.Message]> = [
  ["a tag", Message.annotate(base, Annotations.tags, [injection])],
  ["a tag, as NUL", Message.annotate(base, Annotations.tags, ["x\0"])],
  ["an empty tag", Message.annotate(base, Annotations.tags, [""])],
  ["a lone surrogate in a tag", Message.annotate(base, Annotations.tags, ["\ud800"])],
  ["a name of metadata", Message.annotate(base, Annotations.metadata, { [injection]: "x" })],
  ["a value of metadata", Message.annotate(base, Annotations.metadata, { x: injection })],
  ["an idempotency key", Message.annotate(base, Annotations.idempotencyKey, injection)],
  ["an idempotency key beyond ASCII", Message.annotate(base, Annotations.idempotencyKey, "schlüssel")],
  ["an idempotency key that is too long", Message.annotate(base, Annotations.idempotencyKey, "x".repeat(257))]
]

describe("hostile values", () => {
  for (const provider of providers) {
    const [providerName] = provider.names
    for (const name of names) {
      // The reader of Postmark's list decodes what RFC 2047 does not allow it to, within quotes.
      if (providerName === "postmark" && name.includes("=?")) continue
      it.effect(`${providerName}: the name ${name}`, () =>
        Effect.gen(function*() {
          yield* Mail.send(Message.to(base, { name, address: "carol@example.org" }))
          const [request] = yield* RecordingClient.Requests
          assert(request !== undefined)
          if (provider.takes === "fields") {
            const text = RecordingClient.textOf(request)
            const found: ReadonlyArray<ReadonlyArray<string | undefined>> = providerName === "postmark"
              ? addressParser(JSON.parse(text).To).map(({ address, name }) => [name || undefined, address])
              : mailboxes(text).filter(([, address]) => address !== "ada@example.com")
            assert.sameDeepMembers(Array.from(found), [[undefined, "bob@example.org"], [name, "carol@example.org"]])
          } else {
            const text = new TextDecoder().decode(yield* Received.mime(request))
            assert.match(text, /^To: bob@example\.org,\r?\n?/m)
            assert.include(text.split("\r\n\r\n")[0] ?? "", "<carol@example.org>")
            assert.isFalse(/^bcc/im.test(text))
          }
        }).pipe(Effect.provide(backend(provider))))
    }

    for (const [what, message] of annotations) {
      it.effect(`${providerName}: ${what}`, () =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(Mail.send(message))
          assert.strictEqual(error._tag, "InvalidMessageError")
          assert.match(error.message, /annotation `(?:tags|metadata|idempotencyKey)`/)
          assert.notInclude(error.message, "eve@")
          assert.lengthOf(yield* RecordingClient.Requests, 0)
        }).pipe(Effect.provide(backend(provider))))
    }

    it.effect(`${providerName}: a field that injects another`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Mail.send(Message.subject(base, injection)))
        assert.strictEqual(error._tag, "BadHeaderError")
        assert.lengthOf(yield* RecordingClient.Requests, 0)
      }).pipe(Effect.provide(backend(provider))))

    it.effect(`${providerName}: what it lacks is named before a request`, () =>
      Effect.gen(function*() {
        const lacking: ReadonlyArray<readonly [string, Message.Message]> = [
          ["REQUIRETLS", Message.requireTls(base)],
          ["RETURN-PATH", Message.envelopeFrom(base, "bounces@example.com")],
          ["RECIPIENTS", Message.bcc(base, Array.from({ length: 999 }, (_, i) => `r${i}@example.org`))]
        ]
        for (const [capability, message] of lacking) {
          if (capability === "RECIPIENTS" && ["sendgrid", "mailgun-mime"].includes(providerName)) continue
          const error = yield* Effect.flip(Mail.send(message))
          assert.strictEqual(error._tag, "CapabilityError")
          assert(error._tag === "CapabilityError")
          assert.strictEqual(error.capability, capability)
        }
        assert.lengthOf(yield* RecordingClient.Requests, 0)
      }).pipe(Effect.provide(backend(provider))))

    const octets = { "graph-mime": 4, postmark: 11 }[providerName]
    if (octets === undefined) continue
    it.effect(`${providerName}: a message that is too large`, () =>
      Effect.gen(function*() {
        const large = Attachment.bytes(new Uint8Array(octets * 1024 * 1024), { filename: "large.zip" })
        const error = yield* Effect.flip(Mail.send(Message.attach(base, large)))
        assert(error._tag === "CapabilityError", error._tag)
        assert.strictEqual(error.capability, "SIZE")
        assert.lengthOf(yield* RecordingClient.Requests, 0)
      }).pipe(Effect.provide(backend(provider))))
  }

  const [resend] = providers.filter(({ names: [name] }) => name === "resend")
  const refused: ReadonlyArray<readonly [what: string, capability: string, message: Message.Message]> = [
    ["two tags", "TAGS", Message.annotate(base, Annotations.tags, ["a", "b"])],
    ["a tag with a blank", "TAGS", Message.annotate(base, Annotations.tags, ["a b"])],
    [
      "metadata that is called tag",
      "METADATA",
      base.pipe(
        Message.annotate(Annotations.tags, ["a"]),
        Message.annotate(Annotations.metadata, { tag: "b" })
      )
    ],
    ["a field that stands twice", "HEADERS", base.pipe(Message.header("X-A", "1"), Message.header("X-A", "2"))],
    [
      "a type that is not that of the name",
      "ATTACHMENT-TYPE",
      Message.attach(
        base,
        Attachment.bytes(new Uint8Array(1), { filename: "a.txt", contentType: "image/png" })
      )
    ],
    ["a calendar", "ALTERNATIVES", Message.alternative(base, "BEGIN:VCALENDAR", "text/calendar")],
    [
      "an inline file without a Content-ID",
      "INLINE",
      Message.attach(
        base,
        Attachment.bytes(new Uint8Array(1), { filename: "a.png", disposition: "inline" })
      )
    ],
    ["a local part beyond ASCII", "SMTPUTF8", Message.to(base, "jörg@example.org")]
  ]
  for (const [what, capability, message] of resend === undefined ? [] : refused) {
    it.effect(`resend: ${what}`, () =>
      Effect.gen(function*() {
        assert(resend !== undefined)
        const error = yield* Effect.flip(Effect.provide(Mail.send(message), backend(resend)))
        assert(error._tag === "CapabilityError", error._tag)
        assert.strictEqual(error.capability, capability)
      }))
  }
})
