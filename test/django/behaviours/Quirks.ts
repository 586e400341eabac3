import { Dummy } from "@effect-mail/backends"
import {
  Address,
  Attachment,
  DeliveryReport,
  Mail,
  MailBackend,
  MailError,
  Message,
  Mime,
  Outgoing
} from "@effect-mail/core"
import * as SmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import * as RecordingDriver from "@effect-mail/test-kit/RecordingDriver"
import { render } from "@effect-mail/test-kit/RenderedMessage"
import { binary } from "@effect-mail/test-kit/WireReader"
import { FileSystem } from "@effect/platform"
import { assert } from "@effect/vitest"
import { Effect, Either, Equal, Layer, Schema } from "effect"
import { hostname } from "node:os"
import { type Behaviour, closedHole, notWanted, pointOfLastSection } from "../Behaviour.js"
import * as InspectableBackends from "../InspectableBackends.js"
import { environment, live } from "../LiveConnections.js"
import { message } from "../SampleMail.js"

const field = (entity: MimeReader.Entity, name: string): string => MimeReader.header(entity, name) ?? ""

export const quirks: ReadonlyArray<Behaviour> = [
  notWanted(
    pointOfLastSection(1),
    "texts that are evaluated late, anything made a text, texts as octets",
    "texts are strings, which the compiler sees to; what is to be computed first is an effect before the message"
  ),
  notWanted(
    pointOfLastSection(2),
    "arguments by position, bridges from what is deprecated",
    "the parts of a message have names, and there is nothing to bridge from"
  ),
  notWanted(
    pointOfLastSection(3),
    "messages that change, that remember their backend, and an outbox for the whole process",
    "a message is a value: it can be kept, compared, and sent by any backend, as often as one likes",
    Effect.gen(function*() {
      const before = Message.make({ from: "ada@example.com", to: "bob@example.com", subject: "one" })
      const after = before.pipe(Message.subject("two"), Message.to("carol@example.com"))
      assert.deepStrictEqual([before.subject, after.subject], ["one", "two"])
      assert.deepStrictEqual(before.to, ["bob@example.com"])
      const { backend, events } = RecordingDriver.make()
      yield* Effect.provide(Mail.send(before), Dummy.layer)
      yield* Mail.send(before).pipe(Effect.provideService(MailBackend.MailBackend, backend))
      assert.deepStrictEqual(events, ["open", "one", "close"])
      assert.isTrue(Equal.equals(Message.subject(after, "one"), Message.to(before, "carol@example.com")))
    })
  ),
  notWanted(
    pointOfLastSection(4),
    "a flag to fail silently, which each backend understands in its own way",
    "failures are for the caller to handle: `Mail.failSilently` hides those of delivery, whatever the backend, and no other",
    InspectableBackends.each(({ name, run }) =>
      Effect.gen(function*() {
        const wrong = Mail.failSilently(Mail.send(Message.subject(message, "a\r\nb")))
        const { value } = yield* run(Effect.flip(wrong))
        assert.strictEqual(value._tag, "BadHeaderError", name)
      })
    )
  ),
  closedHole(
    pointOfLastSection(5),
    "nothing in the place of a count",
    "every count is a number",
    Effect.gen(function*() {
      const counts = yield* Effect.all([
        Mail.sendMassMail([]),
        Mail.mailAdmins({ subject: "hi", text: "there" }),
        Mail.sendMail({ subject: "hi", text: "there", to: [] }),
        Mail.failSilently(
          Effect.fail(new MailError.ConnectionError({ reason: "Refused", description: "nobody there" }))
        )
      ])
      assert.deepStrictEqual(counts, [0, 0, 0, 0])
    }).pipe(Effect.provide(Dummy.layer))
  ),
  notWanted(
    pointOfLastSection(6),
    "backends by the path of an import, options that are looked for at run time",
    "a backend is a layer and its options have types; settings name one of five",
    live(Effect.gen(function*() {
      const error = yield* Effect.flip(
        Layer.build(environment({ EMAIL_BACKEND: "django.core.mail.backends.smtp.EmailBackend" }))
      )
      assert.strictEqual(error._op, "InvalidData")
      assert.include(String(error), "EMAIL_BACKEND")
    }))
  ),
  notWanted(
    pointOfLastSection(7),
    "pickled messages, locks of threads",
    "addresses and what became of a message have schemas; who shares a connection waits for it without blocking",
    Effect.gen(function*() {
      const address = Either.getOrThrow(Address.parse("\"Lovelace, Ada\" <ada@example.com>"))
      const written = yield* Schema.encode(Address.Schema)(address)
      assert.isTrue(Equal.equals(yield* Schema.decode(Address.Schema)(written), address))
      const status = DeliveryReport.Deferred.make({ recipient: "bob@example.com", reply: { code: 451, text: "later" } })
      const json: unknown = JSON.parse(JSON.stringify(yield* Schema.encode(DeliveryReport.RecipientStatus)(status)))
      assert.deepStrictEqual(yield* Schema.decodeUnknown(DeliveryReport.RecipientStatus)(json), status)
    })
  ),
  notWanted(
    pointOfLastSection(8),
    "a registry of charsets for the whole process, charsets of old in headers",
    "headers are always in UTF-8, a text in UTF-8 or one of two more, and nothing is registered anywhere",
    Effect.gen(function*() {
      const { entity } = yield* render(message.pipe(
        Message.subject("Größe"),
        Message.text("Größe"),
        Message.charset("iso-8859-1")
      ))
      assert.isTrue(MimeReader.words(field(entity, "Subject")).every((word) => /^=\?utf-8\?/i.test(word)))
      assert.strictEqual(MimeReader.decodeWords(field(entity, "Subject")), "Größe")
      assert.strictEqual(entity.parameters.get("charset"), "iso-8859-1")
      const other = Message.charset(message, "koi8-r" as "utf-8")
      assert.strictEqual((yield* Effect.flip(Outgoing.prepare(other)))._tag, "InvalidMessageError")
    })
  ),
  notWanted(
    pointOfLastSection(9),
    "a line end after every text, -0000 in dates, the order of fields, 79 hyphens",
    "none of it is a question of right or wrong: no line end is added to a text but the one that SMTP needs, dates are in +0000, and the hyphens stay",
    Effect.gen(function*() {
      const { entity } = yield* render(message.pipe(Message.text("no end"), Message.html("<p>no end")))
      assert.deepStrictEqual(MimeReader.leaves(entity).map(MimeReader.textOf), ["no end", "<p>no end"])
      assert.match(field(entity, "Date"), / \+0000$/)
    })
  ),
  notWanted(
    pointOfLastSection(10),
    "the very octets of encoded-words, folds and boundaries, and words of 78 octets",
    "what counts is what a reader makes of them; no encoded-word has more than the 75 octets of RFC 2047",
    Effect.gen(function*() {
      const subject = "Detta ämne innehåller icke-ASCII-tecken ".repeat(10).trim()
      const { entity } = yield* render(Message.subject(message, subject))
      const words = MimeReader.words(field(entity, "Subject"))
      assert.isAbove(words.length, 1)
      assert.isAtMost(Math.max(...words.map((word) => word.length)), 75)
      assert.strictEqual(MimeReader.decodeWords(field(entity, "Subject")), subject)
    })
  ),
  closedHole(
    pointOfLastSection(11),
    "types of files from the tables of the machine",
    "the table is a part of the library: a file has the same type on every machine",
    live(Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* fs.makeTempDirectoryScoped()
      const types = {
        "a.pdf": "application/pdf",
        "a.csv": "text/csv",
        "a.webp": "image/webp",
        a: "application/octet-stream"
      }
      for (const [name, type] of Object.entries(types)) {
        yield* fs.writeFileString(`${directory}/${name}`, "content")
        const { entity } = yield* render(Message.attach(message, yield* Attachment.file(`${directory}/${name}`)))
        assert.strictEqual(MimeReader.leaves(entity).at(-1)?.type, type)
      }
    }))
  ),
  closedHole(
    pointOfLastSection(12),
    "encoded-words in local parts, IDNA 2003, overrides that depend on upper and lower case",
    "a local part is never encoded, domains follow IDNA 2008, and an override counts however its name is written",
    Effect.gen(function*() {
      const { entity, outgoing } = yield* render(Message.make({
        from: "ada@example.com",
        to: ["tó@example.com", "to@faß.example.com"],
        headers: { "reply-to": "lower@example.com", from: "author@example.com" },
        replyTo: "ignored@example.com"
      }))
      assert.notInclude(field(entity, "To"), "=?")
      assert.deepStrictEqual(outgoing.envelope.to, ["tó@example.com", "to@xn--fa-hia.example.com"])
      assert.isTrue(outgoing.envelope.smtpUtf8)
      assert.strictEqual(field(entity, "Reply-To"), "lower@example.com")
      assert.strictEqual(field(entity, "From"), "author@example.com")
    })
  ),
  closedHole(
    pointOfLastSection(13),
    "the name of the machine, which is looked for, and which everybody gets to read",
    "a Message-ID has the domain of its author, and the client calls itself what it is told to, or 127.0.0.1",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const { messageId } = yield* Effect.provide(Mail.send(message), server.layer())
      assert.match(messageId, /@example\.com>$/)
      const [received] = server.received
      assert(received !== undefined)
      assert.strictEqual(received.clientName, "[127.0.0.1]")
      assert.notInclude(binary(received.bytes), `@${hostname()}`)
    }))
  ),
  notWanted(
    pointOfLastSection(14),
    "parts of a MIME library, passed through as they are",
    "an attachment says what it is, and is checked and rendered as everything else",
    Effect.gen(function*() {
      const image = Attachment.inline(new Uint8Array([0x47, 0x49, 0x46]), {
        contentId: "content-id@example.org",
        contentType: "image/gif"
      })
      const outgoing = yield* Outgoing.prepare(Message.attach(Message.html(message, "<img src='cid:x'>"), image))
      const part = MimeReader.leaves(MimeReader.read(yield* Mime.render(outgoing))).find(({ type }) =>
        type === "image/gif"
      )
      assert(part !== undefined)
      assert.strictEqual(part.disposition, "inline")
      assert.strictEqual(field(part, "Content-ID"), "<content-id@example.org>")
      assert.deepStrictEqual(Array.from(part.octets), [0x47, 0x49, 0x46])
      const forged = Attachment.bytes(new Uint8Array(), { contentType: "text/plain\r\nX-Evil: 1" })
      assert.isTrue(Either.isLeft(Message.validate(Message.attach(message, forged))))
    })
  )
]
