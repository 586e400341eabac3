/** Whether a message of a large batch costs more than one of a small batch. */
import { letter } from "./messages.mjs"
import * as Rendering from "./rendering.mjs"
import * as Senders from "./senders.mjs"
import { mapValues, summarize } from "./statistics.mjs"

/** How often a batch of this size is run in a row: small ones often, so that each size has its share of the time. */
const repetitions = (size, { least, mostBatches }) => Math.max(1, Math.min(mostBatches, Math.round(least / size)))

/**
 * Through the sizes up to the largest, and down again: a slow minute of the machine falls on small and large ones. The
 * garbage of each batch is left to the next, so that collecting it costs all of them their share.
 */
const measure = async (run, sizes, plan) => {
  await run(Math.min(plan.least, sizes.at(-1)))
  const times = Object.fromEntries(sizes.map((size) => [size, []]))
  for (const size of [...sizes, ...sizes.slice(0, -1).reverse()]) {
    for (let i = 0; i < repetitions(size, plan); i++) {
      times[size].push(await run(size) * 1000 / size)
    }
  }
  return mapValues(times, summarize)
}

const powers = (most) => Array.from({ length: Math.round(Math.log10(most)) - 1 }, (_, i) => 10 ** (i + 2))

const sent = async (sender, sizes, plan) => {
  try {
    return await measure(sender.run, sizes, plan)
  } finally {
    await sender.close()
  }
}

export const measureGrowth = async ({ log, plan, sink }) => {
  const { rendered, sentMessages } = plan.growth
  log("growth: rendered by effect-mail")
  const ours = await measure(Rendering.wholeWay(letter).run, powers(rendered.ours), rendered)
  log("growth: rendered by nodemailer")
  const composer = await measure(Rendering.composer(letter).run, powers(rendered.theirs), rendered)
  log("growth: sent by effect-mail")
  const sendAll = await sent(Senders.sendAll(letter, sink, 5), powers(sentMessages.ours), sentMessages)
  log("growth: sent by nodemailer")
  const pool = await sent(Senders.pool(letter, sink, 5), powers(sentMessages.theirs), sentMessages)
  return { rendered: { ours, composer }, sent: { sendAll, pool } }
}
