/** From a message to its bytes, in one process and without a network. */
import { Mime, Outgoing } from "@effect-mail/core"
import { Effect } from "effect"
import MailComposer from "nodemailer/lib/mail-composer"
import { attempt, BenchError } from "../harness/BenchError.js"
import { interleave, type Run, timed } from "../harness/rounds.js"
import { ratio, summarize, type Summary } from "../harness/statistics.js"
import { readyBytes } from "../senders/bare.js"
import type { Context } from "./Context.js"
import type { Kind } from "./Kind.js"
import { kinds } from "./messages.js"

export interface Results {
  readonly id: string
  readonly kind: string
  readonly octets: { readonly ours: number; readonly composer: number }
  readonly ratios: { readonly render: Summary; readonly wholeWay: Summary }
  readonly micros: { readonly render: Summary; readonly wholeWay: Summary; readonly composer: Summary }
}

const unrendered = BenchError.because("A message cannot be rendered")
const preparedAtOnce = 200

/** `Mime.render` alone: what it is given is prepared beforehand, and never twice the same. */
const renderOnly = (kind: Kind): Run => (count) =>
  Effect.gen(function*() {
    let took = 0
    for (let done = 0; done < count; done += preparedAtOnce) {
      const outgoing: Array<Outgoing.Outgoing> = []
      for (let n = done; n < Math.min(done + preparedAtOnce, count); n++) {
        outgoing.push(yield* Outgoing.prepare(kind.ours(n)))
      }
      const start = performance.now()
      for (const one of outgoing) yield* Mime.render(one)
      took += performance.now() - start
    }
    return took
  }).pipe(Effect.mapError(unrendered))

/** `Message.make`, `Outgoing.prepare`, `Mime.render`. */
export const wholeWay = (kind: Kind): Run => (count) =>
  timed(Effect.gen(function*() {
    for (let n = 0; n < count; n++) yield* Mime.render(yield* Outgoing.prepare(kind.ours(n)))
  })).pipe(Effect.mapError(unrendered))

const compose = (options: ReturnType<Kind["theirs"]>): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    new MailComposer(options).compile().build((error, bytes) => {
      if (bytes === undefined) reject(error ?? new Error("There are no bytes"))
      else resolve(bytes)
    })
  })

const composeAll = async (kind: Kind, count: number): Promise<void> => {
  for (let n = 0; n < count; n++) await compose(kind.theirs(n))
}

/** The same way at nodemailer's. */
export const composer = (kind: Kind): Run => (count) =>
  timed(attempt("nodemailer does not compose", () => composeAll(kind, count)))

const measureKind = (kind: Kind, { log, plan }: Context): Effect.Effect<Results, BenchError> =>
  Effect.gen(function*() {
    yield* log(`rendering: ${kind.name}`)
    const times = yield* interleave(
      { render: renderOnly(kind), wholeWay: wholeWay(kind), composer: composer(kind) },
      plan.rendering
    )
    const { length: ours } = yield* readyBytes(kind)
    const { length: theirs } = yield* attempt("nodemailer does not compose", () => compose(kind.theirs(1)))
    return {
      id: kind.id,
      kind: kind.name,
      octets: { ours, composer: theirs },
      ratios: { render: ratio(times.composer, times.render), wholeWay: ratio(times.composer, times.wholeWay) },
      micros: {
        render: summarize(times.render),
        wholeWay: summarize(times.wholeWay),
        composer: summarize(times.composer)
      }
    }
  })

export const measure = (context: Context): Effect.Effect<ReadonlyArray<Results>, BenchError> =>
  Effect.forEach(kinds, (kind) => measureKind(kind, context))
