/** How much memory a long job takes beyond that of an idle process, and how fast it is: each job in a process of its own. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ask } from "./children.mjs"
import { mapValues, speedup, summarize } from "./statistics.mjs"

/** Runs with a file of this size that takes no room on the disk. */
const withFile = async (octets, use) => {
  const folder = mkdtempSync(join(tmpdir(), "effect-mail-bench-"))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once("exit", remove)
  try {
    const path = join(folder, "large.bin")
    writeFileSync(path, "")
    truncateSync(path, octets)
    return await use(path)
  } finally {
    process.off("exit", remove)
    remove()
  }
}

const longestSeconds = 900

const run = ({ host, port }, job, size, warmUp, path = "") =>
  ask("memoryProcess.mjs", {
    args: [job, host, String(port), String(size), String(warmUp), path],
    flags: ["--expose-gc"],
    seconds: longestSeconds
  })

/** What several runs of one job came to: the most memory that any took, and the median of the times. */
const together = (runs) => ({
  idle: Math.max(...runs.map(({ idle }) => idle)),
  aboveIdle: summarize(runs.map(({ idle, peak }) => peak - idle)),
  millis: summarize(runs.map(({ millis }) => millis))
})

const measureAttachment = ({ log, plan: { memory: { attachment: { octets, warmUp }, rounds } }, sink }) =>
  withFile(octets, async (path) => {
    const runs = { ours: [], nodemailer: [], bare: [] }
    for (let round = 0; round < rounds; round++) {
      for (const sender of Object.keys(runs)) {
        log(`memory: an attachment of ${octets / 2 ** 20} MiB, ${sender}`)
        runs[sender].push(await run(sink, `${sender}Attachment`, octets, warmUp, path))
      }
    }
    const millis = mapValues(runs, (all) => all.map((one) => one.millis))
    return {
      octets,
      againstNodemailer: speedup(millis.nodemailer, millis.ours),
      againstBare: speedup(millis.bare, millis.ours),
      senders: mapValues(runs, together)
    }
  })

const measureStream = async ({ log, plan: { memory: { messages: { ours, theirs, warmUp } } }, sink }) => {
  const senders = {}
  for (const [sender, count] of Object.entries({ ours, nodemailer: theirs })) {
    log(`memory: a stream of ${count} messages, ${sender}`)
    senders[sender] = { count, ...together([await run(sink, `${sender}Stream`, count, warmUp)]) }
  }
  return senders
}

export const measureMemory = async (context) => ({
  attachment: await measureAttachment(context),
  stream: await measureStream(context)
})
