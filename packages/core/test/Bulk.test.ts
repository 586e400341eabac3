import { Dkim, Mail, MailBackend, type MailError, MailPolicy, Message, Mime, Outgoing } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import * as Keys from "./dkim/Keys.js"

const message = Message.make({
  from: "news@example.com",
  to: "bob@example.org",
  subject: "News",
  text: "News",
  listUnsubscribe: "https://example.com/u/bob"
})

const mailing = (options: MailPolicy.Bulk = {}, sign?: Dkim.SignOptions) =>
  Effect.map(Keys.rsa, (key) => {
    let opened = 0
    const kept = Keys.keeping((backend) => {
      const counting = MailBackend.make({
        name: "counting",
        open: Effect.zipRight(Effect.sync(() => void opened++), backend.driver.open)
      })
      const checked = MailPolicy.bulk(options)(counting)
      return sign === undefined ? Dkim.sign(key)(checked) : Dkim.sign(key, sign)(checked)
    })
    return { ...kept, opened: () => opened }
  })

const refusal = (message: Message.Message, options?: MailPolicy.Bulk, sign?: Dkim.SignOptions) =>
  Effect.gen(function*() {
    const { backend, opened } = yield* mailing(options, sign)
    const error: MailError.MailError = yield* Effect.flip(backend.send(message))
    assert.deepInclude(error, { _tag: "ConnectionError", reason: "Configuration" })
    assert.strictEqual(opened(), 0)
    return error.message
  })

describe("MailPolicy.bulk", () => {
  it.effect("lets through what providers ask for", () =>
    Effect.gen(function*() {
      const { backend, octets } = yield* mailing()
      yield* backend.send(message)
      yield* backend.send(Message.from(message, "news@mail.example.com"))
      assert.strictEqual(octets.length, 2)
    }))

  it.effect("says why it refuses, and opens nothing for it", () =>
    Effect.gen(function*() {
      assert.match(yield* refusal(Message.cc(message, "eve@example.org")), /more than one recipient/)
      const bare = Message.make({ from: "news@example.com", to: "bob@example.org", text: "x" })
      assert.match(yield* refusal(bare), /no List-Unsubscribe/)
      assert.match(yield* refusal(Message.listUnsubscribe(bare, "mailto:leave@example.com")), /no https/)
      const byHand = Message.header(bare, "List-Unsubscribe", "<https://example.com/u/bob>")
      assert.match(yield* refusal(byHand), /no List-Unsubscribe-Post/)
      const other = Message.from(message, "news@example.net")
      assert.match(yield* refusal(other, {}, { unsigned: "send" }), /no DKIM signature/)
      assert.match(yield* refusal(message, {}, { except: ["List-Unsubscribe"] }), /does not cover/)
      const named = { recipientOf: () => Effect.succeed(Option.some("eve@example.org")) }
      assert.match(yield* refusal(message, named), /another recipient/)
    }))

  it.effect("goes by the organization of a domain, where it is told", () =>
    Effect.gen(function*() {
      const organizationalDomain = (domain: string) => domain.split(".").slice(-2).join(".")
      const { privateKey } = yield* Dkim.generate()
      const child = yield* Dkim.key({ domain: "mail.example.com", selector: "s", privateKey })
      // Signed for the author below, and then sent in the name of the parent.
      const byChild = (options: MailPolicy.Bulk) => {
        const { backend } = Keys.keeping((inner) =>
          MailPolicy.mapOutgoing((outgoing) =>
            Effect.gen(function*() {
              const other = yield* Outgoing.prepare(Message.from(message, "news@mail.example.com"))
              const signed = yield* Mime.render(yield* Dkim.signed(other, child))
              const value = /^DKIM-Signature: ([^]*?)\r\n(?![ \t])/.exec(new TextDecoder().decode(signed))?.[1] ?? ""
              return yield* Outgoing.prepend(outgoing, { "DKIM-Signature": value.replace(/\r\n/g, "") })
            }).pipe(Effect.orDie)
          )(MailPolicy.bulk(options)(inner))
        )
        return Effect.either(backend.send(message))
      }
      assert.strictEqual((yield* byChild({}))._tag, "Left")
      assert.strictEqual((yield* byChild({ organizationalDomain }))._tag, "Right")
      assert.strictEqual((yield* byChild({ organizationalDomain: (domain) => domain }))._tag, "Left")
    }))

  it.effect("refuses a signature of another domain", () =>
    Effect.gen(function*() {
      const { privateKey } = yield* Dkim.generate()
      const foreign = yield* Dkim.key({ domain: "example.net", selector: "s", privateKey })
      const { backend } = Keys.keeping((inner) =>
        MailPolicy.mapOutgoing((outgoing) =>
          Effect.gen(function*() {
            // Signed for another author, and then put in front of this message.
            const other = yield* Outgoing.prepare(Message.from(message, "news@example.net"))
            const signed = yield* Mime.render(yield* Dkim.signed(other, foreign))
            const value = /^DKIM-Signature: ([^]*?)\r\n(?![ \t])/.exec(new TextDecoder().decode(signed))?.[1] ?? ""
            return yield* Outgoing.prepend(outgoing, { "DKIM-Signature": value.replace(/\r\n/g, "") })
          }).pipe(Effect.orDie)
        )(MailPolicy.bulk()(inner))
      )
      assert.match((yield* Effect.flip(backend.send(message))).message, /no DKIM signature is of the author/)
    }))

  it.effect("refuses a link that was sent to another recipient, and goes on with the batch", () =>
    Effect.gen(function*() {
      const { backend, octets } = yield* mailing()
      const batch = [
        message,
        Message.make({
          from: "news@example.com",
          to: "eve@example.org",
          text: "x",
          listUnsubscribe: "https://example.com/u/bob"
        }),
        message
      ]
      const { entries } = yield* backend.sendAll(batch)
      assert.deepStrictEqual(entries.map(({ _tag }) => _tag), ["Sent", "Failed", "Sent"])
      const streamed = yield* Stream.runCollect(Mail.sendStream(Stream.fromIterable(batch))).pipe(
        Effect.provideService(MailBackend.MailBackend, backend)
      )
      assert.deepStrictEqual(Array.from(streamed, ({ _tag }) => _tag), ["Sent", "Failed", "Sent"])
      assert.strictEqual(octets.length, 4)
    }))
})
