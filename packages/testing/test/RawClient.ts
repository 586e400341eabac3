/**
 * A client that says what it is told to, and waits for what it is told to hear.
 */
import { Effect, type Scope } from "effect"
import * as net from "node:net"
import * as tls from "node:tls"

export interface RawClient {
  /** What came, one entry for each time that something did. */
  readonly chunks: ReadonlyArray<string>
  /** How the connection ended, once it has. */
  readonly end: "closed" | "reset" | undefined
  /** Sends a text as it is. */
  readonly say: (text: string) => Effect.Effect<void>
  /** Waits until this has come since the last time, and gives everything up to its end. */
  readonly hear: (pattern: RegExp) => Effect.Effect<string>
  /** Says one line and waits for a whole reply. */
  readonly ask: (line: string) => Effect.Effect<string>
  /** Waits until the server has ended the connection. */
  readonly ended: Effect.Effect<"closed" | "reset">
  /** Closes this side only. */
  readonly leave: Effect.Effect<void>
  /** Encrypts the connection, trusting this authority. */
  readonly encrypt: (ca: string) => Effect.Effect<void, Error>
}

const reply = /^(?:[0-9]{3}-.*\r\n)*[0-9]{3} .*\r\n/

export const connect = (port: number): Effect.Effect<RawClient, never, Scope.Scope> =>
  Effect.gen(function*() {
    const chunks: Array<string> = []
    const waiters = new Set<() => void>()
    let unheard = ""
    let end: "closed" | "reset" | undefined
    const changed = (): void => waiters.forEach((waiter) => waiter())

    const listen = (socket: net.Socket): void => {
      socket.on("data", (chunk) => {
        chunks.push(chunk.toString("latin1"))
        unheard += chunk.toString("latin1")
        changed()
      })
      socket.on("end", () => {
        end ??= "closed"
        changed()
      })
      socket.on("error", () => {
        end ??= "reset"
        changed()
      })
    }

    const until = <A>(attempt: () => A | undefined): Effect.Effect<A> =>
      Effect.async((resume) => {
        const waiter = (): void => {
          const found = attempt()
          if (found === undefined) return
          waiters.delete(waiter)
          resume(Effect.succeed(found))
        }
        waiters.add(waiter)
        waiter()
        return Effect.sync(() => waiters.delete(waiter))
      })

    const hear = (pattern: RegExp): Effect.Effect<string> =>
      until(() => {
        const match = pattern.exec(unheard)
        if (match === null) return undefined
        const heard = unheard.slice(0, match.index + match[0].length)
        unheard = unheard.slice(heard.length)
        return heard
      })

    const plain = yield* Effect.acquireRelease(
      Effect.sync(() => net.connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true })),
      (socket) => Effect.sync(() => socket.destroy())
    )
    let socket: net.Socket = plain
    listen(plain)

    const say = (text: string) =>
      Effect.sync(() => {
        socket.write(text, "latin1")
      })
    return {
      chunks,
      get end() {
        return end
      },
      say,
      hear,
      ask: (line) => Effect.zipRight(say(`${line}\r\n`), hear(reply)),
      ended: until(() => end),
      leave: Effect.sync(() => {
        socket.end()
      }),
      encrypt: (ca) =>
        Effect.async((resume) => {
          plain.removeAllListeners("data")
          const secure = tls.connect({ socket: plain, ca, servername: "localhost" })
          secure.once("error", (error) => resume(Effect.fail(error)))
          secure.once("secureConnect", () => {
            socket = secure
            listen(secure)
            resume(Effect.void)
          })
        })
    }
  })
