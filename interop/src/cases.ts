/**
 * What was reported is what the mailbox holds: each case sends to a real server, and holds the reports against it.
 */
import { Smtp } from "@effect-mail/backends"
import { type BatchReport, DeliveryReport, Mail, MailPolicy, Message } from "@effect-mail/core"
import { Effect, Fiber, Schedule } from "effect"
import type * as Postfix from "./Postfix.js"

export interface Case {
  readonly name: string
  readonly server: Omit<Postfix.Options, "port">
  readonly run: (server: Postfix.Postfix) => Effect.Effect<
    ReadonlyArray<string>,
    unknown,
    Effect.Effect.Context<Postfix.Postfix["restart"]>
  >
}

const numbered = (count: number, to: Message.OneOrMore<string> = "box@example.com") =>
  Array.from(
    { length: count },
    (_, n) => Message.make({ from: "ada@example.com", to, subject: `message ${n}`, text: `Hello\r\n.\r\n..${n}` })
  )

const layer = ({ port }: Postfix.Postfix, options: Partial<Smtp.Options> = {}) =>
  Smtp.layer({ host: "127.0.0.1", port, tls: "none", ...options })

const counted = (subjects: ReadonlyArray<string>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const subject of subjects) counts.set(subject, (counts.get(subject) ?? 0) + 1)
  return counts
}

/** What is not as it was reported. */
const compare = (
  entries: ReadonlyArray<BatchReport.Entry>,
  delivered: ReadonlyArray<string>
): { readonly complaints: ReadonlyArray<string>; readonly unknown: number; readonly failed: number } => {
  const counts = counted(delivered)
  const complaints: Array<string> = []
  let unknown = 0
  let failed = 0
  for (const entry of entries) {
    const { subject } = entry.message
    const copies = counts.get(subject) ?? 0
    if (copies > 1) complaints.push(`${subject} was delivered ${copies} times`)
    if (entry._tag === "Sent") {
      if (copies === 0) complaints.push(`${subject} was reported sent, and is not there`)
    } else if (entry._tag === "Failed" && entry.error._tag === "OutcomeUnknownError") unknown++
    else {
      failed++
      if (copies > 0) complaints.push(`${subject} was reported not sent, and is there`)
    }
  }
  return { complaints, unknown, failed }
}

const allSent = (server: Postfix.Postfix, entries: ReadonlyArray<BatchReport.Entry>) =>
  Effect.gen(function*() {
    yield* server.drained
    const { complaints, failed, unknown } = compare(entries, yield* server.delivered)
    return [...complaints, ...failed + unknown === 0 ? [] : [`${failed} failed and ${unknown} are unknown`]]
  })

const batch = (name: string, options: Partial<Smtp.Options>, settings: Postfix.Options["settings"] = {}): Case => ({
  name,
  server: { settings },
  run: (server) =>
    Effect.gen(function*() {
      const { entries } = yield* Effect.provide(Mail.sendAll(numbered(300), { concurrency: 5 }), layer(server, options))
      return yield* allSent(server, entries)
    })
})

const concurrent: Case = {
  name: "200 fibers that send, where the server takes three connections",
  server: { settings: { smtpd_client_connection_count_limit: "3" } },
  run: (server) =>
    Effect.gen(function*() {
      yield* Effect.provide(Effect.forEach(numbered(200), Mail.send, { concurrency: "unbounded" }), layer(server))
      yield* server.drained
      const delivered = yield* server.delivered
      const copies = counted(delivered)
      return delivered.length === 200 && copies.size === 200
        ? []
        : [`${delivered.length} copies of ${copies.size} arrived`]
    })
}

const hardErrors: Case = {
  name: "25 recipients that are refused before 6 that are not, where the server hangs up after 20 errors",
  server: {
    settings: { smtpd_hard_error_limit: "20", smtpd_soft_error_limit: "1000" },
    recipients: Array.from({ length: 25 }, (_, n) => `no${n}@example.com REJECT no such user`)
  },
  run: (server) =>
    Effect.gen(function*() {
      const good = Array.from({ length: 6 }, (_, n) => `box${n}@example.com`)
      const to = [...Array.from({ length: 25 }, (_, n) => `no${n}@example.com`), ...good]
      const retrying = MailPolicy.apply(
        MailPolicy.retry(Schedule.intersect(Schedule.spaced("200 millis"), Schedule.recurs(5)))
      )
      const [message = Message.empty] = numbered(1, to)
      const report = yield* Effect.provide(Mail.send(message), retrying(layer(server)))
      yield* server.drained
      const delivered = yield* server.delivered
      const accepted = DeliveryReport.accepted(report).map(({ recipient }) => recipient)
      const refused = DeliveryReport.refused(report)
      return [
        ...accepted.join() === good.join() ? [] : [`accepted were ${accepted.join()}`],
        ...refused.length === 25 ? [] : [`${refused.length} were refused`],
        ...delivered.length === 6 ? [] : [`${delivered.length} copies arrived`]
      ]
    })
}

const greylisting: Case = {
  name: "a recipient that is deferred at first",
  server: { recipients: ["grey@example.com 450 4.2.0 greylisted"] },
  run: (server) =>
    Effect.gen(function*() {
      const [message = Message.empty] = numbered(1, ["box@example.com", "grey@example.com"])
      const retrying = MailPolicy.apply(
        MailPolicy.retry(Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(20)))
      )
      const sending = yield* Effect.fork(Effect.provide(Mail.send(message), retrying(layer(server))))
      yield* Effect.sleep("2 seconds")
      yield* server.answer(["nobody@example.com REJECT"])
      const report = yield* Fiber.join(sending)
      yield* server.drained
      const delivered = yield* server.delivered
      return DeliveryReport.isComplete(report) && delivered.length === 2 ? [] : [`${delivered.length} copies arrived`]
    })
}

const restarts: Case = {
  name: "a server that restarts three times in the middle of 2,000 messages",
  server: {},
  run: (server) =>
    Effect.gen(function*() {
      const sending = yield* Effect.fork(
        Effect.provide(Mail.sendAll(numbered(2000), { concurrency: 5, reconnectWithin: "1 minute" }), layer(server))
      )
      for (let n = 0; n < 3; n++) {
        yield* Effect.sleep("700 millis")
        yield* server.restart
      }
      const { entries } = yield* Fiber.join(sending)
      yield* server.drained
      const { complaints, failed, unknown } = compare(entries, yield* server.delivered)
      yield* Effect.log(`${unknown} unknown of ${entries.length}`)
      return [
        ...complaints,
        ...failed === 0 ? [] : [`${failed} failed`],
        ...unknown <= 15 ? [] : [`${unknown} are unknown: one for each connection and restart at most`]
      ]
    })
}

export const cases: ReadonlyArray<Case> = [
  batch("a batch over five connections", {}),
  batch("a batch where the server takes three connections", {}, { smtpd_client_connection_count_limit: "3" }),
  batch("a batch, one envelope at a time", { pipelining: "envelope" }),
  batch("a batch, one command at a time", { pipelining: "none" }),
  batch("a batch in chunks", { chunking: { window: 8 } }),
  batch("a batch over connections of 10 messages", { pool: { maxMessages: 10 } }),
  concurrent,
  hardErrors,
  greylisting,
  restarts
]
