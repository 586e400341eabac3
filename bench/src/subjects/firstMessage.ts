/** How long the first message takes: of a sender that has no connection yet, and of a process that has just started. */
import { Mail } from "@effect-mail/core"
import { Effect, Record, Schema } from "effect"
import { createTransport } from "nodemailer"
import { attempt, BenchError } from "../harness/BenchError.js"
import * as Children from "../harness/children.js"
import { interleave, type Run } from "../harness/rounds.js"
import type { Target } from "../harness/Sink.js"
import { excess, ratio, scale, summarize, type Summary } from "../harness/statistics.js"
import * as Bare from "../senders/bare.js"
import { smtp } from "../senders/effectMail.js"
import type { Context } from "./Context.js"
import { letter } from "./messages.js"

export interface Results {
  readonly newSender: {
    readonly againstPool: Summary
    readonly micros: { readonly bare: Summary; readonly ours: Summary; readonly pool: Summary }
  }
  readonly newProcess: {
    readonly beyondPool: { readonly ours: Summary; readonly modules: Summary }
    readonly millis: { readonly ours: Summary; readonly modules: Summary; readonly pool: Summary }
  }
}

/** The time from nothing to the server's answer; what is done to close is not part of it. */
const repeatedly = async (count: number, first: (n: number) => Promise<() => void>): Promise<number> => {
  let took = 0
  for (let n = 0; n < count; n++) {
    const start = performance.now()
    const close = await first(n)
    took += performance.now() - start
    close()
  }
  return took
}

const bare = (target: Target, bytes: Buffer): Run => (count) =>
  attempt("The bare connection did not send", () =>
    repeatedly(count, async (n) => {
      const connection = await Bare.connect(target)
      await Bare.sendOver(connection, `reader-${n}@example.org`, bytes)
      return () => connection.quit()
    }))

const ours = (target: Target): Run => (count) =>
  Effect.gen(function*() {
    let took = 0
    for (let n = 0; n < count; n++) {
      const start = performance.now()
      yield* Mail.send(letter.ours(n)).pipe(
        Effect.tap(() => Effect.sync(() => took += performance.now() - start)),
        Effect.provide(smtp(target, 5))
      )
    }
    return took
  }).pipe(Effect.mapError(BenchError.because("A message was not sent")))

const pool = ({ host, port }: Target): Run => (count) =>
  attempt("nodemailer did not send", () =>
    repeatedly(count, async (n) => {
      const transport = createTransport({ host, port, ignoreTLS: true, pool: true })
      await transport.sendMail(letter.theirs(n))
      return () => transport.close()
    }))

/** A round is a process of each, one after the other. */
const inNewProcess = (sender: string, { host, port }: Target): Run => (count) =>
  Effect.map(
    Effect.replicateEffect(
      Children.ask(new URL("firstMessageProcess.js", import.meta.url), Schema.Number, {
        args: [sender, host, String(port)]
      }),
      count
    ),
    (millis) => millis.reduce((sum, one) => sum + one, 0)
  )

export const measure = ({ log, plan, sink }: Context): Effect.Effect<Results, BenchError> =>
  Effect.gen(function*() {
    yield* log("firstMessage: of a new sender")
    const bytes = yield* Bare.readyBytes(letter)
    const sender = yield* interleave({ bare: bare(sink, bytes), ours: ours(sink), pool: pool(sink) }, plan.firstMessage)
    yield* log("firstMessage: of a new process")
    const micros = yield* interleave({
      ours: inNewProcess("ours", sink),
      modules: inNewProcess("modules", sink),
      pool: inNewProcess("pool", sink)
    }, { rounds: plan.firstMessage.processes, millis: 1, warmUpMillis: 1 })
    const beyondPool = (own: ReadonlyArray<number>): Summary => scale(excess(own, micros.pool), 1 / 1000)
    return {
      newSender: { againstPool: ratio(sender.pool, sender.ours), micros: Record.map(sender, summarize) },
      newProcess: {
        beyondPool: { ours: beyondPool(micros.ours), modules: beyondPool(micros.modules) },
        millis: Record.map(micros, (own) => scale(summarize(own), 1 / 1000))
      }
    }
  })
