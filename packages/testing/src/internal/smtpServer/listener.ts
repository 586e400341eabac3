import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as net from "node:net"
import { Worker } from "node:worker_threads"

/** By IPv4. */
export const loopback = "127.0.0.1"
const loopback6 = "::1"

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

/** Where the machine has no IPv6. */
const without6 = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "EINVAL"])
/** A port that is free by IPv4 may be taken by IPv6: another one is tried so often. */
const maxTries = 10

/**
 * A port of loopback, the same by IPv4 and by IPv6: a name such as `localhost` may lead to either. By IPv4 alone where the
 * machine has no IPv6. Port 0 is any that is free.
 */
export const openOnLoopback = (
  port: number,
  onConnection: (socket: net.Socket) => void
): Effect.Effect<number, NodeJS.ErrnoException, Scope.Scope> => {
  const attempt = (triesLeft: number): Effect.Effect<number, NodeJS.ErrnoException, Scope.Scope> =>
    Effect.gen(function*() {
      const inner = yield* Effect.acquireRelease(Scope.make(), (scope, exit) => Scope.close(scope, exit))
      const bound = yield* Scope.extend(openAt({ host: loopback, port }, onConnection), inner)
      return yield* Scope.extend(openAt({ host: loopback6, port: bound }, onConnection), inner).pipe(
        Effect.catchAll((error) =>
          without6.has(error.code ?? "")
            ? Effect.succeed(bound)
            : port === 0 && triesLeft > 0
            ? Effect.zipRight(Scope.close(inner, Exit.void), attempt(triesLeft - 1))
            : Effect.fail(error)
        )
      )
    })
  return attempt(maxTries)
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
