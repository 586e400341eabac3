import { Attachment, Mail, MailBackend, MailConfig, Message } from "@effect-mail/core"
import { TestMailbox } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Option, Stream } from "effect"

const options = { from: "Ada <ada@example.com>", to: "bob@example.com", subject: "Hello", text: "Hello, Bob" }
const message = Message.make(options)

const decoded = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes)
const subjects = Effect.map(TestMailbox.outbox, (sent) => sent.map(({ message }) => message.subject))

describe("options in place of a message", () => {
  it.effect("are sent as the message that is made of them", () =>
    Effect.gen(function*() {
      yield* Mail.send(options)
      yield* Mail.sendAll([options, message])
      yield* Mail.sendMassMail([options])
      yield* Stream.runDrain(Mail.sendStream(Stream.make(options, message)))
      yield* Stream.run(Stream.make(options), Mail.sink)
      const sent = yield* TestMailbox.outbox
      assert.strictEqual(sent.length, 7)
      for (const { envelope, message: kept } of sent) {
        assert.deepStrictEqual(kept, message)
        assert.deepStrictEqual(envelope.to, ["bob@example.com"])
      }
    }).pipe(Effect.provide(TestMailbox.layer)))

  it.effect("fail as a message does", () =>
    Effect.gen(function*() {
      const malformed = yield* Effect.flip(Mail.send({ ...options, to: "not an address" }))
      assert.deepInclude(malformed, { _tag: "InvalidAddressError", field: "To" })
      const injected = yield* Effect.flip(Mail.validate({ ...options, subject: "Hello\r\nBcc: eve@example.com" }))
      assert.deepInclude(injected, { _tag: "BadHeaderError", field: "Subject" })
      const nobody = yield* Effect.flip(Mail.send({ from: "ada@example.com", text: "Hello" }))
      assert.strictEqual(nobody._tag, "InvalidMessageError")
      assert.deepStrictEqual(yield* TestMailbox.outbox, [])
    }).pipe(Effect.provide(TestMailbox.layer)))

  it.effect("are made into messages when they are pulled, and the source is closed", () =>
    Effect.gen(function*() {
      let pulled = 0
      let isClosed = false
      const source = function*() {
        try {
          for (let n = 0; n < 3; n++) {
            pulled++
            yield { ...options, subject: `message ${n}` }
          }
        } finally {
          isClosed = true
        }
      }
      const counting = Layer.succeed(
        MailBackend.MailBackend,
        MailBackend.make({
          name: "counting",
          open: Effect.succeed({
            deliver: (outgoing) =>
              Effect.map(Effect.sync(() => pulled), (n) => {
                assert.strictEqual(outgoing.message.subject, `message ${n - 1}`)
                return MailBackend.acceptAll(outgoing)
              })
          })
        })
      )
      const { entries } = yield* Effect.provide(Mail.sendAll(source()), counting)
      assert.deepStrictEqual(entries.map(({ _tag }) => _tag), ["Sent", "Sent", "Sent"])
      assert.isTrue(isClosed)
    }))

  const strange: ReadonlyArray<readonly [string, unknown]> = [
    ["a message out of JSON", JSON.parse(JSON.stringify(message))],
    ["a copy of a message", { ...message, [Message.TypeId]: Message.TypeId }],
    ["a list", [message]],
    ["a text", "Hello"],
    ["nothing", undefined],
    ["what cannot be looked at", new Proxy({}, { get: () => assert.fail(), has: () => assert.fail() })]
  ]
  for (const [name, value] of strange) {
    it.effect(`are not ${name}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Mail.send(value as Message.Options))
        assert.strictEqual(error._tag, "InvalidMessageError")
        assert.deepStrictEqual(yield* TestMailbox.outbox, [])
      }).pipe(Effect.provide(TestMailbox.layer)))
  }
})

describe("sendMail", () => {
  it.effect("with html alone has one part, which is html", () =>
    Effect.gen(function*() {
      yield* Mail.sendMail({ from: "ada@example.com", to: "bob@example.com", subject: "Hi", html: "<p>Hi</p>" })
      const [sent] = yield* TestMailbox.outbox
      assert.isTrue(Option.isNone(sent?.message.text ?? Option.some("")))
      assert.match(decoded(sent?.bytes), /^Content-Type: text\/html; charset=utf-8\r$/m)
      assert.notInclude(decoded(sent?.bytes), "multipart")
      assert.notInclude(decoded(sent?.bytes), "text/plain")
    }).pipe(Effect.provide(TestMailbox.layer)))
})

describe("MailConfig.layer", () => {
  const of = (options: MailConfig.Options) => Effect.provide(MailConfig.MailConfig, MailConfig.layer(options))

  it.effect("takes addresses as a program has them", () =>
    Effect.gen(function*() {
      const settings = yield* of({
        defaultFrom: "Shop <shop@example.com>",
        admins: "ada@example.com",
        managers: ["bob@x.y"]
      })
      assert.deepStrictEqual(settings.defaultFrom, Option.some("Shop <shop@example.com>"))
      assert.deepStrictEqual(settings.admins, ["ada@example.com"])
      assert.deepStrictEqual(settings.managers, ["bob@x.y"])
      const parts = yield* of({ defaultFrom: { name: "Shop", address: "shop@example.com" } })
      assert.deepStrictEqual(parts.defaultFrom, Option.some({ name: "Shop", address: "shop@example.com" }))
    }))

  it.effect("does not change what is undefined, and takes a sender away", () =>
    Effect.gen(function*() {
      const shop = MailConfig.layer({ defaultFrom: "shop@example.com", subjectPrefix: "[shop] " })
      const same = yield* Effect.provide(of({ defaultFrom: undefined, subjectPrefix: undefined }), shop)
      assert.deepInclude(same, { defaultFrom: Option.some("shop@example.com"), subjectPrefix: "[shop] " })
      const without = yield* Effect.provide(of({ defaultFrom: Option.none() }), shop)
      assert.deepStrictEqual(without.defaultFrom, Option.none())
    }))

  it.effect("sends from it, and fails where it is no address", () =>
    Effect.gen(function*() {
      const bare = { to: "bob@example.com", subject: "Hello", text: "Hello" }
      yield* Effect.provide(Mail.send(bare), MailConfig.layer({ defaultFrom: "Shop <shop@example.com>" }))
      const [sent] = yield* TestMailbox.outbox
      assert.strictEqual(sent?.envelope.from, "shop@example.com")
      assert.match(decoded(sent?.bytes), /^From: Shop <shop@example\.com>\r$/m)
      const error = yield* Effect.flip(Effect.provide(Mail.send(bare), MailConfig.layer({ defaultFrom: "Shop" })))
      assert.deepInclude(error, { _tag: "InvalidAddressError", field: "From" })
    }).pipe(Effect.provide(TestMailbox.layer)))
})

class Rows extends Context.Tag("test/Rows")<Rows, Stream.Stream<string>>() {}

describe("Attachment.fromStream", () => {
  const csv = Stream.unwrap(Rows).pipe(Stream.encodeText)

  it.effect("takes the services of where it is made, and is run for each message", () =>
    Effect.gen(function*() {
      const report = yield* Attachment.fromStream(csv, { filename: "rows.csv" }).pipe(
        Effect.provideService(Rows, Stream.make("id\n", "1\n"))
      )
      yield* Mail.sendAll([{ ...options, attachments: [report] }, { ...options, attachments: [report] }])
      const sent = yield* TestMailbox.outbox
      assert.strictEqual(sent.length, 2)
      for (const { bytes } of sent) {
        assert.include(decoded(bytes), "filename=rows.csv")
        assert.include(decoded(bytes), btoa("id\n1\n"))
      }
    }).pipe(Effect.provide(TestMailbox.layer)))
})

describe("the keys of a stream", () => {
  const rows = Array.from({ length: 40 }, (_, id) => [{ id }, { ...options, subject: `message ${id}` }] as const)

  const check = <E>(
    name: string,
    results: Stream.Stream<
      { readonly key: { readonly id: number }; readonly message: Message.Message },
      E,
      MailBackend.MailBackend
    >,
    count = 40
  ) =>
    it.effect(name, () =>
      Effect.gen(function*() {
        const entries = Array.from(yield* Stream.runCollect(results))
        for (const { key, message } of entries) assert.strictEqual(message.subject, `message ${key.id}`)
        assert.deepStrictEqual(
          entries.map(({ key }) => key.id).sort((a, b) => a - b),
          Array.from({ length: count }, (_, n) => n)
        )
      }).pipe(Effect.provide(TestMailbox.layer)))

  check("are with their results, in order", Mail.sendStream(Stream.fromIterable(rows)))
  check(
    "are with their results, in any order",
    Mail.sendStream(Stream.rechunk(Stream.fromIterable(rows), 3), { concurrency: 4, unordered: true })
  )
  check(
    "are with results of one message that is sent twice",
    Mail.sendStream(
      Stream.make([{ id: 0 }, message] as const, [{ id: 1 }, message] as const)
    ).pipe(Stream.map((entry) => ({ ...entry, message: Message.subject(entry.message, `message ${entry.key.id}`) }))),
    2
  )
  check(
    "are those of personalize",
    Message.personalize(message, rows.map(([key]) => key), {
      to: ({ id }) => `reader-${id}@example.com`,
      key: (row) => row,
      change: (message, { id }) => Message.subject(message, `message ${id}`)
    }).pipe(Mail.sendStream)
  )

  it.effect("are with failures, and where a program has replaced the send of a backend", () =>
    Effect.gen(function*() {
      const pairs = Stream.make(["good", options] as const, ["bad", { ...options, to: "bad" }] as const)
      const outcome = Mail.sendStream(pairs).pipe(
        Stream.map(({ _tag, key }) => `${key} ${_tag}`),
        Stream.runCollect,
        Effect.map((outcomes) => Array.from(outcomes))
      )
      assert.deepStrictEqual(yield* outcome, ["good Sent", "bad Failed"])
      const backend = yield* MailBackend.MailBackend
      const wrapped = { ...backend, send: (message: Message.Message) => backend.send(message) }
      const again = yield* Effect.provideService(outcome, MailBackend.MailBackend, wrapped)
      assert.deepStrictEqual(again, ["good Sent", "bad Failed"])
      assert.deepStrictEqual(yield* subjects, ["Hello", "Hello"])
    }).pipe(Effect.provide(TestMailbox.layer)))

  it.effect("are there only where they were given, and undefined is one", () =>
    Effect.gen(function*() {
      const mixed = Stream.make(message, [undefined, message] as const)
      const results = Array.from(yield* Stream.runCollect(Mail.sendStream(mixed)))
      assert.deepStrictEqual(results.map((result) => "key" in result), [false, true])
    }).pipe(Effect.provide(TestMailbox.layer)))
})
