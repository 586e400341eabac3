/** How long the first message takes: of a sender that has no connection yet, and of a process that has just started. */
import { Mail } from "@effect-mail/core"
import { Effect } from "effect"
import nodemailer from "nodemailer"
import { ask } from "./children.mjs"
import { letter } from "./messages.mjs"
import { interleave } from "./rounds.mjs"
import * as Senders from "./senders.mjs"
import { mapValues, speedup, summarize } from "./statistics.mjs"

/** The time from nothing to the server's answer; what is done to close is not part of it. */
const repeatedly = (first) => async (count) => {
  let took = 0
  for (let n = 0; n < count; n++) {
    const start = performance.now()
    const close = await first(n)
    took += performance.now() - start
    await close()
  }
  return took
}

const bare = async (sink) => {
  const bytes = await Senders.readyBytes(letter)
  return repeatedly(async (n) => {
    const connection = await Senders.openConnection(sink)
    await Senders.sendOver(connection, `reader-${n}@example.org`, bytes)
    return () => connection.quit()
  })
}

const ours = (sink) => async (count) => {
  let took = 0
  for (let n = 0; n < count; n++) {
    const start = performance.now()
    await Effect.runPromise(
      Mail.send(letter.ours(n)).pipe(
        Effect.tap(() => Effect.sync(() => took += performance.now() - start)),
        Effect.provide(Senders.smtp(sink, 5))
      )
    )
  }
  return took
}

const pool = ({ host, port }) =>
  repeatedly(async (n) => {
    const transport = nodemailer.createTransport({ host, port, ignoreTLS: true, pool: true })
    await transport.sendMail(letter.theirs(n))
    return () => transport.close()
  })

export const measureFirstMessage = async ({ log, plan, sink }) => {
  log("sending: the first message")
  const [bareTimes, oursTimes, poolTimes] = await interleave(
    [{ run: await bare(sink) }, { run: ours(sink) }, { run: pool(sink) }],
    plan.firstMessage
  )
  const newProcess = { ours: [], pool: [] }
  for (let i = 0; i < plan.firstMessage.processes; i++) {
    for (const sender of Object.keys(newProcess)) {
      newProcess[sender].push(await ask("firstMessageProcess.mjs", { args: [sender, sink.host, String(sink.port)] }))
    }
  }
  return {
    againstPool: speedup(poolTimes, oursTimes),
    micros: mapValues({ bare: bareTimes, ours: oursTimes, pool: poolTimes }, summarize),
    newProcessMillis: mapValues(newProcess, summarize)
  }
}
