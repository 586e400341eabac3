import * as ConsoleBackend from "@effect-mail/backends/Console"
import { Address, Attachment, Mail, MailPolicy, Message, Mime, Outgoing } from "@effect-mail/core"
import { NodeSink } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Console, Deferred, Effect, Fiber, Random, Sink, Stream } from "effect"
import { PassThrough } from "node:stream"

const separator = `\n${"-".repeat(79)}\n`

const message = Message.make({
  from: "Ada <ada@example.com>",
  to: "bob@example.com",
  bcc: "carol@example.com",
  subject: "Grüße",
  text: "Hello, Bob\n100 %s of %d %% it",
  html: "<p>Hello, <b>Bob</b></p>"
})

const latin1 = (octets: Uint8Array): string => new TextDecoder("latin1").decode(octets)

/** The same Message-ID and boundaries for every message, whatever else takes numbers. */
const fixed = Effect.withRandom(Random.fixed([7]))

const render = (of: Message.Message) => Effect.flatMap(Outgoing.prepare(of), Mime.render)

interface Logged {
  readonly calls: Array<ReadonlyArray<unknown>>
  readonly console: Console.Console
}

const logging: Effect.Effect<Logged> = Console.consoleWith((original) => {
  const calls: Logged["calls"] = []
  const console: Console.Console = {
    ...original,
    log: (...args: ReadonlyArray<unknown>) => Effect.sync(() => void calls.push(args))
  }
  return Effect.succeed({ calls, console })
})

interface Written {
  readonly chunks: Array<Uint8Array>
  readonly layer: typeof ConsoleBackend.layer
}

const writing = (): Written => {
  const chunks: Array<Uint8Array> = []
  const sink = Sink.forEach((chunk: Uint8Array) => Effect.sync(() => void chunks.push(chunk)))
  return { chunks, layer: ConsoleBackend.layerSink(sink) }
}

describe("Console", () => {
  it.effect("writes a message and 79 hyphens to Effect's Console in one call", () =>
    Effect.gen(function*() {
      const { calls, console } = yield* logging
      const report = yield* Mail.send(message).pipe(Effect.withConsole(console))
      const bytes = yield* render(message)
      const envelope = "MAIL FROM:<ada@example.com>\nRCPT TO:<bob@example.com>\n" +
        "RCPT TO:<carol@example.com>  (not in the header)\n\n"
      assert.deepStrictEqual(calls, [[envelope + new TextDecoder().decode(bytes) + "\n" + "-".repeat(79)]])
      assert.deepStrictEqual(report.recipients.map(({ _tag }) => _tag), ["Accepted", "Accepted"])
      assert.strictEqual(report.response, undefined)
    }).pipe(fixed, Effect.provide(ConsoleBackend.layer)))

  it.effect("shows a terminal no command, nothing that turns text round, and nothing that cannot be seen", () =>
    Effect.gen(function*() {
      const hostile =
        "a\u001b]0;title\u0007b\u0008\u007fc\rd\u009b31me\u202ef\u2066g\u200bh\ufeffi\u00adj\u2028k\u{e0041}l" +
        "\u061cm\u2060n\u3164o\u0085p"
      const shown = "a␛]0;title␇b␈␡cd⟨U+009B⟩31me⟨U+202E⟩f⟨U+2066⟩g⟨U+200B⟩h⟨U+FEFF⟩i⟨U+00AD⟩j" +
        "⟨U+2028⟩k⟨U+E0041⟩l⟨U+061C⟩m⟨U+2060⟩n⟨U+3164⟩o⟨U+0085⟩p"
      const seen = "tab\tGrüße 日本 \u2764\ufe0f 👍\r\n"
      const raw = `Subject: x\r\n\r\n${seen}`
      const { calls, console } = yield* logging
      const octets = new TextEncoder().encode(`Subject: x\r\n\r\n${hostile.replace("\r", "")}\r\n`)
      for (
        const  of of[
          Message.attach(message, Attachment.message(octets)),
            Message.attach(message, Attachment.bytes(octets, { filename: "x.eml" })),
            Message.alternative(message, octets, "message/rfc822"),
            Message.alternative(message, octets, "message/delivery-status"),
            Message.attach(message, Attachment.message(raw))
        ]
      ) {
        yield* Effect.withConsole(Mail.send(of), console)
      }
      const texts = calls.map(([text]) => String(text))
      for (const text of texts.slice(0, 4)) assert.include(text, shown)
      assert.include(texts[4], seen)
      for (const text of texts) {
        assert.notMatch(text, /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/)
      }
    }).pipe(Effect.provide(ConsoleBackend.layer)))

  it.effect("says who gets a message that was redirected, before the message", () =>
    Effect.gen(function*() {
      const { calls, console } = yield* logging
      const qa = yield* Address.parse("qa@example.com")
      const redirected = ConsoleBackend.layer.pipe(MailPolicy.apply(MailPolicy.redirectAll(qa)))
      yield* Mail.send(Message.envelopeFrom(message, "bounce@example.com")).pipe(
        Effect.provide(redirected),
        Effect.withConsole(console)
      )
      const [[text]] = calls as [[string]]
      assert.match(
        text,
        /^MAIL FROM:<bounce@example\.com>\nRCPT TO:<qa@example\.com> {2}\(not in the header\)\n\nFrom: Ada/
      )
      assert.match(text, /^To: bob@example\.com\r$/m)
    }))

  it.effect("gives a sink what a terminal would obey as it is", () => {
    const { chunks, layer } = writing()
    return Effect.gen(function*() {
      const raw = "Subject: x\r\n\r\n\u001b[2Jx\r\n"
      yield* Mail.send(Message.attach(message, Attachment.message(raw)))
      assert.include(chunks.map(latin1).join(""), raw)
    }).pipe(Effect.provide(layer))
  })

  it.effect("takes the Console of the fiber that sends, not of the layer", () =>
    Effect.gen(function*() {
      const outer = yield* logging
      const inner = yield* logging
      yield* Effect.withConsole(Mail.send(message), inner.console).pipe(
        Effect.provide(ConsoleBackend.layer),
        Effect.withConsole(outer.console)
      )
      assert.strictEqual(inner.calls.length, 1)
      assert.strictEqual(outer.calls.length, 0)
    }))

  it.effect("gives a sink the very bytes and the separator", () => {
    const { chunks, layer } = writing()
    return Effect.gen(function*() {
      yield* Mail.send(message)
      const bytes = yield* render(message)
      assert.deepStrictEqual(chunks.map(latin1), [latin1(bytes) + separator])
    }).pipe(fixed, Effect.provide(layer))
  })

  it.effect("gives a sink octets that are no UTF-8 as they are", () => {
    const { chunks, layer } = writing()
    return Effect.gen(function*() {
      const raw = new Uint8Array([...new TextEncoder().encode("Subject: old\r\n\r\n"), 0xe9, 13, 10])
      yield* Mail.send(Message.attach(message, Attachment.message(raw)))
      assert.include(chunks.map(latin1).join(""), "Subject: old\r\n\r\n\xe9\r\n")
    }).pipe(Effect.provide(layer))
  })

  it.effect("gives no one the Bcc recipients", () => {
    const { chunks, layer } = writing()
    return Effect.gen(function*() {
      const report = yield* Mail.send(message)
      assert.deepStrictEqual(report.envelope.to, ["bob@example.com", "carol@example.com"])
      assert.notInclude(chunks.map(latin1).join("").toLowerCase(), "carol")
      assert.notInclude(chunks.map(latin1).join("").toLowerCase(), "bcc")
    }).pipe(Effect.provide(layer))
  })

  it.effect("keeps the order of a batch, and runs the sink once for each message", () =>
    Effect.gen(function*() {
      const ended: Array<string> = []
      const sink = Sink.collectAll<Uint8Array>().pipe(Sink.map((chunks) => {
        ended.push(Array.from(chunks, latin1).join(""))
      }))
      const batch = ["one", "two", "three"].map((subject) => Message.subject(message, subject))
      yield* Mail.sendAll(batch).pipe(Effect.provide(ConsoleBackend.layerSink(sink)))
      assert.deepStrictEqual(ended.map((text) => /^Subject: (.*)\r$/m.exec(text)?.[1]), ["one", "two", "three"])
      assert.isTrue(ended.every((text) => text.endsWith(`\r\n${separator}`)))
    }))

  it.effect("writes nothing of an empty batch, of a mail without recipients and of a wrong message", () => {
    const { chunks, layer } = writing()
    return Effect.gen(function*() {
      yield* Mail.sendAll([])
      const nobody = yield* Effect.flip(Mail.send(Message.make({ from: "ada@example.com", subject: "To nobody" })))
      assert.strictEqual(nobody._tag, "InvalidMessageError")
      const error = yield* Effect.flip(Mail.send(Message.subject(message, "Hello\nBcc: eve@example.com")))
      assert.strictEqual(error._tag, "BadHeaderError")
      assert.deepStrictEqual(chunks, [])
    }).pipe(Effect.provide(layer))
  })

  it.effect("writes nothing of a message whose attachment fails", () => {
    const { chunks, layer } = writing()
    return Effect.gen(function*() {
      const content = Stream.concat(Stream.make(new Uint8Array(4096)), Stream.fail("no such page"))
      const error = yield* Effect.flip(Mail.send(Message.attach(message, Attachment.stream(content))))
      assert.strictEqual(error._tag, "AttachmentError")
      assert.deepStrictEqual(chunks, [])
    }).pipe(Effect.provide(layer))
  })

  it.effect("never lets concurrent messages overlap", () =>
    Effect.gen(function*() {
      const octets: Array<number> = []
      const slow = Sink.forEach((chunk: Uint8Array) =>
        Effect.forEach(
          [chunk.subarray(0, 10), chunk.subarray(10)],
          (part) => Effect.zipRight(Effect.yieldNow(), Effect.sync(() => void octets.push(...part))),
          { discard: true }
        )
      )
      const texts = Array.from({ length: 20 }, (_, n) => Message.text(message, `message ${n}`))
      yield* Effect.forEach(texts, Mail.send, { concurrency: "unbounded" }).pipe(
        fixed,
        Effect.provide(ConsoleBackend.layerSink(slow))
      )
      const expected = yield* fixed(Effect.forEach(texts, render))
      const written = latin1(Uint8Array.from(octets)).split(separator)
      assert.strictEqual(written.pop(), "")
      assert.deepStrictEqual(written.sort(), expected.map(latin1).sort())
    }))

  it.effect("reports a sink that fails", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Mail.send(message))
      assert.strictEqual(error._tag, "ConnectionError")
      if (error._tag !== "ConnectionError") return
      assert.strictEqual(error.reason, "Io")
      assert.strictEqual(error.cause, "broken pipe")
    }).pipe(Effect.provide(ConsoleBackend.layerSink(Sink.fail("broken pipe")))))

  it.effect("goes on after a send that was interrupted", () =>
    Effect.gen(function*() {
      const started = yield* Deferred.make<void>()
      let runs = 0
      const sink = Sink.forEach((_: Uint8Array) =>
        Effect.suspend(() =>
          runs++ === 0 ? Effect.zipRight(Deferred.succeed(started, undefined), Effect.never) : Effect.void
        )
      )
      yield* Effect.gen(function*() {
        const first = yield* Effect.fork(Mail.send(message))
        yield* Deferred.await(started)
        yield* Fiber.interrupt(first)
        yield* Mail.send(message)
      }).pipe(Effect.provide(ConsoleBackend.layerSink(sink)))
      assert.strictEqual(runs, 2)
    }))

  it.live("writes to a stream of Node through a sink of the platform", () =>
    Effect.gen(function*() {
      const stream = new PassThrough()
      const sink = NodeSink.fromWritable<string, Uint8Array>(() => stream, String, { endOnDone: false })
      yield* Effect.zipRight(Mail.send(message), Mail.send(message)).pipe(
        Effect.provide(ConsoleBackend.layerSink(sink))
      )
      const texts = String(stream.read()).split(separator)
      assert.strictEqual(texts.length, 3)
      assert.strictEqual(texts[2], "")
    }))
})
