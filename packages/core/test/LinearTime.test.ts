/**
 * Whoever may write a part of a message must not be able to stop the program that sends it: no field and no parser takes
 * more than a time in proportion to what it reads.
 */
import { Address, Attachment, MailConfig, MailPolicy, Message, Mime, Outgoing } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Random } from "effect"

/** Texts that make patterns go back, each repeated to a length. */
const shapes: ReadonlyArray<string> = [
  " ",
  "a ",
  "\"",
  "\\",
  ".",
  "-",
  ",",
  "=?",
  "=?utf-8?q?",
  "\u0301\u0323",
  "\u200c",
  "\ud83d\ude00",
  "\ud800",
  ":",
  ";",
  "; a=b",
  "a@b.cc,",
  "/"
]

/** In the middle of what is otherwise plain, so that no pattern is done at either end. */
const inside = (shape: string, length: number): string => `a${shape.repeat(Math.ceil(length / shape.length))}b`

const send = (message: Message.Message): Effect.Effect<unknown> =>
  Effect.either(Effect.flatMap(Outgoing.prepare(message), Mime.render))

const sendWith = (options: Message.Options) => send(Message.make({ from: "ada@example.com", ...options }))

const attached = (options: Attachment.Options) => sendWith({ attachments: [Attachment.text("x", options)] })

const parse = (text: string) => Effect.sync(() => Address.parse(text))

const fields: Readonly<Record<string, (text: string) => Effect.Effect<unknown>>> = {
  "an address": parse,
  "a local part": (text) => parse(`${text}@example.com`),
  "a quoted local part": (text) => parse(`"${text}"@example.com`),
  "a domain": (text) => parse(`ada@${text}.example`),
  "an address literal": (text) => parse(`ada@[IPv6:${text}]`),
  "a name": (text) => parse(`${text} <ada@example.com>`),
  "a quoted name": (text) => parse(`"${text}" <ada@example.com>`),
  "a name apart": (name) => sendWith({ to: { name, address: "bob@example.com" } }),
  "a formatted name": (name) =>
    Effect.map(
      Effect.either(Address.fromInput({ name, address: "bob@example.com" })),
      (address) => address._tag === "Right" ? Address.format(address.right) : ""
    ),
  "the recipients of a value": (to) => Effect.sync(() => Message.recipients(Message.make({ to }))),
  "a list of addresses": (to) => sendWith({ headers: { To: to } }),
  "a list of administrators": (admins) =>
    Effect.either(Effect.withConfigProvider(
      MailConfig.config,
      ConfigProvider.fromMap(new Map([["ADMINS", admins]]))
    )),
  "a suppression list": (entry) => Effect.sync(() => MailPolicy.suppress([entry])),
  "a subject": (subject) => sendWith({ subject }),
  "a text field": (value) => sendWith({ headers: { "X-Test": value } }),
  "a structured field": (value) => sendWith({ headers: { "Auto-Submitted": value } }),
  "the name of a field": (name) => sendWith({ headers: [[name, "x"]] }),
  "a date": (value) => sendWith({ headers: { Date: value } }),
  "a Message-ID": (messageId) => sendWith({ messageId: `${messageId}@example.com` }),
  "References": (value) => sendWith({ headers: { References: value } }),
  "a List-Id": (listId) => sendWith({ listId }),
  "a List-Unsubscribe": (url) => sendWith({ listUnsubscribe: `https://example.com/${url}` }),
  "a filename": (filename) => attached({ filename: `${filename}.bin` }),
  "a content type": (contentType) => attached({ contentType }),
  "parameters of a content type": (text) => attached({ contentType: `text/x; ${text}` }),
  "many parameters of a content type": (text) =>
    attached({ contentType: `text/x${Array.from({ length: text.length / 10 }, (_, i) => `;a${i}=b`).join("")}` }),
  "a charset": (charset) => attached({ contentType: `text/x; charset="${charset}"` }),
  "a Content-ID": (contentId) => attached({ contentId }),
  "a text": (text) => sendWith({ text }),
  "a text attachment": (text) => sendWith({ attachments: [Attachment.text(text)] }),
  "an embedded message": (text) => sendWith({ attachments: [Attachment.message(text)] })
}

const now = Effect.sync(() => performance.now())

const time = (effect: Effect.Effect<unknown>): Effect.Effect<number> =>
  Effect.gen(function*() {
    const start = yield* now
    yield* effect
    return (yield* now) - start
  })

/** What a machine that does something else meanwhile adds, in milliseconds: a short time says nothing of its growth. */
const floor = 10

/** The shorter of two times, where the first is too long. */
const withinBound = (effect: Effect.Effect<unknown>, bound: number): Effect.Effect<number> =>
  Effect.gen(function*() {
    let shortest = Infinity
    for (let i = 0; i < 2 && shortest > bound; i++) shortest = Math.min(shortest, yield* time(effect))
    return shortest
  })

/** Step by step, so that a time that grows with the square is found out before it is too long to wait for. */
const assertLinear = (what: string, run: (length: number) => Effect.Effect<unknown>) =>
  Effect.gen(function*() {
    const small = Math.max(yield* time(run(10_000)), floor)
    for (const factor of [5, 100]) {
      const bound = factor * 3 * small
      assert.isBelow(yield* withinBound(run(10_000 * factor), bound), bound, `${what}, ${factor} times as long`)
    }
  })

describe.sequential("time in proportion to the length of", () => {
  for (const [name, run] of Object.entries(fields)) {
    it.effect(name, () =>
      Effect.forEach(
        shapes,
        (shape) => assertLinear(JSON.stringify(shape), (length) => run(inside(shape, length))),
        { discard: true }
      ), 60_000)
  }

  it.effect("lists of recipients, of addresses to suppress and of fields", () =>
    Effect.gen(function*() {
      const addresses = (length: number) => Array.from({ length: length / 20 }, (_, i) => `ada${i}@example.com`)
      yield* assertLinear("recipients", (length) => sendWith({ to: addresses(length) }))
      yield* assertLinear("recipients of a value", (length) =>
        Effect.sync(() => Message.recipients(Message.make({ to: addresses(length) }))))
      yield* assertLinear("suppressed", (length) =>
        Effect.sync(() => MailPolicy.suppress(addresses(length))))
      yield* assertLinear("fields", (length) =>
        sendWith({
          headers: addresses(length).map((value, i) => [`X-${i}`, value] as const)
        }))
      yield* assertLinear("attachments", (length) =>
        sendWith({
          attachments: Array.from({ length: length / 200 }, () => Attachment.text("x"))
        }))
      yield* assertLinear("references", (length) => sendWith({ references: addresses(length) }))
    }), 60_000)

  it.effect("contents that know what boundary is drawn", () =>
    Effect.gen(function*() {
      const seeded = <A, E>(effect: Effect.Effect<A, E>) => Effect.withRandom(effect, Random.make("seed"))
      const message = (text: string) => Message.make({ from: "ada@example.com", html: "x", text })
      const bytes = yield* seeded(Effect.flatMap(Outgoing.prepare(message("x")), Mime.render))
      const [, drawn = ""] = /boundary="(.*)\.a"/.exec(new TextDecoder().decode(bytes)) ?? []
      assert.match(drawn, /^=_/)
      const growing = (length: number) => {
        const lines: Array<string> = []
        for (let size = 0; size < length; size += (lines.at(-1) ?? "").length) {
          lines.push(drawn + "x".repeat(lines.length))
        }
        return lines.join("\n")
      }
      const counted = (length: number) =>
        Array.from({ length: length / 40 }, (_, i) => drawn + i.toString(36).padStart(8, "0")).join("\n")
      const contents = [
        (length: number) => drawn + "x".repeat(length),
        (length: number) => drawn.repeat(length / drawn.length),
        growing,
        counted
      ]
      for (const content of contents) {
        yield* assertLinear(content(100), (length) => seeded(send(message(content(length)))))
        const sent = yield* seeded(Effect.flatMap(Outgoing.prepare(message(content(10_000))), Mime.render))
        const [, boundary = ""] = /boundary="(.*)"/.exec(new TextDecoder().decode(sent)) ?? []
        assert.match(boundary, /^.{1,70}$/)
        assert.notInclude(content(10_000), boundary)
      }
    }), 60_000)
})
