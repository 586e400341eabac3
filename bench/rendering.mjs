/** From a message to its bytes, in one process and without a network. */
import { Mime, Outgoing } from "@effect-mail/core"
import { Effect } from "effect"
import MailComposer from "nodemailer/lib/mail-composer"
import { kinds } from "./messages.mjs"
import { interleave, timed } from "./rounds.mjs"
import { speedup, summarize } from "./statistics.mjs"

const preparedAtOnce = 200

/** `Mime.render` alone: what it is given is prepared beforehand, and never twice the same. */
const renderOnly = (kind) => ({
  run: (count) =>
    Effect.runPromise(Effect.gen(function*() {
      let took = 0
      for (let done = 0; done < count; done += preparedAtOnce) {
        const outgoing = []
        for (let n = done; n < Math.min(done + preparedAtOnce, count); n++) {
          outgoing.push(yield* Outgoing.prepare(kind.ours(n)))
        }
        const start = performance.now()
        for (const one of outgoing) yield* Mime.render(one)
        took += performance.now() - start
      }
      return took
    }))
})

/** `Message.make`, `Outgoing.prepare`, `Mime.render`. */
export const wholeWay = (kind) => ({
  run: (count) =>
    timed(() =>
      Effect.runPromise(Effect.gen(function*() {
        for (let n = 0; n < count; n++) yield* Mime.render(yield* Outgoing.prepare(kind.ours(n)))
      }))
    )
})

const compose = (options) =>
  new Promise((resolve, reject) => {
    new MailComposer(options).compile().build((error, bytes) => error ? reject(error) : resolve(bytes))
  })

/** The same way at nodemailer's. */
export const composer = (kind) => ({
  run: (count) =>
    timed(async () => {
      for (let n = 0; n < count; n++) await compose(kind.theirs(n))
    })
})

/** How many bytes each makes of the message. */
const lengths = async (kind) => ({
  ours: (await Effect.runPromise(Effect.flatMap(Outgoing.prepare(kind.ours(1)), Mime.render))).length,
  composer: (await compose(kind.theirs(1))).length
})

export const measureRendering = async ({ log, plan }) => {
  const results = []
  for (const kind of kinds) {
    log(`rendering: ${kind.name}`)
    const [render, whole, composed] = await interleave(
      [renderOnly(kind), wholeWay(kind), composer(kind)],
      plan.rendering
    )
    results.push({
      kind: kind.name,
      octets: await lengths(kind),
      ratios: { render: speedup(composed, render), wholeWay: speedup(composed, whole) },
      micros: { render: summarize(render), wholeWay: summarize(whole), composer: summarize(composed) }
    })
  }
  return results
}
