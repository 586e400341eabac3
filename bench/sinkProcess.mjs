/** The sink as its parent sees it. */
import { hear, start } from "./children.mjs"

/** A sink elsewhere: nobody can ask it what it counted. */
const elsewhere = (address) => {
  const at = address.lastIndexOf(":")
  const host = address.slice(0, at)
  const port = Number(address.slice(at + 1))
  if (at < 1 || !Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Error(`--sink takes host:port, not ${address}`)
  }
  return { name: address, host, port, count: () => Promise.resolve(undefined), stop: () => undefined }
}

const ours = async () => {
  const child = start("sink.mjs")
  const { port } = await hear(child)
  const count = () => {
    child.send("count")
    return hear(child)
  }
  return { name: "bench/sink.mjs", host: "127.0.0.1", port, count, stop: () => child.kill("SIGKILL") }
}

/** Where the messages go: a process that is started here and ends with this one, or the server at `address`. */
export const openSink = (address) => address === undefined ? ours() : elsewhere(address)
