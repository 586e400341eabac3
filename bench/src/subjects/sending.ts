/** From a message to the server's answer, over one and more connections that are open already. */
import { Effect, Record } from "effect"
import type { BenchError } from "../harness/BenchError.js"
import { interleave } from "../harness/rounds.js"
import { verified } from "../harness/Sink.js"
import { excess, ratio, summarize, type Summary } from "../harness/statistics.js"
import { bare } from "../senders/bare.js"
import * as EffectMail from "../senders/effectMail.js"
import * as Nodemailer from "../senders/nodemailer.js"
import type { Context } from "./Context.js"
import { letter } from "./messages.js"

const senders = {
  bare,
  sendAll: EffectMail.sendAll,
  send: EffectMail.send,
  sendStream: EffectMail.sendStream,
  pool: Nodemailer.pool,
  transporter: Nodemailer.transporter
}

export type Name = keyof typeof senders

export interface Row {
  readonly againstPool: Summary
  readonly againstBare: Summary
  readonly beyondBare: Summary
  readonly micros: Summary
}

export interface Results {
  readonly connections: number
  readonly senders: Readonly<Record<Name, Row>>
}

const measureWith = (
  { log, plan, sink }: Context,
  connections: number
): Effect.Effect<Results, BenchError> =>
  Effect.scoped(Effect.gen(function*() {
    yield* log(`sending: ${connections} ${connections === 1 ? "connection" : "connections"}`)
    const open = yield* Effect.all(
      Record.map(senders, (sender, name) =>
        Effect.map(sender(letter, sink, connections), (run) => verified(sink, name, run)))
    )
    const times = yield* interleave(open, plan.sending)
    return {
      connections,
      senders: Record.map(times, (own) => ({
        againstPool: ratio(times.pool, own),
        againstBare: ratio(times.bare, own),
        beyondBare: excess(own, times.bare),
        micros: summarize(own)
      }))
    }
  }))

export const measure = (context: Context): Effect.Effect<ReadonlyArray<Results>, BenchError> =>
  Effect.forEach(context.plan.sending.connections, (connections) => measureWith(context, connections))
