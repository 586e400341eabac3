import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as net from "node:net"
import { Worker } from "node:worker_threads"

const loopback = "127.0.0.1"

const portOf = (server: net.Server): number => {
  const address = server.address()
  return address === null || typeof address === "string" ? 0 : address.port
}

/** Where a server listens. Port 0 is any that is free. */
export interface Place {
  readonly host: string
  readonly port: number
}

/** A port on which connections are accepted. Fails where it cannot be had. */
export const openAt = (
  place: Place,
  onConnection: (socket: net.Socket) => void
): Effect.Effect<number, NodeJS.ErrnoException, Scope.Scope> => {
  const sockets = new Set<net.Socket>()
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
    onConnection(socket)
  })
  const listen = Effect.async<number, NodeJS.ErrnoException>((resume) => {
    server.once("error", (error) => resume(Effect.fail(error)))
    server.listen(place.port, place.host, () => resume(Effect.succeed(portOf(server))))
  })
  const close = Effect.async<void>((resume) => {
    server.close(() => resume(Effect.void))
    sockets.forEach((socket) => socket.destroy())
  })
  return Effect.acquireRelease(listen, () => close)
}

/** A free port of loopback on which connections are accepted. */
export const open = (onConnection: (socket: net.Socket) => void): Effect.Effect<number, never, Scope.Scope> =>
  Effect.orDie(openAt({ host: loopback, port: 0 }, onConnection))

const connect = (port: number): Effect.Effect<net.Socket, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<net.Socket>((resume) => {
      const socket = net.connect(port, loopback)
      socket.once("error", (error) => resume(Effect.die(error)))
      socket.once("connect", () => resume(Effect.succeed(socket)))
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )

/** A port that refuses connections. A connection goes out from it, so that no process can listen on it meanwhile. */
export const closed: Effect.Effect<number, never, Scope.Scope> = Effect.gen(function*() {
  const socket = yield* connect(yield* open(() => undefined))
  return socket.localPort ?? 0
})

/** Listens, but never accepts: its thread sleeps. */
const sleepingListener = `
const { createServer } = require("node:net")
const { parentPort } = require("node:worker_threads")
const server = createServer()
server.listen({ port: 0, host: "${loopback}", backlog: 1 }, () => {
  parentPort.postMessage(server.address().port)
  setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
})
`
/** More connections than a kernel queues with a backlog of 1. */
const callers = 8
/** Connections that every kernel queues. */
const minQueued = 2

/** A port that answers no SYN, because its queue is full. */
export const unanswered: Effect.Effect<number, never, Scope.Scope> = Effect.gen(function*() {
  const worker = yield* Effect.acquireRelease(
    Effect.sync(() => new Worker(sleepingListener, { eval: true })),
    (worker) => Effect.promise(() => worker.terminate())
  )
  const port = yield* Effect.async<number>((resume) => {
    worker.once("message", (port: number) => resume(Effect.succeed(port)))
  })
  const sockets = Array.from({ length: callers }, () => new net.Socket())
  yield* Effect.addFinalizer(() => Effect.sync(() => sockets.forEach((socket) => socket.destroy())))
  yield* Effect.async<void>((resume) => {
    let queued = 0
    for (const socket of sockets) {
      socket.on("error", () => undefined)
      socket.once("connect", () => {
        queued++
        if (queued === minQueued) resume(Effect.void)
      })
      socket.connect(port, loopback)
    }
  })
  return port
})
