// Sends 100,000 messages, or as many as the argument says, to a server that fails now and then; prints the books, memory
// and handles, and fails when they do not balance or grow.
import { run } from "./run.mjs"

const [messages = "100000"] = process.argv.slice(2)
process.env.SOAK_MESSAGES = messages

process.exitCode = run("vitest", "run", "packages/backends/test/soak", "--reporter=verbose") ? 0 : 1
