import * as Attachment from "@effect-mail/core/Attachment"
import * as BatchReport from "@effect-mail/core/BatchReport"
import * as Mail from "@effect-mail/core/Mail"
import * as MailBackend from "@effect-mail/core/MailBackend"
import * as Mailers from "@effect-mail/core/Mailers"
import type * as Message from "@effect-mail/core/Message"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type Case, injection, send, tags } from "./case.js"
import * as Messages from "./messages.js"
import * as Probes from "./probes.js"

const { hasClosed, hasOpened, same, succeeds } = Probes
const { batch, hasDelivered, hasDeliveredAll, numbered } = Messages

const oneMessage: Case = {
  name: "delivers a message as it is rendered, and reports its recipient as accepted",
  needs: [],
  body: (probed) =>
    Effect.gen(function*() {
      const message = numbered(1)
      yield* Messages.isAccepted(yield* send(message), message, "bob@example.org")
      yield* hasDelivered(probed, message)
    })
}

const oneForMany: Case = {
  name: "delivers one message to several recipients, and counts it once",
  needs: [],
  body: (probed) =>
    Effect.gen(function*() {
      const recipients = { to: ["bob@example.org", "carol@example.org"], cc: "dave@example.org" }
      const message = numbered(1, recipients)
      const all = ["bob@example.org", "carol@example.org", "dave@example.org"]
      yield* Messages.isAccepted(yield* send(message), message, ...all)
      yield* same(
        "messages counted",
        1,
        yield* succeeds("`sendMassMail`", Mail.sendMassMail([numbered(2, recipients)]))
      )
      yield* hasDeliveredAll(probed, batch(2, recipients))
    })
}

const unicode: Case = {
  name: "keeps Unicode in the subject, in names, in the text and in names of files",
  needs: ["delivered"],
  body: (probed) =>
    Effect.gen(function*() {
      const message = numbered(1, {
        from: { name: "Sürname, Firstname", address: "ada@example.com" },
        to: { name: "漢字", address: "bob@example.org" },
        subject: "Chère maman",
        text: "Je t'aime très fort\n",
        html: "<p>Je t'aime très fort 🌻</p>",
        attachments: [Attachment.text("été\n", { filename: "une pièce jointe.txt" })]
      })
      yield* send(message)
      yield* hasDelivered(probed, message)
    })
}

const inOrder: Case = {
  name: "delivers a list, an iterator and a stream in order, and counts what it delivered",
  needs: [],
  body: (probed) =>
    Effect.gen(function*() {
      const all = batch(9)
      const report = yield* Mail.sendAll(all.slice(0, 3))
      yield* same("the entries of the report", ["Sent", "Sent", "Sent"], tags(report))
      yield* same(
        "the messages of the entries",
        all.slice(0, 3).map(({ subject }) => subject),
        report.entries.map((entry) => entry.message.subject)
      )
      yield* same("messages counted in the report", 3, BatchReport.sentCount(report))
      yield* hasDelivered(probed, ...all.slice(0, 3))
      const count = yield* succeeds("`sendMassMail`", Mail.sendMassMail(all.slice(3, 6).values()))
      yield* same("messages counted", 3, count)
      const entries = yield* Stream.runCollect(Mail.sendStream(Stream.fromIterable(all.slice(6))))
      yield* same("the entries of the stream", ["Sent", "Sent", "Sent"], tags({ entries: Array.from(entries) }))
      yield* hasDeliveredAll(probed, all)
    })
}

/** Messages of which the second stops half-way, and how many of them were taken. */
const source = Effect.map(Messages.held, (held) => {
  const seen = { taken: 0, isEnded: false }
  const all = batch(20).map((message, i) => i === 1 ? numbered(2, held.options) : message)
  function* iterate() {
    try {
      for (const message of all) {
        seen.taken++
        yield message
      }
    } finally {
      seen.isEnded = true
    }
  }
  return { all, held, iterate, seen }
})

const lazily = (
  name: string,
  sendAll: (messages: IterableIterator<Message.Message>) => Effect.Effect<void, Probes.Broken, MailBackend.MailBackend>
): Case => ({
  name,
  needs: ["delivered"],
  body: (probed) =>
    Effect.gen(function*() {
      const { all, held, iterate, seen } = yield* source
      const sender = yield* Effect.fork(sendAll(iterate()))
      yield* held.reached(sender)
      yield* Probes.atMost("messages taken while the second one is on its way", 3, seen.taken)
      yield* held.release
      yield* Fiber.join(sender)
      yield* hasDelivered(probed, ...all)
    })
})

const lazyIterable = lazily(
  "takes messages from an iterable only as they can be sent",
  (messages) => Effect.asVoid(succeeds("`sendMassMail`", Mail.sendMassMail(messages)))
)

const lazyStream = lazily(
  "takes messages from a stream only as they can be sent",
  (messages) => Stream.runDrain(Mail.sendStream(Stream.fromIteratorSucceed(messages, 1)))
)

const concurrently: Case = {
  name: "keeps messages whole that are sent at the same time",
  needs: [],
  body: (probed) =>
    Effect.gen(function*() {
      const all = batch(12, Messages.streamed(Messages.pages))
      const atOnce = { concurrency: "unbounded" } as const
      yield* Effect.forEach(all.slice(0, 4), send, atOnce)
      const report = yield* Mail.sendAll(all.slice(4, 8), { concurrency: 4 })
      yield* same(
        "the messages of the entries",
        all.slice(4, 8).map(({ subject }) => `Sent ${subject}`),
        report.entries.map((entry) => `${entry._tag} ${entry.message.subject}`)
      )
      yield* Effect.scoped(Effect.flatMap(succeeds("connecting", probed.backend.connect), (connection) =>
        Effect.forEach(all.slice(8), (message) =>
          succeeds("sending", connection.send(message)), atOnce)))
      yield* hasDeliveredAll(probed, all)
    })
}

const streams: Case = {
  name: "delivers an attachment that is a stream, and runs it again each time",
  needs: ["delivered"],
  body: (probed) =>
    Effect.gen(function*() {
      const message = numbered(1, Messages.streamed(Messages.pages))
      yield* send(message)
      yield* send(message)
      yield* hasDelivered(probed, message, message)
    })
}

const failing: Case = {
  name: "delivers nothing of a message whose attachment fails, and goes on",
  needs: ["delivered"],
  body: (probed) =>
    Effect.gen(function*() {
      const options = Messages.streamed(Stream.concat(Messages.pages, Stream.fail("a page is missing")))
      yield* Probes.failsWith("an attachment that fails", "AttachmentError", Mail.send(numbered(1, options)))
      yield* hasDelivered(probed)
      yield* hasClosed(probed)
      const report = yield* Mail.sendAll([numbered(2), numbered(3, options), numbered(4)])
      yield* same("the entries of the report", ["Sent", "AttachmentError", "Sent"], tags(report))
      yield* hasDeliveredAll(probed, [numbered(2), numbered(4)])
    })
}

const partial: Case = {
  name: "does not let a message that cannot be sent hold up the others",
  needs: [],
  body: (probed) =>
    Effect.gen(function*() {
      const wrong = numbered(2, { subject: injection })
      const error = yield* Effect.flip(Mail.sendMassMail([numbered(1), wrong, numbered(3)])).pipe(
        Effect.mapError((count) => ({
          detail: "`sendMassMail`",
          expected: "MassMailError",
          actual: `${count} messages counted`
        }))
      )
      yield* same("the entries of the report", ["Sent", "BadHeaderError", "Sent"], tags(error.report))
      yield* same("messages counted", 2, BatchReport.sentCount(error.report))
      yield* hasOpened(probed, 1)
      yield* hasDelivered(probed, numbered(1), numbered(3))
    })
}

const interrupted: Case = {
  name: "delivers nothing of a message whose delivery is interrupted, and goes on",
  needs: ["delivered"],
  body: (probed) =>
    Effect.gen(function*() {
      const held = yield* Messages.held
      const sender = yield* Effect.fork(Mail.send(numbered(1, held.options)))
      yield* held.reached(sender)
      yield* Fiber.interrupt(sender)
      yield* hasDelivered(probed)
      yield* hasClosed(probed)
      yield* send(numbered(2))
      yield* hasDelivered(probed, numbered(2))
    })
}

const interruptedOnConnection: Case = {
  name: "goes on over a connection on which a delivery was interrupted",
  needs: ["delivered"],
  body: (probed) =>
    Effect.scoped(Effect.gen(function*() {
      const held = yield* Messages.held
      const connection = yield* succeeds("connecting", probed.backend.connect)
      const sender = yield* Effect.fork(connection.send(numbered(1, held.options)))
      yield* held.reached(sender)
      yield* Fiber.interrupt(sender)
      yield* succeeds("sending", connection.send(numbered(2)))
      yield* hasDelivered(probed, numbered(2))
    }))
}

const interruptedBatch: Case = {
  name: "ends a batch that is interrupted: what is out is out, and the rest is not taken",
  needs: ["delivered"],
  body: (probed) =>
    Effect.gen(function*() {
      const { held, iterate, seen } = yield* source
      const sender = yield* Effect.fork(Mail.sendAll(iterate()))
      yield* held.reached(sender)
      yield* Fiber.interrupt(sender)
      yield* same("whether the iterator was told that it is over", true, seen.isEnded)
      yield* Probes.atMost("messages taken", 3, seen.taken)
      yield* hasDelivered(probed, numbered(1))
      yield* hasClosed(probed)
      yield* send(numbered(3))
      yield* hasDeliveredAll(probed, [numbered(1), numbered(3)])
    })
}

const byName: Case = {
  name: "reports the name under which it was chosen",
  needs: [],
  body: (probed) =>
    Effect.gen(function*() {
      const mailers = Mailers.layer({ contract: Layer.succeed(MailBackend.MailBackend, probed.backend) })
      const chosen = Mail.send(numbered(1)).pipe(Mail.using("contract"), Effect.provide(mailers))
      const { mailer } = yield* succeeds("sending", chosen)
      yield* same("the mailer of the report", "contract", Option.getOrNull(mailer))
      yield* same("the mailer of a report without a choice", null, Option.getOrNull((yield* send(numbered(2))).mailer))
    })
}

export const all: ReadonlyArray<Case> = [
  oneMessage,
  oneForMany,
  unicode,
  inOrder,
  lazyIterable,
  lazyStream,
  concurrently,
  streams,
  failing,
  partial,
  interrupted,
  interruptedOnConnection,
  interruptedBatch,
  byName
]
