import type { Smtp } from "@effect-mail/backends"
import { Attachment, type BatchReport, Mail, type MailBackend, Message } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Exit, Fiber, Stream } from "effect"
import { nameOf } from "./faults/Outcome.js"
import * as SegmentServer from "./support/SegmentServer.js"

const numbered = (n: number): Message.Message =>
  Message.make({ from: "ada@example.com", to: `bob-${n}@example.com`, subject: `message ${n}`, text: "Hello, Bob" })

const messages = (count: number): ReadonlyArray<Message.Message> =>
  Array.from({ length: count }, (_, i) => numbered(i + 1))

const oneConnection = { maxConnections: 1 }

const endAndEnvelope = /\r\n\.\r\nMAIL FROM:<ada@example\.com>/

/** How many envelopes arrived together with the end of the message in front of them. */
const shared = ({ segments }: SegmentServer.SegmentServer): number =>
  segments.filter((text) => endAndEnvelope.test(text)).length

const subjects = ({ accepted }: SegmentServer.SegmentServer): ReadonlyArray<string> =>
  accepted.map(({ subject }) => subject).sort()

const names = ({ entries }: BatchReport.BatchReport): ReadonlyArray<string> =>
  entries.map((entry) => entry._tag === "Failed" ? nameOf(Exit.fail(entry.error)) : entry._tag)

type Way = (messages: ReadonlyArray<Message.Message>) => Effect.Effect<unknown, unknown, MailBackend.MailBackend>

const ways: Readonly<Record<string, Way>> = {
  "sendAll": (messages) => Mail.sendAll(messages),
  "sendStream": (messages) => Stream.runDrain(Mail.sendStream(Stream.fromIterable(messages))),
  "send from many fibers": (messages) => Effect.forEach(messages, Mail.send, { concurrency: "unbounded" }),
  "send from many fibers of one session": (messages) =>
    Mail.session(Effect.forEach(messages, Mail.send, { concurrency: "unbounded" }))
}

describe("The envelope of the next message", () => {
  for (const [name, way] of Object.entries(ways)) {
    it.scopedLive(`comes together with the end of the one before: ${name}`, () =>
      Effect.gen(function*() {
        const server = yield* SegmentServer.make()
        yield* Effect.provide(way(messages(10)), server.layer({ pool: oneConnection }))
        assert.strictEqual(server.connections, 1)
        assert.strictEqual(shared(server), 9)
        assert.deepStrictEqual(subjects(server), messages(10).map(({ subject }) => subject ?? "").sort())
      }))

    for (const pipelining of ["envelope", "none"] as const) {
      it.scopedLive(`waits for the answer: ${name}, pipelining ${pipelining}`, () =>
        Effect.gen(function*() {
          const server = yield* SegmentServer.make()
          yield* Effect.provide(way(messages(4)), server.layer({ pool: oneConnection, pipelining }))
          assert.strictEqual(shared(server), 0)
          assert.strictEqual(server.accepted.length, 4)
          const envelopes = server.segments.filter((text) => text.includes("MAIL FROM"))
          assert.strictEqual(envelopes.every((text) => text.includes("RCPT TO")), pipelining === "envelope")
        }))
    }
  }

  it.scopedLive("comes behind a message that streams, and that of one that streams waits", () =>
    Effect.gen(function*() {
      const server = yield* SegmentServer.make()
      const streamed = Message.attach(numbered(2), Attachment.stream(Stream.make(new Uint8Array(1000))))
      yield* Effect.provide(
        Mail.sendAll([numbered(1), streamed, numbered(3)]),
        server.layer({ pool: oneConnection })
      )
      const behind = server.segments.filter((text) => endAndEnvelope.test(text))
      assert.deepStrictEqual(behind.map((text) => /RCPT TO:<(.*)>/.exec(text)?.[1]), ["bob-3@example.com"])
      assert.deepStrictEqual(subjects(server), ["message 1", "message 2", "message 3"])
    }))
})

interface Case {
  readonly what: string
  readonly rules: ReadonlyArray<SegmentServer.Rule>
  readonly outcomes: ReadonlyArray<string>
  readonly connections: number
}

const sent = "Sent"
const unknown = "OutcomeUnknownError"

const at = (
  on: SegmentServer.Event,
  nth: number,
  deed: SegmentServer.Deed,
  outcomes: ReadonlyArray<string>,
  connections: number
): Case => ({ what: `${deed} at ${on} ${nth}`, rules: [{ on, nth, deed }], outcomes, connections })

const envelopeEvents = ["MAIL", "RCPT", "DATA"] as const

/** What befalls one of two messages that share a write. */
const cases: ReadonlyArray<Case> = [
  at("message", 1, "lose", [unknown, sent, sent], 2),
  at("message", 1, "acceptAndLose", [unknown, sent, sent], 2),
  at("message", 1, "hang", [unknown, sent, sent], 2),
  at("message", 1, "421 4.3.2 closing", ["RejectedError message", sent, sent], 2),
  at("message", 1, "451 4.3.0 later", ["RejectedError message", sent, sent], 1),
  at("message", 1, "550 5.7.1 no", ["RejectedError message", sent, sent], 1),
  at("message", 1, "354 go on", [unknown, sent, sent], 2),
  at("message", 2, "lose", [sent, unknown, sent], 2),
  at("message", 2, "550 5.7.1 no", [sent, "RejectedError message", sent], 1),
  ...envelopeEvents.flatMap((event) => [
    at(event, 2, "lose", [sent, sent, sent], 2),
    at(event, 2, "hang", [sent, sent, sent], 2),
    at(event, 2, "421 4.3.2 closing", [sent, sent, sent], 2),
    at(event, 2, "450 4.2.0 later", [sent, `RejectedError ${event}`, sent], 1),
    at(event, 2, "550 5.7.1 no", [sent, `RejectedError ${event}`, sent], 1)
  ]),
  at("DATA", 2, "250 2.0.0 ok", [sent, sent, sent], 2),
  ...[500, 502, 503].map((code): Case => ({
    what: `${code} to the envelope written ahead`,
    rules: envelopeEvents.map((on) => ({ on, nth: 2, deed: `${code} 5.5.1 not now` })),
    outcomes: [sent, sent, sent],
    connections: 1
  })),
  {
    what: "354 behind a sender that was refused",
    rules: [{ on: "MAIL", nth: 2, deed: "550 5.7.1 no" }, { on: "DATA", nth: 2, deed: "354 go on" }],
    outcomes: [sent, "RejectedError MAIL", sent],
    connections: 2
  },
  {
    what: "354 behind a recipient that was refused",
    rules: [{ on: "RCPT", nth: 2, deed: "550 5.1.1 no" }, { on: "DATA", nth: 2, deed: "354 go on" }],
    outcomes: [sent, "RejectedError RCPT", sent],
    connections: 1
  }
]

/** A reply that is meant to be late is so by the limit; what comes in time on a busy machine must not be late. */
const limitsOf = (rules: ReadonlyArray<SegmentServer.Rule>): Smtp.Timeouts =>
  rules.some(({ deed }) => deed === "hang") ? { command: "500 millis", reply: "500 millis" } : {}

/** Whether the server has what was reported sent once, and nothing else but what is unknown. */
const assertTrue = (server: SegmentServer.SegmentServer, outcomes: ReadonlyArray<string>): void => {
  for (const [i, outcome] of outcomes.entries()) {
    const copies = server.accepted.filter(({ subject }) => subject === `message ${i + 1}`).length
    if (outcome === unknown) assert.isAtMost(copies, 1, `message ${i + 1}`)
    else assert.strictEqual(copies, outcome === sent ? 1 : 0, `message ${i + 1}`)
  }
}

describe("Where two messages share a write", () => {
  for (const { connections, outcomes, rules, what } of cases) {
    it.scopedLive(`each has its own outcome: ${what}`, () =>
      Effect.gen(function*() {
        const server = yield* SegmentServer.make(rules)
        const report = yield* Effect.provide(
          Mail.sendAll(messages(3)),
          server.layer({ pool: oneConnection, timeouts: limitsOf(rules) })
        )
        assert.isAbove(shared(server), 0)
        assert.deepStrictEqual(names(report), outcomes)
        assert.strictEqual(server.connections, connections)
        assertTrue(server, outcomes)
      }))

    it.scopedLive(`from many fibers too: ${what}`, () =>
      Effect.gen(function*() {
        const server = yield* SegmentServer.make(rules.map((rule) => ({ ...rule, nth: rule.nth + 1 })))
        const sending = Effect.forEach(messages(3), (message) => Effect.exit(Mail.send(message)), {
          concurrency: "unbounded"
        })
        const exits = yield* Effect.provide(
          Effect.zipRight(Mail.send(numbered(0)), sending),
          server.layer({ pool: oneConnection, timeouts: limitsOf(rules) })
        )
        const came = exits.map((exit) => Exit.isSuccess(exit) ? sent : nameOf(exit))
        assert.isAbove(shared(server), 0)
        assert.deepStrictEqual(came, outcomes)
        assertTrue(server, outcomes)
      }))
  }
})

describe("A fiber that is interrupted while its envelope is out", () => {
  for (const [deed, first] of [["hold", sent], ["hold", "interrupted"]] as const) {
    it.scopedLive(`sends no empty message, and the one before is ${first}`, () =>
      Effect.gen(function*() {
        const server = yield* SegmentServer.make([{ on: "message", nth: 1, deed }])
        yield* Effect.gen(function*() {
          const one = yield* Effect.fork(Mail.send(numbered(1)))
          yield* server.until(() => server.segments.some((text) => text.includes("RCPT TO:<bob-1@")))
          const two = yield* Effect.fork(Mail.send(numbered(2)))
          yield* server.until(() => shared(server) === 1)
          yield* Fiber.interrupt(two)
          if (first === "interrupted") yield* Fiber.interrupt(one)
          yield* server.release
          const outcome = yield* Fiber.await(one)
          assert.strictEqual(Exit.isSuccess(outcome) ? sent : nameOf(outcome), first)
          yield* server.allClosed
          assert.deepStrictEqual(server.ended, ["message 1"])
          yield* Mail.send(numbered(3))
        }).pipe(Effect.provide(server.layer({ pool: oneConnection })))
        assert.strictEqual(server.connections, 2)
        assert.deepStrictEqual(
          server.accepted.filter(({ connection }) => connection === 2).map(({ subject }) => subject),
          ["message 3"]
        )
      }))
  }
})

describe("Chunks", () => {
  const chunking = { window: 3 }

  it.scopedLive("go out behind each other, as many as the window has room for", () =>
    Effect.gen(function*() {
      const server = yield* SegmentServer.make([{ on: "message", nth: 1, deed: "hold" }])
      const report = yield* Effect.gen(function*() {
        const sending = yield* Effect.fork(Mail.sendAll(messages(6)))
        const out = () => server.segments.join("").split("BDAT ").length - 1
        yield* server.until(() => out() === 3)
        yield* server.release
        const report = yield* Fiber.join(sending)
        assert.strictEqual(out(), 6)
        return report
      }).pipe(Effect.provide(server.layer({ pool: oneConnection, chunking })))
      assert.deepStrictEqual(names(report), Array.from({ length: 6 }, () => sent))
      assert.strictEqual(server.connections, 1)
      assert.strictEqual(server.accepted.length, 6)
      assert.notInclude(server.segments.join(""), "DATA\r\n")
    }))

  const losses: ReadonlyArray<Case> = [
    at("message", 1, "lose", [unknown, unknown, unknown, sent, sent, sent], 2),
    at("message", 1, "acceptAndLose", [unknown, unknown, unknown, sent, sent, sent], 2),
    at("message", 1, "hang", [unknown, unknown, unknown, sent, sent, sent], 2),
    at("message", 1, "421 4.3.2 bye", ["RejectedError message", unknown, unknown, sent, sent, sent], 2),
    at("message", 1, "550 5.7.1 no", ["RejectedError message", sent, sent, sent, sent, sent], 1),
    at("MAIL", 2, "550 5.7.1 no", [sent, "RejectedError MAIL", sent, sent, sent, sent], 1),
    at("RCPT", 2, "550 5.1.1 no", [sent, "RejectedError RCPT", sent, sent, sent, sent], 1)
  ]
  for (const { connections, outcomes, rules, what } of losses) {
    it.scopedLive(`have their own outcomes: ${what}`, () =>
      Effect.gen(function*() {
        const server = yield* SegmentServer.make(rules)
        const report = yield* Effect.provide(
          Mail.sendAll(messages(6)),
          server.layer({ pool: oneConnection, chunking, timeouts: limitsOf(rules) })
        )
        assert.deepStrictEqual(names(report), outcomes)
        assert.strictEqual(server.connections, connections)
        assertTrue(server, outcomes)
      }))
  }

  it.scopedLive("do not go in front of a message that streams", () =>
    Effect.gen(function*() {
      const server = yield* SegmentServer.make()
      const streamed = Message.attach(numbered(2), Attachment.stream(Stream.make(new Uint8Array(1000))))
      const results = yield* Mail.sendStream(Stream.make(numbered(1), streamed, numbered(3))).pipe(
        Stream.runCollect,
        Effect.provide(server.layer({ pool: oneConnection, chunking }))
      )
      assert.deepStrictEqual(names({ entries: Chunk.toReadonlyArray(results) }), [sent, sent, sent])
      assert.deepStrictEqual(server.accepted.map(({ subject }) => subject), ["message 1", "message 2", "message 3"])
      const data = server.segments.filter((text) => text.includes("DATA\r\n"))
      assert.strictEqual(data.length, 1)
      assert.include(data[0], "bob-2@")
      assert.notInclude(data[0], "bob-3@")
    }))
})
