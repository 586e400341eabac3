/** From a message to the server's answer, over one and more connections that are open already. */
import { letter } from "./messages.mjs"
import { interleave } from "./rounds.mjs"
import * as Senders from "./senders.mjs"
import { excess, mapValues, speedup, summarize } from "./statistics.mjs"

/** Makes sure that the sink got every message that was sent. */
const verified = (sender, name, sink) => async (count) => {
  const before = await sink.count()
  const took = await sender.run(count)
  const after = await sink.count()
  if (after !== undefined && after.messages - before.messages !== count) {
    throw new Error(`${name}: ${count} messages were sent, and ${after.messages - before.messages} arrived`)
  }
  return took
}

const open = async (sink, connections) => ({
  bare: await Senders.bare(letter, sink, connections),
  sendAll: Senders.sendAll(letter, sink, connections),
  send: Senders.send(letter, sink, connections),
  sendStream: Senders.sendStream(letter, sink, connections),
  pool: Senders.pool(letter, sink, connections),
  transporter: Senders.transporter(letter, sink, connections)
})

export const measureSending = async ({ log, plan, sink }) => {
  const results = []
  for (const connections of plan.connections) {
    log(`sending: ${connections} ${connections === 1 ? "connection" : "connections"}`)
    const senders = await open(sink, connections)
    const names = Object.keys(senders)
    const measured = await interleave(
      names.map((name) => ({ run: verified(senders[name], name, sink) })),
      plan.sending
    )
    for (const { close } of Object.values(senders)) await close()
    const times = Object.fromEntries(names.map((name, i) => [name, measured[i]]))
    results.push({
      connections,
      againstPool: mapValues(times, (own) => speedup(times.pool, own)),
      againstBare: mapValues(times, (own) => speedup(times.bare, own)),
      beyondBare: mapValues(times, (own) => excess(own, times.bare)),
      micros: mapValues(times, summarize)
    })
  }
  return results
}
