/** Processes beside this one. None of them outlives it. */
import { fork } from "node:child_process"
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
export const hear = (child, seconds = 30) =>
  new Promise((resolve, reject) => {
    const settle = (use) => (value) => {
      clearTimeout(timer)
      child.off("message", onMessage)
      child.off("exit", onExit)
      use(value)
    }
    const fail = settle((what) => reject(new Error(`A process of the bench ${what}`)))
    const onMessage = settle(resolve)
    const onExit = (code, signal) => fail(`ended with ${signal ?? code}`)
    const timer = setTimeout(() => fail(`said nothing for ${seconds} seconds`), seconds * 1000)
    child.on("message", onMessage)
    child.on("exit", onExit)
  })

/** Starts a module, and gives the one thing that it has to say. */
export const ask = async (module, { seconds, ...options }) => {
  const child = start(module, options)
  try {
    return await hear(child, seconds)
  } finally {
    child.kill("SIGKILL")
  }
}
