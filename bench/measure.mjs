/** Measures what is asked for, against one sink. */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import * as os from "node:os"
import { measureFirstMessage } from "./firstMessage.mjs"
import { judge } from "./goals.mjs"
import { measureGrowth } from "./growth.mjs"
import { measureMemory } from "./memory.mjs"
import * as Plan from "./plan.mjs"
import { measureRendering } from "./rendering.mjs"
import { measureSending } from "./sending.mjs"
import { openSink } from "./sinkProcess.mjs"

const versionOf = (name) =>
  JSON.parse(readFileSync(createRequire(import.meta.url).resolve(`${name}/package.json`), "utf8")).version

const machine = (sink) => ({
  cores: os.cpus().length,
  cpu: os.cpus()[0].model.trim(),
  memory: os.totalmem(),
  platform: `${os.type()} ${os.arch()}`,
  node: process.versions.node,
  effect: versionOf("effect"),
  nodemailer: versionOf("nodemailer"),
  sink: sink.name
})

const subjects = {
  rendering: async (context) => ({ rendering: await measureRendering(context) }),
  sending: async (context) => ({
    sending: await measureSending(context),
    firstMessage: await measureFirstMessage(context)
  }),
  growth: async (context) => ({ growth: await measureGrowth(context) }),
  memory: async (context) => ({ memory: await measureMemory(context) })
}

export const measure = async ({ isQuick, log, only, sinkAddress }) => {
  const sink = await openSink(sinkAddress)
  try {
    const plan = isQuick ? Plan.quick : Plan.full
    const results = { machine: machine(sink), plan: plan.name }
    for (const [name, run] of Object.entries(subjects)) {
      if (only === undefined || only === name) Object.assign(results, await run({ log, plan, sink }))
    }
    return { ...results, goals: judge(results) }
  } finally {
    sink.stop()
  }
}
