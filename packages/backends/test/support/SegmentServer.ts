/**
 * A `ScriptedSmtpServer` with PIPELINING and CHUNKING behind a recorder that keeps each segment as it arrived.
 */
import { listen, type Listening, type Notified } from "@effect-mail/test-kit/LoopbackServer"
import { ScriptedSmtpServer, SmtpScript } from "@effect-mail/testing"
import type { Scope } from "effect"
import { Effect } from "effect"
import * as net from "node:net"

export type Event = "EHLO" | "RSET" | "MAIL" | "RCPT" | "DATA" | "message" | "QUIT"

/**
 * What is done instead of the good answer.
 *
 * - a text: that reply; a 421 is followed by the end of the connection
 * - `lose`: the connection ends without an answer; `acceptAndLose` takes the message before
 * - `hang`: nothing is said any more
 * - `hold`: nothing is said until `release`
 */
export type Deed = "lose" | "acceptAndLose" | "hang" | "hold" | `${number} ${string}`

/** At the `nth` time of an event of a connection; both are counted from 1. */
export interface Rule {
  readonly on: Event
  readonly nth: number
  readonly deed: Deed
  readonly connection?: number
}

export interface SegmentServer extends Listening {
  /** What arrived at once, in all connections. */
  readonly segments: ReadonlyArray<string>
  /** The subjects of the messages that the server took responsibility for, and the connections they came over. */
  readonly accepted: ReadonlyArray<{ readonly subject: string; readonly connection: number }>
  /** The subjects of all messages that came with their end. */
  readonly ended: ReadonlyArray<string>
  readonly release: Effect.Effect<void>
}

const actionsOf = (deed: Deed, released: Effect.Effect<void>): ReadonlyArray<SmtpScript.Action> => {
  switch (deed) {
    case "lose":
      return [SmtpScript.fin]
    case "acceptAndLose":
      return [SmtpScript.accept, SmtpScript.fin]
    case "hang":
      return [SmtpScript.hang]
    case "hold":
      return [SmtpScript.run(released), SmtpScript.proceed]
    default: {
      const code = Number(deed.slice(0, 3))
      const reply = SmtpScript.reply(code, deed.slice(4))
      return code === 421 ? [reply, SmtpScript.fin] : [reply]
    }
  }
}

const subjectOf = ({ bytes }: ScriptedSmtpServer.Received): string =>
  /^Subject: (.*)\r$/m.exec(Buffer.from(bytes).toString("latin1"))?.[1] ?? ""

/** Passes octets on in both directions, and each end. */
const pass = (from: net.Socket, to: net.Socket, see: (octets: Buffer) => void): void => {
  from.setNoDelay(true)
  from.on("data", (octets: Buffer) => {
    see(octets)
    to.write(octets)
  })
  from.on("end", () => to.end())
  from.on("error", () => to.destroy())
  from.on("close", () => to.destroySoon())
}

export const make = (rules: ReadonlyArray<Rule> = []): Effect.Effect<SegmentServer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const latch = yield* Effect.makeLatch()
    const server = yield* ScriptedSmtpServer.make(SmtpScript.make({
      extensions: ["PIPELINING", "CHUNKING"],
      rules: rules.map(({ connection = 1, deed, nth, on }) =>
        SmtpScript.on(
          { event: on === "message" ? "DOT" : on, occurrence: nth, connection },
          ...actionsOf(deed, latch.await)
        )
      )
    }))

    const segments: Array<string> = []
    const sockets = new Set<net.Socket>()
    const recorder = net.createServer({ allowHalfOpen: true }, (client) => {
      const upstream = net.connect({ host: server.host, port: server.port, allowHalfOpen: true })
      sockets.add(client).add(upstream)
      pass(upstream, client, () => undefined)
      pass(client, upstream, (octets) => {
        segments.push(octets.toString("latin1"))
        listening.notify()
      })
    })
    const listening: Notified = yield* listen(recorder, (done) => {
      recorder.close(done)
      sockets.forEach((socket) => socket.destroy())
    })
    yield* Effect.addFinalizer(() =>
      Effect.flatMap(server.ledger, ({ commands }) => {
        const unknown = commands.filter(({ isKnown }) => !isKnown).map(({ line }) => line)
        return unknown.length === 0 ? Effect.void : Effect.dieMessage(`no commands: ${unknown.join("; ")}`)
      })
    )

    // Tests read the ledger as plain values, as they do segments. Reading it is synchronous.
    const ledger = (): ScriptedSmtpServer.Ledger => Effect.runSync(server.ledger)
    const { allClosed, layer, port, until } = listening
    return {
      port,
      until,
      allClosed,
      layer,
      segments,
      release: latch.open,
      get connections() {
        return listening.connections
      },
      get open() {
        return listening.open
      },
      get maxOpen() {
        return listening.maxOpen
      },
      get accepted() {
        return ledger().accepted.map((message) => ({ subject: subjectOf(message), connection: message.connection }))
      },
      get ended() {
        return ledger().received.map(subjectOf)
      }
    }
  })
