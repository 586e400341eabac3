/** Processes beside this one. None of them outlives it. */
import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

/** Starts a module of this folder. It ends with this process, and at the latest when its channel to it is gone. */
export const start = (module, { args = [], flags = [] } = {}) => {
  const child = fork(fileURLToPath(new URL(module, import.meta.url)), args, { execArgv: flags })
  const kill = () => child.kill("SIGKILL")
  process.once("exit", kill)
  child.once("exit", () => process.off("exit", kill))
  return child
}

/** What the process says next. Fails when it ends before that, or says nothing for too long. */
export const hear = async (child, seconds = 30) => {
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(), seconds * 1000)
  const ended = once(child, "exit", { signal: over.signal }).then(([code]) => {
    throw new Error(`a process of the bench ended with ${code}`)
  })
  try {
    const [said] = await Promise.race([once(child, "message", { signal: over.signal }), ended])
    return said
  } finally {
    clearTimeout(timer)
    over.abort()
    ended.catch(() => undefined)
  }
}

/** Starts a module, and gives the one thing that it has to say. */
export const ask = async (module, { seconds, ...options }) => {
  const child = start(module, options)
  try {
    return await hear(child, seconds)
  } finally {
    child.kill("SIGKILL")
  }
}
