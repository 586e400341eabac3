/** The sink as its parent sees it. */
import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

const script = fileURLToPath(new URL("sink.mjs", import.meta.url))

/** A sink elsewhere: nobody can ask it what it counted. */
const elsewhere = (address) => {
  const at = address.lastIndexOf(":")
  const [host, port] = [address.slice(0, at), Number(address.slice(at + 1))]
  if (host === "" || !Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Error(`--sink takes host:port, not ${address}`)
  }
  return { name: address, host, port, count: () => Promise.resolve(undefined), stop: () => undefined }
}

const ours = async () => {
  const child = fork(script, { execArgv: [] })
  process.on("exit", () => child.kill("SIGKILL"))
  const [{ port }] = await once(child, "message")
  const count = async () => {
    child.send("count")
    const [counted] = await once(child, "message")
    return counted
  }
  return { name: "bench/sink.mjs", host: "127.0.0.1", port, count, stop: () => child.kill("SIGKILL") }
}

/** Where the messages go: a process that is started here and ends with this one, or the server at `address`. */
export const openSink = (address) => address === undefined ? ours() : elsewhere(address)
