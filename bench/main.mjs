// Compares effect-mail with nodemailer, and both with the bare protocol connection. Prints a table, and keeps the numbers
// in a file. See docs/performance.md.
import { writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { run } from "../scripts/run.mjs"

const usage = `npm run bench -- [options]
  --quick             a minute, for a first impression
  --only <subject>    rendering, sending, growth or memory
  --sink <host:port>  another server than the one that comes with the bench
  --json <file>       where the numbers go; bench/results.json for a full run unless said otherwise
  --no-build          measures what was built before`

const subjects = ["rendering", "sending", "growth", "memory"]
const longestMinutes = 30

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      help: { type: "boolean" },
      json: { type: "string" },
      "no-build": { type: "boolean" },
      only: { type: "string" },
      quick: { type: "boolean" },
      sink: { type: "string" }
    }
  })
  if (values.only !== undefined && !subjects.includes(values.only)) {
    throw new Error(`--only takes ${subjects.join(", ")}`)
  }
  const isFull = !values.quick && values.only === undefined
  return {
    isHelp: values.help === true,
    isBuilt: values["no-build"] === true,
    isQuick: values.quick === true,
    only: values.only,
    sinkAddress: values.sink,
    json: values.json ?? (isFull ? "bench/results.json" : undefined)
  }
}

const main = async ({ isBuilt, json, ...options }) => {
  if (!isBuilt && !run("tsc", "-b", "packages/core", "packages/backends")) throw new Error("The packages do not build")
  const { measure } = await import("./measure.mjs")
  const { markdown } = await import("./report.mjs")
  const results = await measure({ ...options, log: (line) => console.error(line) })
  console.log(markdown(results))
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`)
}

// The other processes end with this one.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    console.error(`Ended by ${signal}`)
    process.exit(130)
  })
}
setTimeout(() => {
  console.error(`Not done after ${longestMinutes} minutes`)
  process.exit(1)
}, longestMinutes * 60_000).unref()

try {
  const { isHelp, ...options } = readOptions()
  if (isHelp) console.log(usage)
  else await main(options)
  process.exit(0)
} catch (error) {
  console.error(error)
  process.exit(1)
}
