import { Address, MailBackend, Message, Mime, type Outgoing } from "@effect-mail/core"
import { Notice, ReturnPath } from "@effect-mail/inbound"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, FastCheck as fc, Option, Redacted } from "effect"
import { octets, report } from "./Reports.js"

const secret = Redacted.make("a secret of some length")
const made = ReturnPath.make({ domain: "Bounces.example.com", secret })

const sent = (policy: ReturnPath.Service["policy"], options: Message.Options) =>
  Effect.gen(function*() {
    const seen: Array<Outgoing.Outgoing> = []
    const backend = policy(MailBackend.make({
      name: "seeing",
      open: Effect.succeed({
        deliver: (outgoing) =>
          Effect.sync(() => {
            seen.push(outgoing)
            return MailBackend.acceptAll(outgoing)
          })
      })
    }))
    const { messageId } = yield* backend.send(Message.make({ from: "ada@example.com", text: "x", ...options }))
    const [outgoing] = seen
    return {
      messageId,
      from: outgoing?.envelope.from ?? "",
      envelopeId: Option.flatMap(Option.fromNullable(outgoing), ({ notification }) =>
        Option.flatMap(notification, ({ envelopeId }) => Option.fromNullable(envelopeId)))
    }
  })

const tie = (service: ReturnPath.Service, text: string) =>
  Effect.gen(function*() {
    const notice = yield* Notice.parse(octets(text))
    return yield* Option.match(notice, { onNone: () => Effect.succeedNone, onSome: service.tie })
  })

describe("ReturnPath", () => {
  it.effect("ties a notice to the message and the recipient that it is about", () =>
    Effect.gen(function*() {
      const service = yield* made
      const { envelopeId, from, messageId } = yield* sent(service.policy, { to: "Bob@example.org" })
      assert.match(from, /^b\+[a-z2-7]{40}@Bounces\.example\.com$/)
      for (const to of [from, from.toLowerCase(), from.toUpperCase()]) {
        const tied = Option.getOrThrow(
          yield* tie(
            service,
            report({ to, failures: [{ recipient: "x@evil.example" }, { recipient: "bob@EXAMPLE.org" }] })
          )
        )
        assert.strictEqual(tied.by, "ReturnPath")
        assert.strictEqual(tied.messageKey, yield* service.messageKey(messageId))
        assert.deepStrictEqual(tied.recipients, ["bob@EXAMPLE.org"])
        assert.isTrue(yield* tied.isFor("bob@example.org"))
        assert.isFalse(yield* tied.isFor("x@evil.example"))
      }
      const byEnvelope = yield* tie(
        service,
        report({
          to: "postmaster@example.com",
          envelopeId: Option.getOrThrow(envelopeId),
          failures: [{ recipient: "bob@example.org" }]
        })
      )
      assert.deepInclude(Option.getOrThrow(byEnvelope), { by: "EnvelopeId", recipients: ["bob@example.org"] })
    }))

  it.effect("finds the recipient behind a forwarding by the original one", () =>
    Effect.gen(function*() {
      const service = yield* made
      const { from } = yield* sent(service.policy, { to: "bob@example.org" })
      const text = report({ to: from, failures: [{ recipient: "robert@inside.example", original: "bob@example.org" }] })
      assert.deepStrictEqual(Option.getOrThrow(yield* tie(service, text)).recipients, ["bob@example.org"])
    }))

  it.effect("sends a message to several to each alone, with a token and an envelope id for each", () =>
    Effect.gen(function*() {
      const service = yield* made
      const seen: Array<Outgoing.Outgoing> = []
      const backend = service.policy(MailBackend.make({
        name: "seeing",
        open: Effect.succeed({
          deliver: (outgoing) =>
            Effect.sync(() => {
              seen.push(outgoing)
              return MailBackend.acceptAll(outgoing)
            })
        })
      }))
      const recipients = ["bob@example.org", "eve@example.org", "max@example.org"]
      const sentReport = yield* backend.send(
        Message.make({ from: "ada@example.com", to: recipients[0], cc: recipients[1], bcc: recipients[2], text: "x" })
      )
      assert.deepStrictEqual(sentReport.recipients.map(({ _tag, recipient }) => `${_tag} ${recipient}`), [
        "Accepted bob@example.org",
        "Accepted eve@example.org",
        "Accepted max@example.org"
      ])
      assert.deepStrictEqual(seen.map(({ envelope }) => envelope.to), recipients.map((recipient) => [recipient]))
      assert.strictEqual(new Set(seen.map(({ envelope }) => envelope.from)).size, 3)
      const bytes = yield* Effect.forEach(seen, Mime.render)
      assert.deepStrictEqual(Buffer.from(bytes[1] ?? []), Buffer.from(bytes[0] ?? []))
      for (const outgoing of seen) {
        const [recipient = ""] = outgoing.envelope.to
        const text = report({ to: outgoing.envelope.from, failures: [{ recipient }] })
        const tied = Option.getOrThrow(yield* tie(service, text))
        assert.deepStrictEqual(tied.recipients, [recipient])
        assert.strictEqual(tied.messageKey, yield* service.messageKey(sentReport.messageId))
      }
    }))

  it.effect("refuses a message to several where it is told to, before anything is opened", () =>
    Effect.gen(function*() {
      const { policy } = yield* ReturnPath.make({ domain: "bounces.example.com", secret, several: "refuse" })
      const backend = policy(MailBackend.make({ name: "never", open: Effect.die("opened") }))
      const error = yield* Effect.flip(
        backend.send(Message.make({ from: "ada@example.com", to: ["bob@example.org", "eve@example.org"], text: "x" }))
      )
      assert.deepInclude(error, { _tag: "ConnectionError", reason: "Configuration" })
      assert.include(error.message, "several")
    }))

  it.effect("proves no recipient of a message to several", () =>
    Effect.gen(function*() {
      const service = yield* ReturnPath.make({ domain: "bounces.example.com", secret, several: "message" })
      const { from, messageId } = yield* sent(service.policy, { to: ["bob@example.org", "eve@example.org"] })
      const tied = Option.getOrThrow(
        yield* tie(service, report({ to: from, failures: [{ recipient: "bob@example.org" }] }))
      )
      assert.strictEqual(tied.messageKey, yield* service.messageKey(messageId))
      assert.deepStrictEqual(tied.recipients, [])
    }))

  it.effect("takes no token that is forged, cut off, of another secret or another domain", () =>
    Effect.gen(function*() {
      const service = yield* made
      const other = yield* ReturnPath.make({
        domain: "bounces.example.com",
        secret: Redacted.make("another secret here")
      })
      const { from } = yield* sent(service.policy, { to: "bob@example.org" })
      const foreign = yield* sent(other.policy, { to: "bob@example.org" })
      const changed = (at: number) => `${from.slice(0, at)}${from[at] === "a" ? "b" : "a"}${from.slice(at + 1)}`
      const forged = [
        ...Array.from({ length: 40 }, (_, i) => changed(i + 2)),
        foreign.from,
        from.replace("Bounces", "evil"),
        from.replace("b+", "c+"),
        from.replace(/.@/, "@"),
        from.replace("@", "a@"),
        "b+@bounces.example.com",
        "b@bounces.example.com"
      ]
      for (const to of forged) {
        assert.deepStrictEqual(
          yield* tie(service, report({ to, failures: [{ recipient: "bob@example.org" }] })),
          Option.none(),
          to
        )
      }
    }))

  it.effect("leaves the null reverse-path of automatic answers, and an envelope id that is there", () =>
    Effect.gen(function*() {
      const service = yield* made
      assert.strictEqual((yield* sent(service.policy, { to: "bob@example.org", envelopeFrom: "" })).from, "")
      const own = yield* sent(service.policy, { to: "bob@example.org", deliveryNotification: { envelopeId: "mine" } })
      assert.deepStrictEqual(own.envelopeId, Option.some("mine"))
    }))

  it.effect("refuses a short secret, a domain that is none, and a prefix that would be read as another address", () =>
    Effect.gen(function*() {
      const option = (options: Partial<ReturnPath.Options>) =>
        Effect.map(Effect.flip(ReturnPath.make({ domain: "example.com", secret, ...options })), ({ option }) => option)
      assert.strictEqual(yield* option({ secret: Redacted.make("short") }), "secret")
      assert.strictEqual(yield* option({ domain: "a b" }), "domain")
      assert.strictEqual(yield* option({ prefix: "b+c" }), "prefix")
    }))

  it.effect("comes from configuration", () =>
    Effect.gen(function*() {
      const service = yield* ReturnPath.ReturnPath
      const address = yield* service.address("<1@example.com>", ["bob@example.org"])
      assert.strictEqual(address.domain, "bounces.example.com")
    }).pipe(
      Effect.provide(ReturnPath.layerConfig(ReturnPath.config)),
      Effect.withConfigProvider(ConfigProvider.fromMap(
        new Map([["RETURN_PATH_DOMAIN", "bounces.example.com"], ["RETURN_PATH_SECRET", "sixteen characters"]])
      ))
    ))

  it.effect.prop(
    "gives an address for any recipients",
    [fc.array(fc.emailAddress(), { maxLength: 3 })],
    ([recipients]) =>
      Effect.gen(function*() {
        const address = yield* (yield* made).address("<1@example.com>", recipients)
        assert.isTrue(Address.addrSpec(address).length < 100 && address.local.length <= 64)
      })
  )
})
