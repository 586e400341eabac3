/** The ways to send: each opens what it needs once, and keeps it until it is closed. */
import { Smtp } from "@effect-mail/backends"
import { Mail, Mime, Outgoing } from "@effect-mail/core"
import { Effect, ManagedRuntime, Stream } from "effect"
import nodemailer from "nodemailer"
import SMTPConnection from "nodemailer/lib/smtp-connection"
import { timed } from "./rounds.mjs"

const withoutEnd = 1_000_000_000

function* messagesOf(kind, count) {
  for (let n = 0; n < count; n++) yield kind.ours(n)
}

/** Calls `step(n)` for each n below `count`, `width` of them at a time. */
const inParallel = (count, width, step) => {
  let next = 0
  const work = async () => {
    while (next < count) await step(next++)
  }
  return Promise.all(Array.from({ length: width }, work))
}

const expect = (isTrue, what) => {
  if (!isTrue) throw new Error(what)
}

export const smtp = ({ host, port }, connections) =>
  Smtp.layer({ host, port, tls: "none", pool: { maxConnections: connections, maxMessages: withoutEnd } })

const ours = (name, sink, connections, program) => {
  const runtime = ManagedRuntime.make(smtp(sink, connections))
  return {
    name,
    run: (count) => timed(() => runtime.runPromise(program(count))),
    close: () => runtime.dispose()
  }
}

/** `connections` fibers, each of which sends one message after the other. */
export const oursSend = (kind, sink, connections) =>
  ours("Mail.send", sink, connections, (count) => {
    let next = 0
    const work = Effect.gen(function*() {
      while (next < count) yield* Mail.send(kind.ours(next++))
    })
    return Effect.all(Array.from({ length: connections }, () => work), { concurrency: "unbounded", discard: true })
  })

export const oursSendAll = (kind, sink, connections) =>
  ours("Mail.sendAll", sink, connections, (count) =>
    Effect.map(Mail.sendAll(messagesOf(kind, count), { concurrency: connections }), ({ entries }) => {
      expect(entries.length === count && entries.every(({ _tag }) => _tag === "Sent"), "sendAll sent too few")
    }))

export const oursSendStream = (kind, sink, connections) =>
  ours("Mail.sendStream", sink, connections, (count) =>
    Stream.fromIterable(messagesOf(kind, count)).pipe(
      (messages) => Mail.sendStream(messages, { concurrency: connections, unordered: true }),
      Stream.runFold(0, (sent, { _tag }) => _tag === "Sent" ? sent + 1 : sent),
      Effect.map((sent) => expect(sent === count, "sendStream sent too few"))
    ))

const nodemailerWith = (name, options, kind, width) => {
  const transporter = nodemailer.createTransport(options)
  return {
    name,
    run: (count) => timed(() => inParallel(count, width, (n) => transporter.sendMail(kind.theirs(n)))),
    close: () => transporter.close()
  }
}

/** Twice as many messages are on their way as there are connections, so that none of them waits for the composer. */
export const pool = (kind, { host, port }, connections) =>
  nodemailerWith(
    "nodemailer's pool",
    { host, port, ignoreTLS: true, pool: true, maxConnections: connections, maxMessages: Infinity },
    kind,
    connections * 2
  )

/** A connection for each message: what a transporter does unless it is told to pool. */
export const transporter = (kind, { host, port }, connections) =>
  nodemailerWith("nodemailer's transporter", { host, port, ignoreTLS: true }, kind, connections)

const openConnection = ({ host, port }) =>
  new Promise((resolve, reject) => {
    const connection = new SMTPConnection({ host, port, ignoreTLS: true })
    connection.once("error", reject)
    connection.connect(() => resolve(connection))
  })

const sendBytes = (connection, to, bytes) =>
  new Promise((resolve, reject) => {
    connection.send({ from: "ada@example.com", to: [to] }, bytes, (error) => error ? reject(error) : resolve())
  })

/** The same bytes again and again, on the protocol connection and nothing else: nothing built upon it can be faster. */
export const bare = async (kind, sink, connections) => {
  const bytes = Buffer.from(await Effect.runPromise(Effect.flatMap(Outgoing.prepare(kind.ours(1)), Mime.render)))
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(sink)))
  return {
    name: "bare connection, ready bytes",
    run: (count) =>
      timed(() => {
        let next = 0
        return Promise.all(open.map(async (connection) => {
          while (next < count) await sendBytes(connection, `reader-${next++}@example.org`, bytes)
        }))
      }),
    close: () => open.forEach((connection) => connection.quit())
  }
}
