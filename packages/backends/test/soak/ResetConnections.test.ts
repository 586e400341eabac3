import { Smtp } from "@effect-mail/backends"
import { Message } from "@effect-mail/core"
import { listen } from "@effect-mail/test-kit/LoopbackServer"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import * as net from "node:net"
import { collectGarbage } from "./Soak.js"

/** Takes one message, resets the connection, and keeps nothing: what it kept would be measured too. */
const makeServer = Effect.suspend(() => {
  const answer = (text: string): string =>
    text.endsWith("\r\n.\r\n") ? "250 taken\r\n" : text.startsWith("DATA") ? "354 go on\r\n" : "250 ok\r\n"
  const server = net.createServer((socket) => {
    socket.write("220 test.example ESMTP\r\n")
    socket.on("data", (octets) => {
      const said = answer(octets.toString("latin1"))
      socket.write(said, () => said.startsWith("250 taken") ? socket.resetAndDestroy() : undefined)
    })
  })
  return listen(server, (done) => server.close(done))
})

const message = Message.make({ from: "ada@example.com", to: "bob@example.com", text: "Hello, Bob" })

/** What one connection that is gone may leave behind, in octets; it takes more than 400 where the next one knows it. */
const maxOctets = 200

const warmUp = 3000
const resets = 3000

const heapUsed = Effect.async<number>((resume) => {
  setImmediate(() => {
    collectGarbage()
    collectGarbage()
    resume(Effect.succeed(process.memoryUsage().heapUsed))
  })
})

describe("A connection that was reset", () => {
  it.scopedLive("leaves nothing behind, whichever fiber sent over it or replaced it", () =>
    Effect.gen(function*() {
      const server = yield* makeServer
      const backend = yield* Smtp.make({ host: "127.0.0.1", port: server.port, tls: "none" })
      const sendByAnother = Effect.flatMap(
        Effect.fork(Effect.annotateLogs(backend.send(message), "a", "b")),
        Fiber.join
      )
      const send = (count: number) =>
        Effect.zipRight(Effect.repeatN(Effect.zipLeft(sendByAnother, server.allClosed), count - 1), heapUsed)

      const before = yield* send(warmUp)
      const after = yield* send(resets)
      assert.strictEqual(server.connections, warmUp + resets)
      assert.isBelow((after - before) / resets, maxOctets)
    }), 120_000)
})
