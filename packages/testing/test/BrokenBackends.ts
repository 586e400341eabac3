/**
 * A backend that keeps every promise of the contract, and others that break one each.
 */
import type { BatchReport, MailError, Outgoing } from "@effect-mail/core"
import { MailBackend, Message, Mime } from "@effect-mail/core"
import type { BackendContract } from "@effect-mail/testing"
import type { Duration, Scope } from "effect"
import { Chunk, Context, Effect, Layer, Option, Stream } from "effect"

/** Where the messages of a backend go, and what its sessions do. */
interface Office {
  readonly delivered: Array<BackendContract.Delivered>
  readonly sessions: { opened: number; open: number }
}

class TestOffice extends Context.Tag("test/Office")<TestOffice, Office>() {}

type Deliver = MailBackend.MailSession["deliver"]
type Build = (office: Office) => MailBackend.Service

const subject = (build: Build) => ({
  layer: Layer.effectContext(Effect.sync(() => {
    const office: Office = { delivered: [], sessions: { opened: 0, open: 0 } }
    return Context.make(TestOffice, office).pipe(Context.add(MailBackend.MailBackend, build(office)))
  })),
  delivered: Effect.map(TestOffice, ({ delivered }) => delivered),
  sessions: Effect.map(TestOffice, ({ sessions }) => sessions),
  // These run beside many others.
  timeLimit: "20 seconds" as Duration.DurationInput
})

type Subject = ReturnType<typeof subject>

const enter = ({ sessions }: Office) =>
  Effect.sync(() => {
    sessions.opened++
    sessions.open++
  })

const leave = ({ sessions }: Office) => Effect.sync(() => void sessions.open--)

const attend = (office: Office): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(enter(office), () => leave(office))

const put = (
  office: Office,
  outgoing: Outgoing.Outgoing,
  chunks: Iterable<Uint8Array>,
  to = outgoing.envelope.to
): MailBackend.Delivery => {
  office.delivered.push({ bytes: Buffer.concat(Array.from(chunks)), envelope: { from: outgoing.envelope.from, to } })
  return MailBackend.acceptAll(outgoing)
}

const collect = (
  office: Office,
  outgoing: Outgoing.Outgoing,
  bytes: Stream.Stream<Uint8Array, MailError.BackendError>
) => Effect.map(Stream.runCollect(bytes), (chunks) => put(office, outgoing, Chunk.toReadonlyArray(chunks)))

const deliverWhole = (office: Office): Deliver => (outgoing) => collect(office, outgoing, Mime.stream(outgoing))

/** Delivers rendered messages in some wrong way. */
const rendering =
  (wrongly: (office: Office, outgoing: Outgoing.Outgoing, bytes: Uint8Array) => MailBackend.Delivery) =>
  (office: Office): Deliver =>
  (outgoing) => Effect.map(Mime.render(outgoing), (bytes) => wrongly(office, outgoing, bytes))

interface Parts {
  readonly open?: (office: Office) => Effect.Effect<void, never, Scope.Scope>
  readonly deliver?: (office: Office) => Deliver
}

const made = ({ deliver = deliverWhole, open = attend }: Parts): Build => (office) =>
  MailBackend.make({ name: "test", open: Effect.as(open(office), { deliver: deliver(office) }) })

/** A sound backend whose service was changed by hand. */
const changed =
  (change: (service: MailBackend.Service, office: Office) => Partial<MailBackend.Service>): Build => (office) => {
    const service = made({})(office)
    return { ...service, ...change(service, office) }
  }

export const sound: Subject = subject(made({}))

const interleaving = (office: Office): Deliver => {
  let written: Array<Uint8Array> = []
  const write = (chunk: Uint8Array) => Effect.sync(() => void written.push(chunk))
  return (outgoing) =>
    Effect.map(Stream.runForEach(Mime.stream(outgoing), write), () => {
      const chunks = written
      written = []
      return put(office, outgoing, chunks)
    })
}

const keepingHalves = (office: Office): Deliver => (outgoing) =>
  Effect.suspend(() => {
    const written: Array<Uint8Array> = []
    return Stream.runForEach(Mime.stream(outgoing), (chunk) => Effect.sync(() => void written.push(chunk))).pipe(
      Effect.onExit(() => Effect.sync(() => put(office, outgoing, written))),
      Effect.as(MailBackend.acceptAll(outgoing))
    )
  })

const stayingLocked = (office: Office): Deliver => {
  const lock = Effect.unsafeMakeSemaphore(1)
  return (outgoing) => Effect.zipLeft(Effect.zipRight(lock.take(1), deliverWhole(office)(outgoing)), lock.release(1))
}

/** A stream of attachments is read once, and what was read is given again. */
const rememberingStreams = (office: Office): Deliver => {
  const seen = new Map<string, Uint8Array>()
  return (outgoing) => {
    const first = seen.get(outgoing.messageId)
    if (first !== undefined) return Effect.sync(() => put(office, outgoing, [first.subarray(0, 1000)]))
    return Effect.map(Mime.render(outgoing), (bytes) => {
      seen.set(outgoing.messageId, bytes)
      return put(office, outgoing, [bytes])
    })
  }
}

const stoppingAtFailure = changed(({ send }) => ({
  sendAll: (messages) =>
    Effect.gen(function*() {
      const entries: Array<BatchReport.Entry> = []
      for (const message of messages) {
        const entry = entries.some(({ _tag }) => _tag === "Failed")
          ? { _tag: "NotTried" as const, message }
          : yield* Effect.match(send(message), {
            onFailure: (error) => ({ _tag: "Failed" as const, message, error }),
            onSuccess: (report) => ({ _tag: "Sent" as const, message, report })
          })
        entries.push(entry)
      }
      return { entries }
    })
}))

export interface Unsound {
  readonly fault: string
  readonly subject: Subject
  /** The promise that it breaks, and what is seen of that. */
  readonly promise: string
  readonly detail: string
}

const unsound = (
  fault: string,
  build: Build,
  promise: string,
  detail: string,
  options: Partial<Subject> = {}
): Unsound => ({ fault, subject: { ...subject(build), ...options }, promise, detail })

const oneMessage = "delivers a message as it is rendered, and reports its recipient as accepted"
const severalRecipients = "delivers one message to several recipients, and counts it once"
const unicode = "keeps Unicode in the subject, in names, in the text and in names of files"
const inOrder = "delivers a list, an iterator and a stream in order, and counts what it delivered"
const lazily = "takes messages from an iterable only as they can be sent"
const lazilyFromStream = "takes messages from a stream only as they can be sent"
const nothing = "opens nothing where there is nothing to send"
const nobody = "checks a message without recipients, and opens nothing for it"
const headers = "refuses line breaks and control characters in every header before it opens anything"
const addresses = "refuses what is not one address before it opens anything"
const bcc = "delivers to Bcc recipients, and names them in no message"
const connectOnce = "opens a connection once and closes it once when all is sent"
const connectAndNothing = "opens a connection once and closes it once when nothing is sent"
const connectAndFail = "keeps a connection after a message that was refused before it went out"
const interruptedUser = "opens a connection once and closes it once when its user fails or is interrupted"
const session = "sends everything in a `Mail.session` over one connection"
const batch = "opens one connection for a batch, or as many as it may use"
const interrupted = "delivers nothing of a message whose delivery is interrupted, and goes on"
const interruptedOnConnection = "goes on over a connection on which a delivery was interrupted"
const interruptedBatch = "ends a batch that is interrupted: what is out is out, and the rest is not taken"
const concurrently = "keeps messages whole that are sent at the same time"
const streams = "delivers an attachment that is a stream, and runs it again each time"
const failing = "delivers nothing of a message whose attachment fails, and goes on"
const partial = "does not let a message that cannot be sent hold up the others"
const byName = "reports the name under which it was chosen"

export const backends: ReadonlyArray<Unsound> = [
  unsound(
    "drops messages",
    made({ deliver: () => (outgoing) => Effect.succeed(MailBackend.acceptAll(outgoing)) }),
    oneMessage,
    "number of messages delivered"
  ),
  unsound(
    "reports on nobody",
    made({ deliver: (office) => (outgoing) => Effect.as(deliverWhole(office)(outgoing), { recipients: [] }) }),
    oneMessage,
    "the recipients of the report"
  ),
  unsound(
    "sends as many messages as there are recipients",
    made({
      deliver: rendering((office, outgoing, bytes) => {
        outgoing.envelope.to.forEach((recipient) => put(office, outgoing, [bytes], [recipient]))
        return MailBackend.acceptAll(outgoing)
      })
    }),
    severalRecipients,
    "number of messages delivered"
  ),
  unsound(
    "knows ASCII only",
    made({
      deliver: rendering((office, outgoing, bytes) =>
        put(office, outgoing, [bytes.filter((octet) => octet < 128 && octet !== 0x3d)])
      )
    }),
    unicode,
    "message 1 of those delivered"
  ),
  unsound(
    "loses the order",
    made({
      deliver: rendering((office, outgoing, bytes) => {
        const delivery = put(office, outgoing, [bytes])
        office.delivered.reverse()
        return delivery
      })
    }),
    inOrder,
    "message 1 of those delivered"
  ),
  unsound(
    "dies",
    made({ deliver: () => () => Effect.dieMessage("a bug") }),
    inOrder,
    "an unforeseen defect"
  ),
  unsound(
    "takes all messages at once",
    changed(({ sendAll }) => ({ sendAll: (messages, options) => sendAll(Array.from(messages), options) })),
    lazily,
    "messages taken while the second one is on its way"
  ),
  unsound(
    "answers before it has delivered",
    made({
      deliver: (office) => (outgoing) =>
        Effect.as(Effect.forkDaemon(deliverWhole(office)(outgoing)), MailBackend.acceptAll(outgoing))
    }),
    lazilyFromStream,
    "messages taken while the second one is on its way"
  ),
  unsound(
    "opens eagerly for a batch",
    changed(({ sendAll }, office) => ({
      sendAll: (messages, options) => Effect.scoped(Effect.zipRight(attend(office), sendAll(messages, options)))
    })),
    nothing,
    "sessions opened"
  ),
  unsound(
    "opens eagerly for a message",
    changed(({ send }, office) => ({
      send: (message) => Effect.scoped(Effect.zipRight(attend(office), send(message)))
    })),
    nobody,
    "sessions opened"
  ),
  unsound(
    "mends subjects instead of refusing them",
    changed(({ send }) => ({
      send: (message) => send(Message.subject(message, message.subject.replaceAll(/[\r\n\0]+/g, " ")))
    })),
    headers,
    "an injection through the subject"
  ),
  unsound(
    "leaves out addresses that are wrong",
    changed(({ send }) => ({
      send: (message) => send(Message.make({ from: "ada@example.com", to: "bob@example.org", text: message.subject }))
    })),
    addresses,
    "eve@other.com@example.net in to"
  ),
  unsound(
    "writes Bcc",
    made({
      deliver: rendering((office, outgoing, bytes) =>
        put(office, outgoing, [
          Buffer.from(outgoing.message.bcc.map((address) => `Bcc: ${String(address)}\r\n`).join("")),
          bytes
        ])
      )
    }),
    bcc,
    "lines that tell of Bcc"
  ),
  unsound(
    "delivers only to those that the header names",
    made({
      deliver: rendering((office, outgoing, bytes) =>
        put(office, outgoing, [bytes], outgoing.envelope.to.filter((recipient) => !recipient.includes("hidden")))
      )
    }),
    bcc,
    "message 1 of those delivered"
  ),
  unsound("leaks its sessions", made({ open: enter }), connectOnce, "sessions still open"),
  unsound(
    "closes its sessions twice",
    made({ open: (office) => Effect.zipRight(attend(office), Effect.addFinalizer(() => leave(office))) }),
    connectAndNothing,
    "sessions still open"
  ),
  unsound(
    "opens a connection only when something is sent",
    changed((service) => ({ connect: Effect.succeed({ send: service.send }) })),
    connectAndNothing,
    "sessions opened"
  ),
  unsound(
    "makes a connection anew after each failure",
    changed(({ connect }, office) => ({
      connect: Effect.map(connect, ({ send }) => ({
        send: (message) => Effect.tapError(send(message), () => Effect.scoped(attend(office)))
      }))
    })),
    connectAndFail,
    "sessions opened"
  ),
  unsound(
    "closes its sessions after a success only",
    made({
      open: (office) =>
        Effect.acquireReleaseInterruptible(
          enter(office),
          (exit) => exit._tag === "Success" ? leave(office) : Effect.void
        )
    }),
    interruptedUser,
    "sessions still open"
  ),
  unsound(
    "opens anew for each message",
    made({
      deliver: (office) => (outgoing) => Effect.scoped(Effect.zipRight(attend(office), deliverWhole(office)(outgoing)))
    }),
    session,
    "sessions opened"
  ),
  unsound(
    "sends a batch message by message",
    changed(({ send, sendAll }) => ({
      sendAll: (messages) =>
        sendAll([]).pipe(
          Effect.zipRight(Effect.forEach(messages, (message) =>
            Effect.match(send(message), {
              onFailure: (error) => ({ _tag: "Failed" as const, message, error }),
              onSuccess: (report) => ({ _tag: "Sent" as const, message, report })
            }))),
          Effect.map((entries) => ({ entries }))
        )
    })),
    batch,
    "sessions opened"
  ),
  unsound(
    "keeps the half of a message that was interrupted",
    made({ deliver: keepingHalves }),
    interrupted,
    "number of messages delivered"
  ),
  unsound(
    "cannot be interrupted",
    made({ deliver: (office) => (outgoing) => Effect.uninterruptible(deliverWhole(office)(outgoing)) }),
    interrupted,
    "the time it takes",
    { timeLimit: "200 millis" }
  ),
  unsound(
    "stays locked after an interruption",
    made({ deliver: stayingLocked }),
    interruptedOnConnection,
    "the time it takes",
    { timeLimit: "200 millis" }
  ),
  unsound(
    "goes on with a batch behind the back of who interrupted it",
    changed(({ sendAll }) => ({
      sendAll: (messages, options) => Effect.disconnect(Effect.uninterruptible(sendAll(messages, options)))
    })),
    interruptedBatch,
    "whether the iterator was told that it is over"
  ),
  unsound("interleaves", made({ deliver: interleaving }), concurrently, "message 1 of those delivered"),
  unsound("runs a stream only once", made({ deliver: rememberingStreams }), streams, "message 2 of those delivered"),
  unsound(
    "swallows a stream that fails",
    made({
      deliver: (office) => (outgoing) =>
        collect(office, outgoing, Stream.catchAll(Mime.stream(outgoing), () => Stream.empty))
    }),
    failing,
    "an attachment that fails"
  ),
  unsound("stops a batch at a failure", stoppingAtFailure, partial, "the entries of the report"),
  unsound(
    "forgets its name",
    changed(({ send }) => ({
      send: (message) => Effect.map(send(message), (report) => ({ ...report, mailer: Option.none() }))
    })),
    byName,
    "the mailer of the report"
  )
]
