/** From a message to the server's answer, over one and more connections. */
import { letter } from "./messages.mjs"
import { interleave } from "./rounds.mjs"
import * as Senders from "./senders.mjs"
import { ratio, summarize } from "./statistics.mjs"

/** Runs the contenders, and makes sure that the sink got every message that they say they sent. */
const counted = (contender, sink) => ({
  ...contender,
  run: async (count) => {
    const before = await sink.count()
    const took = await contender.run(count)
    const after = await sink.count()
    if (after !== undefined && after.messages - before.messages !== count) {
      throw new Error(`${contender.name} sent ${count} messages, and ${after.messages - before.messages} arrived`)
    }
    return took
  }
})

const contendersFor = async (sink, connections) => ({
  bare: await Senders.bare(letter, sink, connections),
  send: Senders.oursSend(letter, sink, connections),
  sendAll: Senders.oursSendAll(letter, sink, connections),
  sendStream: Senders.oursSendStream(letter, sink, connections),
  pool: Senders.pool(letter, sink, connections),
  transporter: Senders.transporter(letter, sink, connections)
})

const mapValues = (record, f) => Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value, key)]))

export const measureSending = async ({ log, millis, rounds, sink }) => {
  const results = []
  for (const connections of [1, 5, 20]) {
    log(`sending: ${connections} connections`)
    const contenders = await contendersFor(sink, connections)
    const measured = await interleave(Object.values(contenders).map((one) => counted(one, sink)), { millis, rounds })
    for (const { close } of Object.values(contenders)) await close()
    const times = mapValues(contenders, ({ name }) => measured.find((result) => result.name === name).times)
    results.push({
      connections,
      micros: mapValues(times, summarize),
      againstPool: mapValues(times, (own) => ratio(times.pool, own)),
      againstBare: mapValues(times, (own) => ratio(times.bare, own))
    })
  }
  return results
}
