/**
 * Every socket that connects anywhere, by the port it connects to: what a server cannot see is whether a client has
 * really let go of its side.
 */
import { Effect, type Scope } from "effect"
import * as net from "node:net"

export interface ClientSockets {
  /** How many are not closed. */
  readonly open: number
  /** How many were not closed at any one time. */
  readonly maxOpen: number
}

interface Watch {
  readonly port: number
  readonly sockets: Set<net.Socket>
  maxOpen: number
}

const watches = new Set<Watch>()

const countOpen = ({ sockets }: Watch): number => Array.from(sockets).filter((socket) => !socket.destroyed).length

const portOf = (target: unknown): unknown =>
  Array.isArray(target)
    ? portOf(target[0])
    : typeof target === "object" && target !== null && "port" in target
    ? target.port
    : target

const { connect } = net.Socket.prototype

Object.assign(net.Socket.prototype, {
  connect(this: net.Socket, ...args: Parameters<typeof connect>): net.Socket {
    for (const watch of watches) {
      if (watch.port !== portOf(args[0])) continue
      watch.sockets.add(this)
      watch.maxOpen = Math.max(watch.maxOpen, countOpen(watch))
    }
    return Reflect.apply(connect, this, args)
  }
})

/** Watches the sockets that connect to this port from now on. */
export const watch = (port: number): Effect.Effect<ClientSockets, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync((): Watch => {
        const watch = { port, sockets: new Set<net.Socket>(), maxOpen: 0 }
        watches.add(watch)
        return watch
      }),
      (watch) => Effect.sync(() => watches.delete(watch))
    ),
    (watch): ClientSockets => ({
      get open() {
        return countOpen(watch)
      },
      get maxOpen() {
        return watch.maxOpen
      }
    })
  )
