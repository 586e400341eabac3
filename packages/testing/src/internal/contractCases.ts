import * as Attachment from "@effect-mail/core/Attachment"
import * as BatchReport from "@effect-mail/core/BatchReport"
import * as Mail from "@effect-mail/core/Mail"
import * as MailBackend from "@effect-mail/core/MailBackend"
import * as Mailers from "@effect-mail/core/Mailers"
import * as Message from "@effect-mail/core/Message"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Bench from "./contractBench.js"
import * as Letters from "./contractLetters.js"

type Body = Effect.Effect<void, Bench.Broken, MailBackend.MailBackend>

/**
 * A promise, and how it is tried. `needs` says which probes there must be, without which nothing could be seen.
 *
 * @internal
 */
export interface Promised {
  readonly name: string
  readonly needs: ReadonlyArray<"delivered" | "sessions">
  readonly body: (bench: Bench.Bench) => Body
}

const { hasClosed, hasOpened, same, succeeds } = Bench
const { hasDelivered, hasDeliveredAll, letter, letters } = Letters

const send = (message: Message.Message) => succeeds("sending", Mail.send(message))

const tags = (report: BatchReport.BatchReport): ReadonlyArray<string> =>
  report.entries.map((entry) => entry._tag === "Failed" ? entry.error._tag : entry._tag)

const oneMessage: Promised = {
  name: "delivers a message as it is rendered, and reports its recipient as accepted",
  needs: [],
  body: (bench) =>
    Effect.gen(function*() {
      const message = letter(1)
      yield* Letters.isAccepted(yield* send(message), message, "bob@example.org")
      yield* hasDelivered(bench, message)
    })
}

const oneForMany: Promised = {
  name: "delivers one message to several recipients, and counts it once",
  needs: [],
  body: (bench) =>
    Effect.gen(function*() {
      const recipients = { to: ["bob@example.org", "carol@example.org"], cc: "dave@example.org" }
      const message = letter(1, recipients)
      const everybody = ["bob@example.org", "carol@example.org", "dave@example.org"]
      yield* Letters.isAccepted(yield* send(message), message, ...everybody)
      yield* same("messages counted", 1, yield* succeeds("`sendMassMail`", Mail.sendMassMail([letter(2, recipients)])))
      yield* hasDeliveredAll(bench, letters(2, recipients))
    })
}

const unicode: Promised = {
  name: "keeps Unicode in the subject, in names, in the text and in names of files",
  needs: ["delivered"],
  body: (bench) =>
    Effect.gen(function*() {
      const message = letter(1, {
        from: { name: "Sürname, Firstname", address: "ada@example.com" },
        to: { name: "漢字", address: "bob@example.org" },
        subject: "Chère maman",
        text: "Je t'aime très fort\n",
        html: "<p>Je t'aime très fort 🌻</p>",
        attachments: [Attachment.text("été\n", { filename: "une pièce jointe.txt" })]
      })
      yield* send(message)
      yield* hasDelivered(bench, message)
    })
}

const inOrder: Promised = {
  name: "delivers a list, an iterator and a stream in order, and counts what it delivered",
  needs: [],
  body: (bench) =>
    Effect.gen(function*() {
      const all = letters(9)
      const report = yield* Mail.sendAll(all.slice(0, 3))
      yield* same("the entries of the report", ["Sent", "Sent", "Sent"], tags(report))
      yield* same(
        "the messages of the entries",
        all.slice(0, 3).map(({ subject }) => subject),
        report.entries.map((entry) => entry.message.subject)
      )
      yield* same("messages counted in the report", 3, BatchReport.sentCount(report))
      yield* hasDelivered(bench, ...all.slice(0, 3))
      const count = yield* succeeds("`sendMassMail`", Mail.sendMassMail(all.slice(3, 6).values()))
      yield* same("messages counted", 3, count)
      const entries = yield* Stream.runCollect(Mail.sendStream(Stream.fromIterable(all.slice(6))))
      yield* same("the entries of the stream", ["Sent", "Sent", "Sent"], tags({ entries: Array.from(entries) }))
      yield* hasDeliveredAll(bench, all)
    })
}

/** Letters of which the second stops half-way, and how many of them were asked for. */
const source = Effect.map(Letters.held, (held) => {
  const seen = { taken: 0, isEnded: false }
  const all = letters(20).map((message, i) => i === 1 ? letter(2, held.options) : message)
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
  sendAll: (messages: IterableIterator<Message.Message>) => Effect.Effect<void, Bench.Broken, MailBackend.MailBackend>
): Promised => ({
  name,
  needs: ["delivered"],
  body: (bench) =>
    Effect.gen(function*() {
      const { all, held, iterate, seen } = yield* source
      const sender = yield* Effect.fork(sendAll(iterate()))
      yield* held.reached(sender)
      yield* Bench.atMost("messages taken while the second one is on its way", 3, seen.taken)
      yield* held.letGo
      yield* Fiber.join(sender)
      yield* hasDelivered(bench, ...all)
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

const nothing: Promised = {
  name: "opens nothing where there is nothing to send",
  needs: [],
  body: (bench) =>
    Effect.gen(function*() {
      yield* same("the entries of the report", [], (yield* Mail.sendAll([])).entries)
      yield* same("messages counted", 0, yield* succeeds("`sendMassMail`", Mail.sendMassMail(new Set())))
      yield* same("messages of the sink", 0, (yield* Stream.run(Stream.empty, Mail.sink)).sent)
      yield* Stream.runDrain(Mail.sendStream(Stream.empty))
      yield* hasOpened(bench, 0)
      yield* hasDelivered(bench)
    })
}

const nobody: Promised = {
  name: "checks a message without recipients, and opens nothing for it",
  needs: [],
  body: (bench) =>
    Effect.gen(function*() {
      const message = letter(1, { to: [] })
      yield* Letters.isAccepted(yield* send(message), message)
      yield* same("messages counted", 0, BatchReport.sentCount(yield* Mail.sendAll([message, message])))
      yield* Bench.failsWith(
        "a line break in the subject",
        "BadHeaderError",
        Mail.send(Message.subject(message, "a\nb"))
      )
      yield* hasOpened(bench, 0)
      yield* hasDelivered(bench)
    })
}

const refusesAll = (
  bench: Bench.Bench,
  tag: "BadHeaderError" | "InvalidAddressError",
  wrong: ReadonlyArray<readonly [detail: string, message: Message.Message]>
): Body =>
  Effect.gen(function*() {
    yield* Effect.forEach(wrong, ([detail, message]) => Bench.failsWith(detail, tag, Mail.send(message)))
    const report = yield* Mail.sendAll(wrong.map(([, message]) => message))
    yield* same("the entries of the report", wrong.map(() => tag), tags(report))
    yield* hasOpened(bench, 0)
    yield* hasDelivered(bench)
  })

const injection = "Hello\r\nBcc: eve@example.net"
const named = { name: injection, address: "eve@example.net" }
const attached = (options: Attachment.Options): Message.Options => ({
  attachments: [Attachment.bytes(new Uint8Array(3), options)]
})

const injections: ReadonlyArray<readonly [field: string, options: Message.Options]> = [
  ["the subject", { subject: injection }],
  ["the subject, as a lone line feed", { subject: "Hello\nBcc: eve@example.net" }],
  ["the subject, as a lone carriage return", { subject: "Hello\rBcc: eve@example.net" }],
  ["the subject, as NUL", { subject: "Hello\0" }],
  ["the name in From", { from: named }],
  ["the name in To", { to: named }],
  ["the name in Cc", { cc: named }],
  ["the name in Reply-To", { replyTo: named }],
  ["an address in To", { to: "eve@example.net\r\nBcc: eve" }],
  ["an address in Cc", { cc: "eve\nRCPT TO:<eve@example.net>" }],
  ["the Message-ID", { messageId: `<1@example.com>\r\n${injection}` }],
  ["In-Reply-To", { inReplyTo: `<1@example.com>\r\n${injection}` }],
  ["References", { references: `<1@example.com>\r\n${injection}` }],
  ["List-Id", { listId: injection }],
  ["List-Unsubscribe", { listUnsubscribe: `https://example.com/\r\n${injection}` }],
  ["the value of an extra header", { headers: { "X-Test": injection } }],
  ["the name of an extra header", { headers: { [injection]: "a value" } }],
  ["an extra header called Bcc", { headers: { Bcc: "eve@example.net" } }],
  ["the file name of an attachment", attached({ filename: injection })],
  ["the content type of an attachment", attached({ contentType: `image/png\r\n${injection}` })],
  ["the Content-ID of an attachment", attached({ contentId: injection })],
  ["an extra header of an attachment", attached({ headers: { "X-Test": injection } })]
]

const headerSafety: Promised = {
  name: "refuses line breaks and control characters in every header before it opens anything",
  needs: [],
  body: (bench) =>
    refusesAll(
      bench,
      "BadHeaderError",
      injections.map(([field, options]) => [`an injection through ${field}`, letter(1, options)])
    )
}

const noAddresses = [
  "eve@other.com@example.net",
  "eve@other.com <eve@example.net>",
  "eve@example.net, eve@other.com",
  "@",
  "eve@",
  "@example.net"
]

const splitAddresses = ["\"eve@example.net\r\nto\"@example.net", "eve\nRCPT TO:<eve@example.net>"]

const addressSafety: Promised = {
  name: "refuses what is not one address before it opens anything",
  needs: [],
  body: (bench) =>
    refusesAll(
      bench,
      "InvalidAddressError",
      [
        ...noAddresses.flatMap((address) =>
          (["to", "cc", "bcc", "replyTo", "envelopeFrom"] as const).map((field) =>
            [`${address} in ${field}`, letter(1, { [field]: address })] as const
          )
        ),
        ...splitAddresses.flatMap((address) =>
          // These become no header: what is wrong is wrong with the address.
          (["bcc", "envelopeFrom"] as const).map((field) =>
            [`${JSON.stringify(address)} in ${field}`, letter(1, { [field]: address })] as const
          )
        )
      ]
    )
}

const hidden: Promised = {
  name: "delivers to Bcc recipients, and names them to nobody",
  needs: [],
  body: (bench) =>
    Effect.gen(function*() {
      const bcc = "Carol Hidden <carol@hidden.example>"
      const all = [letter(1, { bcc }), letter(2, { to: [], bcc })] as const
      yield* Letters.isAccepted(yield* send(all[0]), all[0], "bob@example.org", "carol@hidden.example")
      yield* Letters.isAccepted(yield* send(all[1]), all[1], "carol@hidden.example")
      for (const { bytes } of yield* bench.delivered ?? Effect.succeed([])) {
        const betrayed = new TextDecoder().decode(bytes).split("\r\n").filter((line) => /^bcc|hidden/i.test(line))
        yield* same("lines that tell of Bcc", [], betrayed)
      }
      yield* hasDeliveredAll(bench, all)
    })
}

/** Runs a use of a session, and looks that one was opened for it and is closed after it. */
const once = (bench: Bench.Bench, use: Body): Body =>
  Effect.gen(function*() {
    yield* use
    yield* hasOpened(bench, 1)
    yield* hasClosed(bench)
  })

const connectOnce = (name: string, use: (connection: MailBackend.MailConnection, bench: Bench.Bench) => Body) => ({
  name,
  needs: ["sessions"],
  body: (bench: Bench.Bench): Body =>
    once(
      bench,
      Effect.scoped(Effect.gen(function*() {
        const connection = yield* succeeds("connecting", bench.backend.connect)
        yield* hasOpened(bench, 1)
        yield* use(connection, bench)
      }))
    )
} satisfies Promised)

const connectAndSend = connectOnce(
  "opens a connection once and closes it once when all is sent",
  (connection) => Effect.forEach(letters(3), (message) => succeeds("sending", connection.send(message)))
)

const connectAndNothing = connectOnce("opens a connection once and closes it once when nothing is sent", () => Effect.void)

const connectAndFail = connectOnce(
  "keeps a connection after a message that was refused before it went out",
  (connection) =>
    Effect.gen(function*() {
      yield* succeeds("sending", connection.send(letter(1)))
      const wrong = connection.send(letter(2, { subject: injection }))
      yield* Bench.failsWith("an injection through the subject", "BadHeaderError", wrong)
      yield* succeeds("sending", connection.send(letter(3)))
    })
)

const closesWhenInterrupted: Promised = {
  name: "opens a connection once and closes it once when its user fails or is interrupted",
  needs: ["sessions"],
  body: (bench) =>
    Effect.gen(function*() {
      const connected = yield* Deferred.make<void>()
      const user = yield* Effect.fork(Effect.scoped(Effect.gen(function*() {
        yield* bench.backend.connect
        yield* Deferred.succeed(connected, undefined)
        return yield* Effect.never
      })))
      yield* Effect.raceFirst(Deferred.await(connected), Effect.ignore(Fiber.join(user)))
      yield* once(bench, Effect.asVoid(Fiber.interrupt(user)))
      yield* Effect.exit(Effect.scoped(Effect.zipRight(bench.backend.connect, Effect.fail("on purpose"))))
      yield* hasClosed(bench)
    })
}

const session: Promised = {
  name: "sends everything in a `Mail.session` over one connection",
  needs: [],
  body: (bench) =>
    Effect.gen(function*() {
      const all = letters(4)
      const use = Effect.zipRight(
        Effect.forEach(all.slice(0, 2), (message) => Mail.send(message)),
        Mail.sendMassMail(all.slice(2))
      )
      yield* once(bench, Effect.asVoid(succeeds("sending in a session", Mail.session(use))))
      yield* hasDelivered(bench, ...all)
    })
}

const batchOnce: Promised = {
  name: "opens one connection for a batch, or as many as it may use",
  needs: ["sessions"],
  body: (bench) =>
    Effect.gen(function*() {
      yield* once(bench, Effect.asVoid(Mail.sendAll(letters(3))))
      yield* Mail.sendAll(letters(6), { concurrency: 2 })
      yield* hasClosed(bench)
      const opened = bench.sessions === undefined ? 0 : (yield* bench.sessions).opened
      yield* Bench.atMost("sessions opened by a batch that may use two, beside the first one", 2, opened - 1)
    })
}

const interrupted: Promised = {
  name: "delivers nothing of a message whose delivery is interrupted, and goes on",
  needs: ["delivered"],
  body: (bench) =>
    Effect.gen(function*() {
      const held = yield* Letters.held
      const sender = yield* Effect.fork(Mail.send(letter(1, held.options)))
      yield* held.reached(sender)
      yield* Fiber.interrupt(sender)
      yield* hasDelivered(bench)
      yield* hasClosed(bench)
      yield* send(letter(2))
      yield* hasDelivered(bench, letter(2))
    })
}

const interruptedOnConnection: Promised = {
  name: "goes on over a connection on which a delivery was interrupted",
  needs: ["delivered"],
  body: (bench) =>
    Effect.scoped(Effect.gen(function*() {
      const held = yield* Letters.held
      const connection = yield* succeeds("connecting", bench.backend.connect)
      const sender = yield* Effect.fork(connection.send(letter(1, held.options)))
      yield* held.reached(sender)
      yield* Fiber.interrupt(sender)
      yield* succeeds("sending", connection.send(letter(2)))
      yield* hasDelivered(bench, letter(2))
    }))
}

const interruptedBatch: Promised = {
  name: "ends a batch that is interrupted: what is out is out, and the rest is not taken",
  needs: ["delivered"],
  body: (bench) =>
    Effect.gen(function*() {
      const { held, iterate, seen } = yield* source
      const sender = yield* Effect.fork(Mail.sendAll(iterate()))
      yield* held.reached(sender)
      yield* Fiber.interrupt(sender)
      yield* same("whether the iterator was told that it is over", true, seen.isEnded)
      yield* Bench.atMost("messages taken", 3, seen.taken)
      yield* hasDelivered(bench, letter(1))
      yield* hasClosed(bench)
      yield* send(letter(3))
      yield* hasDeliveredAll(bench, [letter(1), letter(3)])
    })
}

const concurrently: Promised = {
  name: "keeps messages whole that are sent at the same time",
  needs: [],
  body: (bench) =>
    Effect.gen(function*() {
      const all = letters(12, Letters.streamed(Letters.pages))
      const atOnce = { concurrency: "unbounded" } as const
      yield* Effect.forEach(all.slice(0, 4), send, atOnce)
      const report = yield* Mail.sendAll(all.slice(4, 8), { concurrency: 4 })
      yield* same(
        "the messages of the entries",
        all.slice(4, 8).map(({ subject }) => `Sent ${subject}`),
        report.entries.map((entry) => `${entry._tag} ${entry.message.subject}`)
      )
      yield* Effect.scoped(Effect.flatMap(succeeds("connecting", bench.backend.connect), (connection) =>
        Effect.forEach(all.slice(8), (message) => succeeds("sending", connection.send(message)), atOnce)))
      yield* hasDeliveredAll(bench, all)
    })
}

const streams: Promised = {
  name: "delivers an attachment that is a stream, and runs it anew each time",
  needs: ["delivered"],
  body: (bench) =>
    Effect.gen(function*() {
      const message = letter(1, Letters.streamed(Letters.pages))
      yield* send(message)
      yield* send(message)
      yield* hasDelivered(bench, message, message)
    })
}

const failing: Promised = {
  name: "delivers nothing of a message whose attachment fails, and goes on",
  needs: ["delivered"],
  body: (bench) =>
    Effect.gen(function*() {
      const options = Letters.streamed(Stream.concat(Letters.pages, Stream.fail("a page is missing")))
      yield* Bench.failsWith("an attachment that fails", "AttachmentError", Mail.send(letter(1, options)))
      yield* hasDelivered(bench)
      yield* hasClosed(bench)
      const report = yield* Mail.sendAll([letter(2), letter(3, options), letter(4)])
      yield* same("the entries of the report", ["Sent", "AttachmentError", "Sent"], tags(report))
      yield* hasDeliveredAll(bench, [letter(2), letter(4)])
    })
}

const partial: Promised = {
  name: "does not let a message that cannot be sent hold up the others",
  needs: [],
  body: (bench) =>
    Effect.gen(function*() {
      const wrong = letter(2, { subject: injection })
      const error = yield* Effect.flip(Mail.sendMassMail([letter(1), wrong, letter(3)])).pipe(
        Effect.mapError((count) => ({
          detail: "`sendMassMail`",
          expected: "MassMailError",
          actual: `${count} messages counted`
        }))
      )
      yield* same("the entries of the report", ["Sent", "BadHeaderError", "Sent"], tags(error.report))
      yield* same("messages counted", 2, BatchReport.sentCount(error.report))
      yield* hasOpened(bench, 1)
      yield* hasDelivered(bench, letter(1), letter(3))
    })
}

const byName: Promised = {
  name: "reports the name under which it was chosen",
  needs: [],
  body: (bench) =>
    Effect.gen(function*() {
      const mailers = Mailers.layer({ contract: Layer.succeed(MailBackend.MailBackend, bench.backend) })
      const chosen = Mail.send(letter(1)).pipe(Mail.using("contract"), Effect.provide(mailers))
      const { mailer } = yield* succeeds("sending", chosen)
      yield* same("the mailer of the report", "contract", Option.getOrNull(mailer))
      yield* same("the mailer of a report without a choice", null, Option.getOrNull((yield* send(letter(2))).mailer))
    })
}

/**
 * @internal
 */
export const all: ReadonlyArray<Promised> = [
  oneMessage,
  oneForMany,
  unicode,
  inOrder,
  lazyIterable,
  lazyStream,
  nothing,
  nobody,
  headerSafety,
  addressSafety,
  hidden,
  connectAndSend,
  connectAndNothing,
  connectAndFail,
  closesWhenInterrupted,
  session,
  batchOnce,
  interrupted,
  interruptedOnConnection,
  interruptedBatch,
  concurrently,
  streams,
  failing,
  partial,
  byName
]
