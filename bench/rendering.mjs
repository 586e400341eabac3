/** From a message to its bytes, in one process and without a network. */
import { Mime, Outgoing } from "@effect-mail/core"
import { Effect } from "effect"
import MailComposer from "nodemailer/lib/mail-composer"
import { kinds } from "./messages.mjs"
import { interleave, timed } from "./rounds.mjs"
import { summarize, ratio } from "./statistics.mjs"

const preparedAtOnce = 200

/** `Mime.render` alone: what it is given is prepared beforehand, and never twice the same. */
const render = (kind) => ({
  name: "Mime.render",
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

export const wholeWay = (kind) => ({
  name: "make, prepare, render",
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

export const composer = (kind) => ({
  name: "nodemailer's composer",
  run: (count) =>
    timed(async () => {
      for (let n = 0; n < count; n++) await compose(kind.theirs(n))
    })
})

/** How long the bytes are, for who wonders what was rendered. */
const sizes = async (kind) => ({
  ours: (await Effect.runPromise(Effect.flatMap(Outgoing.prepare(kind.ours(1)), Mime.render))).length,
  theirs: (await compose(kind.theirs(1))).length
})

export const measureRendering = async ({ log, millis, rounds }) => {
  const results = []
  for (const kind of kinds) {
    log(`rendering: ${kind.name}`)
    const [rendered, whole, composed] = await interleave([render(kind), wholeWay(kind), composer(kind)], {
      millis,
      rounds
    })
    results.push({
      kind: kind.name,
      octets: await sizes(kind),
      micros: {
        render: summarize(rendered.times),
        wholeWay: summarize(whole.times),
        composer: summarize(composed.times)
      },
      ratios: { render: ratio(composed.times, rendered.times), wholeWay: ratio(composed.times, whole.times) }
    })
  }
  return results
}
