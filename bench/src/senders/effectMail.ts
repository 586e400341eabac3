/** The ways to send that are measured. */
import { Smtp } from "@effect-mail/backends"
import { Mail, type MailBackend } from "@effect-mail/core"
import { Effect, Layer, Stream } from "effect"
import { BenchError } from "../harness/BenchError.js"
import { timed } from "../harness/rounds.js"
import type { Target } from "../harness/Sink.js"
import type { Kind } from "../subjects/Kind.js"
import type { Sender } from "./Sender.js"

const maxMessages = 1_000_000_000

export const smtp = ({ host, port }: Target, maxConnections: number) =>
  Smtp.layer({ host, port, tls: "none", pool: { maxConnections, maxMessages } })

/** Eight messages may be on their way at once. A version without this option passes it over, and sends no chunk. */
const chunkingSmtp = ({ host, port }: Target, maxConnections: number) => {
  const options = { host, port, tls: "none", pool: { maxConnections, maxMessages }, chunking: { window: 8 } } as const
  return Smtp.layer(options)
}

type Program = (
  kind: Kind,
  count: number,
  connections: number
) => Effect.Effect<void, BenchError, MailBackend.MailBackend>

const over = (backend: typeof smtp, program: Program): Sender => (kind, target, connections) =>
  backend(target, connections).pipe(
    Layer.build,
    Effect.mapError(BenchError.because("The backend cannot be")),
    Effect.map((context) => (count) => timed(Effect.provide(program(kind, count, connections), context)))
  )

const messagesOf = function*(kind: Kind, count: number) {
  for (let n = 0; n < count; n++) yield kind.ours(n)
}

const expectAll = (count: number, sent: number): Effect.Effect<void, BenchError> =>
  sent === count ? Effect.void : new BenchError({ message: `${sent} of ${count} messages were sent` })

/** `Mail.send` in as many fibers as there are connections, each of which sends one message after the other. */
const sendEach: Program = (kind, count, connections) => {
  let next = 0
  const work = Effect.gen(function*() {
    while (next < count) yield* Mail.send(kind.ours(next++))
  })
  return Effect.all(Array.from({ length: connections }, () => work), { concurrency: "unbounded", discard: true }).pipe(
    Effect.mapError(BenchError.because("A message was not sent"))
  )
}

const sendTogether: Program = (kind, count, concurrency) =>
  Effect.flatMap(
    Mail.sendAll(messagesOf(kind, count), { concurrency }),
    ({ entries }) => expectAll(count, entries.filter(({ _tag }) => _tag === "Sent").length)
  )

const sendAsStream: Program = (kind, count, concurrency) =>
  Stream.fromIteratorSucceed(messagesOf(kind, count), 100).pipe(
    (messages) => Mail.sendStream(messages, { concurrency, unordered: true }),
    Stream.runFold(0, (sent, { _tag }) => _tag === "Sent" ? sent + 1 : sent),
    Effect.flatMap((sent) => expectAll(count, sent))
  )

export const send = over(smtp, sendEach)
export const sendAll = over(smtp, sendTogether)
export const sendStream = over(smtp, sendAsStream)
export const sendAllInChunks = over(chunkingSmtp, sendTogether)
