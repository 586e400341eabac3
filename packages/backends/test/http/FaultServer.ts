/**
 * A server of HTTP/1.1 over TLS, written on sockets, so that it can do at each point of an exchange what no server should.
 */
import * as LoopbackServer from "@effect-mail/test-kit/LoopbackServer"
import type { TestCertificates } from "@effect-mail/testing"
import type { Scope } from "effect"
import { Effect } from "effect"
import * as net from "node:net"
import * as tls from "node:tls"

export interface Success {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** What the server does at which point; it goes on where nothing is said. */
export interface Script {
  /** Whether it answers nothing at all, and no TLS handshake. */
  readonly isMute?: boolean
  readonly connected?: (socket: net.Socket) => void
  readonly headed?: (socket: tls.TLSSocket) => void
  readonly asked?: (socket: tls.TLSSocket, answer: Answer, index: number) => void
}

export interface Answer {
  /** The answer of the provider to a message that it takes. */
  readonly whole: string
  readonly head: string
  readonly body: string
}

export interface FaultServer {
  readonly url: string
  /** Connections that were made. */
  readonly connected: () => number
  /** Answers every request that came as a whole, where the script has not. */
  readonly answerAll: () => void
  /** Requests whose header came. */
  readonly headed: () => number
  /** Requests that came as a whole. */
  readonly asked: () => number
  readonly until: LoopbackServer.Listening["until"]
}

const answerOf = ({ body, headers = {}, status }: Success): Answer => {
  const fields = { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)), ...headers }
  const head = `HTTP/1.1 ${status} X\r\n${
    Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`).join("")
  }\r\n`
  return { head, body, whole: head + body }
}

const isWhole = (head: string, body: string): boolean => {
  if (/^transfer-encoding: *chunked/im.test(head)) return body.endsWith("0\r\n\r\n")
  return body.length >= Number(/^content-length: *([0-9]+)/im.exec(head)?.[1] ?? 0)
}

export const make = (
  certificate: TestCertificates.Certificate,
  success: Success,
  script: Script
): Effect.Effect<FaultServer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const sockets = new Set<net.Socket>()
    const askers = new Set<tls.TLSSocket>()
    let connected = 0
    const answer = answerOf(success)
    let headed = 0
    let asked = 0
    const serve = (socket: tls.TLSSocket): void => {
      let received = ""
      let isHeaded = false
      socket.on("error", () => undefined)
      socket.on("data", (data) => {
        received += data.toString("latin1")
        const end = received.indexOf("\r\n\r\n")
        if (end < 0) return
        if (!isHeaded) {
          isHeaded = true
          headed++
          script.headed?.(socket)
          listening.notify()
        }
        if (!isWhole(received.slice(0, end + 2), received.slice(end + 4))) return listening.notify()
        received = ""
        isHeaded = false
        asked++
        askers.add(socket)
        listening.notify()
        if (script.asked === undefined) socket.write(answer.whole)
        else script.asked(socket, answer, asked)
      })
    }
    const server = script.isMute === true
      ? net.createServer()
      : tls.createServer({ ...certificate, ALPNProtocols: ["http/1.1"] }, serve)
    server.on("tlsClientError", () => undefined)
    server.on("connection", (socket: net.Socket) => {
      sockets.add(socket)
      connected++
      socket.on("close", () => sockets.delete(socket))
      script.connected?.(socket)
      listening.notify()
    })
    const listening = yield* LoopbackServer.listen(server, (done) => {
      for (const socket of sockets) socket.destroy()
      server.close(() => done())
    })
    return {
      url: `https://localhost:${listening.port}`,
      connected: () => connected,
      answerAll: () => {
        for (const socket of askers) if (!socket.destroyed) socket.write(answer.whole)
      },
      headed: () => headed,
      asked: () => asked,
      until: listening.until
    }
  })
