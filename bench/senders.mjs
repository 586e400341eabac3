/** The ways to send: each opens what it needs once, and keeps it until it is closed. */
import { Smtp } from "@effect-mail/backends"
import { Mail, Mime, Outgoing } from "@effect-mail/core"
import { Effect, ManagedRuntime, Stream } from "effect"
import nodemailer from "nodemailer"
import SMTPConnection from "nodemailer/lib/smtp-connection"
import { timed } from "./rounds.mjs"

const withoutEnd = 1_000_000_000

export function* messagesOf(kind, count) {
  for (let n = 0; n < count; n++) yield kind.ours(n)
}

/** Calls `step(n)` for each n below `count`, `width` of them at a time. */
export const inParallel = (count, width, step) => {
  let next = 0
  const work = async () => {
    while (next < count) await step(next++)
  }
  return Promise.all(Array.from({ length: width }, work))
}

const expectAll = (count, sent) => {
  if (sent !== count) throw new Error(`${sent} of ${count} messages were sent`)
}

export const smtp = ({ host, port }, connections) =>
  Smtp.layer({ host, port, tls: "none", pool: { maxConnections: connections, maxMessages: withoutEnd } })

const ours = (sink, connections, program) => {
  const runtime = ManagedRuntime.make(smtp(sink, connections))
  return {
    run: (count) => timed(() => runtime.runPromise(program(count))),
    close: () => runtime.dispose()
  }
}

/** `Mail.send` in as many fibers as there are connections, each of which sends one message after the other. */
export const send = (kind, sink, connections) =>
  ours(sink, connections, (count) => {
    let next = 0
    const work = Effect.gen(function*() {
      while (next < count) yield* Mail.send(kind.ours(next++))
    })
    return Effect.all(Array.from({ length: connections }, () => work), { concurrency: "unbounded", discard: true })
  })

export const sendAll = (kind, sink, connections) =>
  ours(sink, connections, (count) =>
    Effect.map(
      Mail.sendAll(messagesOf(kind, count), { concurrency: connections }),
      ({ entries }) => expectAll(count, entries.filter(({ _tag }) => _tag === "Sent").length)
    ))

export const sendStream = (kind, sink, connections) =>
  ours(sink, connections, (count) =>
    Stream.fromIteratorSucceed(messagesOf(kind, count), 100).pipe(
      (messages) => Mail.sendStream(messages, { concurrency: connections, unordered: true }),
      Stream.runFold(0, (sent, { _tag }) => _tag === "Sent" ? sent + 1 : sent),
      Effect.map((sent) => expectAll(count, sent))
    ))

const nodemailerWith = (options, kind, width) => {
  const transport = nodemailer.createTransport(options)
  return {
    run: (count) => timed(() => inParallel(count, width, (n) => transport.sendMail(kind.theirs(n)))),
    close: () => transport.close()
  }
}

/** Twice as many messages are on their way as there are connections, so that none of these waits for the composer. */
export const pool = (kind, { host, port }, connections) =>
  nodemailerWith(
    { host, port, ignoreTLS: true, pool: true, maxConnections: connections, maxMessages: Infinity },
    kind,
    connections * 2
  )

/** A connection for each message: what nodemailer does unless it is told to pool. */
export const transporter = (kind, { host, port }, connections) =>
  nodemailerWith({ host, port, ignoreTLS: true }, kind, connections)

export const openConnection = ({ host, port }) =>
  new Promise((resolve, reject) => {
    const connection = new SMTPConnection({ host, port, ignoreTLS: true })
    connection.once("error", reject)
    connection.connect(() => resolve(connection))
  })

/** The connection changes the envelope that it is given: each message has its own. */
export const sendOver = (connection, to, message) =>
  new Promise((resolve, reject) => {
    connection.send({ from: "ada@example.com", to: [to] }, message, (error) => error ? reject(error) : resolve())
  })

export const readyBytes = (kind) =>
  Effect.runPromise(Effect.map(Effect.flatMap(Outgoing.prepare(kind.ours(1)), Mime.render), Buffer.from))

/** The same bytes again and again, over nodemailer's protocol connection and nothing else. */
export const bare = async (kind, sink, connections) => {
  const bytes = await readyBytes(kind)
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(sink)))
  return {
    run: (count) =>
      timed(() => {
        let next = 0
        return Promise.all(open.map(async (connection) => {
          while (next < count) await sendOver(connection, `reader-${next++}@example.org`, bytes)
        }))
      }),
    close: () => open.forEach((connection) => connection.quit())
  }
}
