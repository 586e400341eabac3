/**
 * Many messages over a few connections to a server that fails now and then, and the books of what became of them.
 */
import { Smtp } from "@effect-mail/backends"
import { Message } from "@effect-mail/core"
import { ScriptedSmtpServer, SmtpScript } from "@effect-mail/testing"
import { Duration, Effect, Random } from "effect"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { classOf, type Outcome } from "../faults/Outcome.js"

const { accept, dropAfter, fin, on, reply, rst, send, wait } = SmtpScript

/** One message in a hundred meets one of these. */
const faults: ReadonlyArray<SmtpScript.Rule> = [
  dropAfter({ event: "connect", chance: 0.02 }),
  on({ event: "EHLO", chance: 0.02 }, reply(421, "4.3.2 closing"), fin),
  on({ event: "MAIL", chance: 0.0015 }, reply(421, "4.3.2 closing"), fin),
  on({ event: "MAIL", chance: 0.001 }, reply(451, "4.3.0 later")),
  on({ event: "RCPT", chance: 0.0005 }, reply(550, "5.1.1 no such user")),
  on({ event: "DATA", chance: 0.001 }, rst),
  on({ event: "BODY", chance: 0.001 }, rst),
  on({ event: "DOT", chance: 0.001 }, reply(451, "4.3.0 later")),
  on({ event: "DOT", chance: 0.0005 }, reply(550, "5.7.1 no")),
  on({ event: "DOT", chance: 0.001 }, rst),
  on({ event: "DOT", chance: 0.001 }, accept, rst),
  on({ event: "DOT", chance: 0.0005 }, accept, send("250 2.0.0 tak"), fin),
  on({ event: "DOT", chance: 0.0002 }, accept, wait("1 hour")),
  on({ event: "RSET", chance: 0.0005 }, rst)
]

const connections = 5
const batchSize = 1000

const sent = 1
const unknown = 2
const notSent = 3

const fateOf = (outcome: Outcome): number => {
  switch (classOf(outcome)) {
    case "success":
    case "partial":
      return sent
    case "ambiguous":
      return unknown
    default:
      return notSent
  }
}

export interface Reading {
  readonly messages: number
  readonly heapMiB: number
  readonly rssMiB: number
  readonly handles: number
}

export interface Figures {
  readonly messages: number
  readonly seconds: number
  readonly reportedSent: number
  readonly reportedUnknown: number
  readonly reportedNotSent: number
  readonly accepted: number
  readonly acceptedUnknown: number
  readonly connections: number
  /** What must not be: messages of which the server tells something else than the report. */
  readonly lost: number
  readonly doubled: number
  readonly deniedButAccepted: number
  readonly readings: ReadonlyArray<Reading>
}

setFlagsFromString("--expose-gc")
export const collectGarbage: () => void = runInNewContext("gc")

const toMiB = (octets: number): number => Math.round(octets / 104857.6) / 10

const read = (messages: number): Effect.Effect<Reading> =>
  Effect.sync(() => {
    collectGarbage()
    const { heapUsed, rss } = process.memoryUsage()
    return {
      messages,
      heapMiB: toMiB(heapUsed),
      rssMiB: toMiB(rss),
      handles: process.getActiveResourcesInfo().filter((name) => name !== "Immediate").length
    }
  })

const messageOf = (n: number): Message.Message =>
  Message.make({
    from: "ada@example.com",
    to: ["bob@example.com", "eva@example.com"],
    subject: `soak ${n}`,
    text: "The quick brown fox jumps over the lazy dog.\r\n".repeat(20)
  })

const numberOf = ({ bytes }: ScriptedSmtpServer.Received): number =>
  Number(/\r\nSubject: soak ([0-9]+)\r\n/.exec(Buffer.from(bytes).toString("latin1"))?.[1])

/** Sends so many messages, and counts what was reported and what the server has. */
export const run = (messages: number, seed: number): Effect.Effect<Figures> =>
  Effect.scoped(Effect.gen(function*() {
    const fates = new Uint8Array(messages)
    const copies = new Uint8Array(messages)
    const readings: Array<Reading> = []
    const server = yield* Effect.withRandom(
      ScriptedSmtpServer.make(SmtpScript.make({ rules: faults })),
      Random.make(seed)
    )
    const backend = yield* Effect.orDie(Smtp.make({
      host: server.host,
      port: server.port,
      tls: "none",
      timeouts: { connect: "5 seconds", greeting: "5 seconds", command: "5 seconds", reply: "1 second" },
      pool: { maxConnections: connections }
    }))

    const sendOne = (n: number) =>
      Effect.map(Effect.exit(backend.send(messageOf(n))), (outcome) => {
        fates[n] = fateOf(outcome)
      })
    const batch = (from: number) =>
      Effect.gen(function*() {
        const to = Math.min(messages, from + batchSize)
        yield* Effect.forEach(
          Array.from({ length: to - from }, (_, i) => from + i),
          sendOne,
          { concurrency: 2 * connections, discard: true }
        )
        for (const entry of (yield* server.ledger).accepted) {
          copies[numberOf(entry)] = (copies[numberOf(entry)] ?? 0) + 1
        }
        yield* server.clear
        if (to === messages || Math.floor(10 * to / messages) > Math.floor(10 * from / messages)) {
          readings.push(yield* read(to))
        }
      })

    const starts = Array.from({ length: Math.ceil(messages / batchSize) }, (_, i) => i * batchSize)
    const [took] = yield* Effect.timed(Effect.forEach(starts, batch, { discard: true }))

    const count = (isSo: (fate: number, copies: number) => boolean): number =>
      fates.reduce((sum, fate, n) => isSo(fate, copies[n] ?? 0) ? sum + 1 : sum, 0)
    return {
      messages,
      seconds: Math.round(Duration.toSeconds(took)),
      reportedSent: count((fate) => fate === sent),
      reportedUnknown: count((fate) => fate === unknown),
      reportedNotSent: count((fate) => fate === notSent),
      accepted: copies.reduce((a, b) => a + b, 0),
      acceptedUnknown: count((fate, copies) => fate === unknown && copies > 0),
      connections: (yield* server.ledger).connections,
      lost: count((fate, copies) => fate === sent && copies === 0),
      doubled: count((_, copies) => copies > 1),
      deniedButAccepted: count((fate, copies) => fate === notSent && copies > 0),
      readings
    }
  }))
