/** Looks at a server as far as it can be reached, whatever its certificate: what the real connection then says counts. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { lookup } from "node:dns/promises"
import * as net from "node:net"
import * as tls from "node:tls"

export interface Target {
  readonly host: string
  readonly port: number
  readonly isImplicit: boolean
}

/** What was seen, and how long it took in milliseconds. */
export interface Step {
  readonly detail: string
  readonly took: number
}

export interface Probe {
  readonly name: Step | undefined
  readonly connect: Step | undefined
  readonly tls: Step | undefined
}

const timeout = 10_000
const maxReply = 64 * 1024
const day = 86_400_000

const timed = <A>(run: () => Promise<A>): Effect.Effect<readonly [A, number] | undefined> =>
  Effect.gen(function*() {
    const start = yield* Clock.currentTimeMillis
    const result = yield* Effect.option(Effect.tryPromise(run))
    const end = yield* Clock.currentTimeMillis
    return result._tag === "Some" ? [result.value, end - start] as const : undefined
  })

const connected = ({ host, port }: Target): Promise<net.Socket> =>
  new Promise((resolve, reject) => {
    const socket = net.connect({ host, port })
    socket.setTimeout(timeout, () => socket.destroy(new Error("timeout")))
    socket.once("error", reject)
    socket.once("connect", () => resolve(socket))
  })

/** A whole reply of the server. */
const reply = (socket: net.Socket): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ""
    const onData = (octets: Buffer): void => {
      text += octets.toString("latin1")
      const isWhole = /^\d{3}(?: [^\r\n]*)?\r?\n/m.test(text)
      if (!isWhole && text.length < maxReply) return
      socket.off("data", onData)
      resolve(text)
    }
    socket.on("data", onData)
    socket.once("error", reject)
    socket.once("close", () => reject(new Error("closed")))
  })

const ask = (socket: net.Socket, command: string): Promise<string> => {
  const answered = reply(socket)
  socket.write(`${command}\r\n`)
  return answered
}

const encrypted = (socket: net.Socket, host: string): Promise<tls.TLSSocket> =>
  new Promise((resolve, reject) => {
    const servername = net.isIP(host) === 0 ? { servername: host } : {}
    const secure = tls.connect({ socket, rejectUnauthorized: false, ...servername }, () => resolve(secure))
    secure.once("error", reject)
  })

const describe = (secure: tls.TLSSocket, now: number): string => {
  const certificate = secure.getPeerCertificate()
  const names = certificate.subjectaltname?.split(", ").map((name) => name.replace(/^[A-Za-z ]+:/, "")) ?? []
  const left = Math.floor((Date.parse(certificate.valid_to) - now) / day)
  const rest = Number.isNaN(left) ? "" : left < 0 ? `, expired ${-left} days ago` : `, ${left} days left`
  const version = (secure.getProtocol() ?? "").replace(/^TLSv/, "")
  return `${version}, certificate for ${(names[0] ?? certificate.subject?.CN ?? "no name").toString()}${rest}`
}

const firstLine = (text: string): string => text.split(/\r?\n/)[0] ?? ""

/** Looks up the name, connects, and encrypts where that is offered. */
export const probe = (target: Target): Effect.Effect<Probe> =>
  Effect.gen(function*() {
    const found = yield* timed(() => lookup(target.host, { all: true }))
    const name = found && {
      detail: `${target.host} → ${found[0].map(({ address }) => address).slice(0, 3).join(", ")}`,
      took: found[1]
    }
    const socket = yield* timed(() => connected(target))
    if (socket === undefined) return { name, connect: undefined, tls: undefined }
    return yield* Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      if (target.isImplicit) {
        const connect = { detail: `port ${target.port}`, took: socket[1] }
        const secure = yield* timed(() => encrypted(socket[0], target.host))
        return { name, connect, tls: secure && { detail: describe(secure[0], now), took: secure[1] } }
      }
      const greeting = yield* timed(() => reply(socket[0]))
      const connect = { detail: greeting === undefined ? "no greeting" : firstLine(greeting[0]), took: socket[1] }
      const secure = yield* timed(async () => {
        if (!/^250[ -]STARTTLS\s*$/im.test(await ask(socket[0], "EHLO [127.0.0.1]"))) return undefined
        await ask(socket[0], "STARTTLS")
        return encrypted(socket[0], target.host)
      })
      const seen = secure?.[0]
      return { name, connect, tls: seen && secure && { detail: describe(seen, now), took: secure[1] } }
    }).pipe(Effect.ensuring(Effect.sync(() => socket[0].destroy())))
  })
