/** The same bytes again and again, over nodemailer's protocol connection and nothing else. */
import { Mime, Outgoing } from "@effect-mail/core"
import { Effect, type Scope } from "effect"
import type { Readable } from "node:stream"
import SMTPConnection from "nodemailer/lib/smtp-connection"
import { attempt, BenchError } from "../harness/BenchError.js"
import { timed } from "../harness/rounds.js"
import type { Target } from "../harness/Sink.js"
import type { Kind } from "../subjects/Kind.js"
import type { Sender } from "./Sender.js"

export const connect = ({ host, port }: Target): Promise<SMTPConnection> =>
  new Promise((resolve, reject) => {
    const connection = new SMTPConnection({ host, port, ignoreTLS: true })
    connection.once("error", reject)
    connection.connect(() => resolve(connection))
  })

/** The connection changes the envelope that it is given: each message has its own. */
export const sendOver = (connection: SMTPConnection, to: string, message: Buffer | Readable): Promise<void> =>
  new Promise((resolve, reject) => {
    connection.send({ from: "ada@example.com", to: [to] }, message, (error) => error ? reject(error) : resolve())
  })

export const readyBytes = (kind: Kind): Effect.Effect<Buffer, BenchError> =>
  Outgoing.prepare(kind.ours(1)).pipe(
    Effect.flatMap(Mime.render),
    Effect.mapBoth({ onFailure: BenchError.because("The message cannot be rendered"), onSuccess: Buffer.from })
  )

const connection = (target: Target): Effect.Effect<SMTPConnection, BenchError, Scope.Scope> =>
  Effect.acquireRelease(
    attempt("The sink cannot be reached", () => connect(target)),
    (open) => Effect.sync(() => open.quit())
  )

export const bare: Sender = (kind, target, connections) =>
  Effect.gen(function*() {
    const bytes = yield* readyBytes(kind)
    const open = yield* Effect.replicateEffect(connection(target), connections)
    const sendAll = async (count: number): Promise<void> => {
      let next = 0
      await Promise.all(open.map(async (one) => {
        while (next < count) await sendOver(one, `reader-${next++}@example.org`, bytes)
      }))
    }
    return (count) => timed(attempt("The bare connection did not send", () => sendAll(count)))
  })
