/**
 * A TCP server on loopback that is closed with its scope, and what tests ask of any such server: how many connections were
 * made and are open, and a way to wait for a condition.
 */
import { Smtp } from "@effect-mail/backends"
import type { MailBackend } from "@effect-mail/core"
import type { ConfigError, Layer, Scope } from "effect"
import { Effect } from "effect"
import type * as net from "node:net"

export interface Listening {
  readonly port: number
  /** How many connections were made so far. */
  readonly connections: number
  /** How many connections are open. */
  readonly open: number
  /** How many connections were open at once at most. */
  readonly maxOpen: number
  /** Waits for what the callbacks of the server bring about. */
  readonly until: (isSo: () => boolean) => Effect.Effect<void>
  /** Waits until no connection is open. */
  readonly allClosed: Effect.Effect<void>
  /** Sends to this server, in clear text unless the options say otherwise. */
  readonly layer: (
    options?: Partial<Smtp.Options>
  ) => Layer.Layer<MailBackend.MailBackend, ConfigError.ConfigError>
}

/** A server whose callbacks call `notify` whenever something has changed. */
export interface Notified extends Listening {
  readonly notify: () => void
}

export const listen = (
  server: net.Server,
  close: (done: () => void) => void
): Effect.Effect<Notified, never, Scope.Scope> => {
  const sockets = new Set<net.Socket>()
  const waiters = new Set<() => void>()
  let connections = 0
  let maxOpen = 0

  const notify = (): void => waiters.forEach((waiter) => waiter())

  const until = (isSo: () => boolean): Effect.Effect<void> =>
    Effect.async((resume) => {
      const waiter = (): void => {
        if (!isSo()) return
        waiters.delete(waiter)
        resume(Effect.void)
      }
      waiters.add(waiter)
      waiter()
      return Effect.sync(() => {
        waiters.delete(waiter)
      })
    })

  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket)
    connections++
    maxOpen = Math.max(maxOpen, sockets.size)
    socket.on("error", () => undefined)
    socket.on("close", () => {
      sockets.delete(socket)
      notify()
    })
    notify()
  })

  const start = Effect.async<number>((resume) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resume(
        address === null || typeof address === "string" ? Effect.dieMessage("no port") : Effect.succeed(address.port)
      )
    })
  })

  const stop = Effect.async<void>((resume) => close(() => resume(Effect.void)))

  return Effect.map(Effect.acquireRelease(start, () => stop), (port): Notified => ({
    port,
    get connections() {
      return connections
    },
    get open() {
      return sockets.size
    },
    get maxOpen() {
      return maxOpen
    },
    until,
    allClosed: until(() => sockets.size === 0),
    notify,
    layer: (options) => Smtp.layer({ host: "127.0.0.1", port, tls: "none", ...options })
  }))
}
