import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { once } from "node:events"
import { connect, createServer, type Server, type Socket } from "node:net"
import { listen } from "../src/harness/DelayedLink.js"
import { portOf } from "../src/harness/listening.js"

const roundTripMillis = 40

const opened = (server: Server) =>
  Effect.acquireRelease(Effect.promise(() => portOf(server)), () => Effect.sync(() => server.close()))

/** The two ends of a connection through a link. */
const connected = Effect.gen(function*() {
  const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1")
  const port = yield* opened(server)
  const link = yield* opened(listen({ host: "127.0.0.1", port }, roundTripMillis))
  const accepted = once(server, "connection")
  const near: Socket = yield* Effect.acquireRelease(
    Effect.sync(() => connect({ host: "127.0.0.1", port: link, allowHalfOpen: true })),
    (socket) => Effect.sync(() => socket.destroy())
  )
  const [far]: Array<Socket> = yield* Effect.promise(() => accepted)
  assert.isDefined(far)
  yield* Effect.addFinalizer(() => Effect.sync(() => far.destroy()))
  return { far, near }
})

/** What comes until the other end says no more; the socket stays open for what it has to say itself. */
const everything = async (socket: Socket) => {
  const pieces: Array<Buffer> = []
  socket.on("data", (piece) => pieces.push(piece))
  await once(socket, "end")
  return Buffer.concat(pieces)
}

describe("DelayedLink", () => {
  it.live("takes half of the round trip in each direction", () =>
    Effect.scoped(Effect.gen(function*() {
      const { far, near } = yield* connected
      const start = performance.now()
      const there = once(far, "data")
      near.write("there")
      yield* Effect.promise(() => there)
      assert.isAtLeast(performance.now() - start, roundTripMillis / 2)
      const back = once(near, "data")
      far.write("back")
      yield* Effect.promise(() => back)
      assert.isAtLeast(performance.now() - start, roundTripMillis)
    })))

  it.live("keeps the order of much, and is no slower for it", () =>
    Effect.scoped(Effect.gen(function*() {
      const { far, near } = yield* connected
      const sent = Buffer.alloc(8 * 2 ** 20, "0123456789abcdefg")
      const start = performance.now()
      const received = everything(far)
      near.end(sent)
      assert.isTrue((yield* Effect.promise(() => received)).equals(sent))
      // At a window of 64 KiB for each round trip it would be 5 seconds.
      assert.isBelow(performance.now() - start, 3000)
    })))

  it.live("passes on the end of one direction, and lets the other go on", () =>
    Effect.scoped(Effect.gen(function*() {
      const { far, near } = yield* connected
      const received = everything(far)
      near.end("question")
      assert.strictEqual((yield* Effect.promise(() => received)).toString(), "question")
      const answer = everything(near)
      far.end("answer")
      assert.strictEqual((yield* Effect.promise(() => answer)).toString(), "answer")
    })))

  it.live("passes on a reset", () =>
    Effect.scoped(Effect.gen(function*() {
      const { far, near } = yield* connected
      const failed = new Promise<NodeJS.ErrnoException>((resolve) => near.once("error", resolve))
      const start = performance.now()
      far.resetAndDestroy()
      assert.strictEqual((yield* Effect.promise(() => failed)).code, "ECONNRESET")
      assert.isAtLeast(performance.now() - start, roundTripMillis / 2)
    })))
})
