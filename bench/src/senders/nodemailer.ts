/** The rival. */
import { Effect, type Scope } from "effect"
import { createTransport, type Transporter } from "nodemailer"
import { attempt, type BenchError } from "../harness/BenchError.js"
import { type Run, timed } from "../harness/rounds.js"
import type { Kind } from "../subjects/Kind.js"
import type { Sender } from "./Sender.js"

type Transport = Pick<Transporter, "close" | "sendMail">

/** Calls `step(n)` for each n below `count`, `width` of them at a time. */
const inParallel = async (count: number, width: number, step: (n: number) => Promise<unknown>): Promise<void> => {
  let next = 0
  const work = async (): Promise<void> => {
    while (next < count) await step(next++)
  }
  await Promise.all(Array.from({ length: width }, work))
}

const over = (
  open: () => Transport,
  kind: Kind,
  width: number
): Effect.Effect<Run, BenchError, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(Effect.sync(open), (transport) => Effect.sync(() => transport.close())),
    (transport) => (count) =>
      timed(attempt(
        "nodemailer did not send",
        () => inParallel(count, width, (n) => transport.sendMail(kind.theirs(n)))
      ))
  )

/** Twice as many messages are on their way as there are connections, so that none of these waits for the composer. */
export const pool: Sender = (kind, { host, port }, maxConnections) =>
  over(
    () => createTransport({ host, port, ignoreTLS: true, pool: true, maxConnections, maxMessages: Infinity }),
    kind,
    maxConnections * 2
  )

/** A connection for each message: what nodemailer does unless it is told to pool. */
export const transporter: Sender = (kind, { host, port }, connections) =>
  over(() => createTransport({ host, port, ignoreTLS: true }), kind, connections)
