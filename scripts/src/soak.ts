/**
 * Sends 100,000 messages, or as many as the argument says, to a server that fails now and then; prints the books, memory
 * and handles, and fails when they do not balance or grow.
 */
import { succeeds } from "./program.js"

const [messages = "100000"] = process.argv.slice(2)
const isDone = succeeds("vitest", ["run", "packages/backends/test/soak", "--reporter=verbose"], {
  SOAK_MESSAGES: messages
})

process.exitCode = isDone ? 0 : 1
