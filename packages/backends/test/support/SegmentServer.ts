/**
 * A good SMTP server, with PIPELINING and CHUNKING, that keeps each segment as it arrived and can be told otherwise at
 * any point of any connection.
 */
import { listen, type Listening, type Notified } from "@effect-mail/test-kit/LoopbackServer"
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

const good: Readonly<Record<Event, string>> = {
  EHLO: "250-test.example\r\n250-PIPELINING\r\n250 CHUNKING",
  RSET: "250 2.0.0 ok",
  MAIL: "250 2.1.0 ok",
  RCPT: "250 2.1.5 ok",
  DATA: "354 go on",
  message: "250 2.0.0 taken",
  QUIT: "221 2.0.0 bye"
}

const eventOf = (line: string): Event | undefined => {
  const verb = line.slice(0, 4)
  return verb === "EHLO" || verb === "RSET" || verb === "MAIL" || verb === "RCPT" || verb === "DATA" || verb === "QUIT"
    ? verb
    : undefined
}

const isPositive = (reply: string): boolean => reply.startsWith("2")

export const make = (rules: ReadonlyArray<Rule> = []): Effect.Effect<SegmentServer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const segments: Array<string> = []
    const accepted: Array<{ readonly subject: string; readonly connection: number }> = []
    const surprises: Array<string> = []
    const held = new Set<() => void>()
    const ended: Array<string> = []
    let connections = 0

    const serve = (socket: net.Socket): void => {
      const connection = ++connections
      const counts = new Map<Event, number>()
      let unread = ""
      let state: "reading" | "held" | "over" = "reading"
      let isData = false
      let hasSender = false
      let hasRecipient = false

      const forget = (): void => {
        hasSender = false
        hasRecipient = false
      }

      const say = (reply: string): void => {
        socket.write(`${reply}\r\n`)
      }

      const close = (): void => {
        state = "over"
        socket.end()
      }

      const orderly = (event: Event): string => {
        if (event === "RCPT" && !hasSender) return "503 5.5.1 need MAIL"
        if (event === "DATA" && !hasRecipient) return "503 5.5.1 need RCPT"
        return event === "message" && !hasRecipient ? "554 5.5.1 no recipients" : good[event]
      }

      const answer = (event: Event, reply: string, subject: string): void => {
        if (event === "MAIL") hasSender = isPositive(reply)
        if (event === "RCPT" && isPositive(reply)) hasRecipient = true
        if (event === "DATA") isData = reply.startsWith("354")
        if (event === "message" && isPositive(reply)) accepted.push({ subject, connection })
        if (event === "RSET" || event === "message") forget()
        say(reply)
        if (event === "QUIT" || reply.startsWith("421")) close()
      }

      const happen = (event: Event, subject = ""): void => {
        const nth = (counts.get(event) ?? 0) + 1
        counts.set(event, nth)
        const rule = rules.find((rule) =>
          rule.on === event && rule.nth === nth && (rule.connection ?? 1) === connection
        )
        switch (rule?.deed) {
          case "acceptAndLose":
            accepted.push({ subject, connection })
            return close()
          case "lose":
            return close()
          case "hang":
            state = "over"
            return
          case "hold":
            state = "held"
            held.add(() => {
              state = "reading"
              answer(event, orderly(event), subject)
              advance()
            })
            return
          default:
            return answer(event, rule?.deed ?? orderly(event), subject)
        }
      }

      const message = (text: string): void => {
        const subject = /^Subject: (.*)\r$/m.exec(text)?.[1] ?? ""
        ended.push(subject)
        happen("message", subject)
      }

      /** Takes one command or message; says whether there was a whole one. */
      const take = (): boolean => {
        if (isData) {
          const end = unread.startsWith(".\r\n") ? -2 : unread.indexOf("\r\n.\r\n")
          if (end === -1) return false
          const text = unread.slice(0, end + 2)
          unread = unread.slice(end + 5)
          isData = false
          message(text)
          return true
        }
        const end = unread.indexOf("\r\n")
        if (end < 0) return false
        const line = unread.slice(0, end)
        const size = /^BDAT ([0-9]+) LAST$/.exec(line)?.[1]
        if (size !== undefined) {
          const start = end + 2
          if (unread.length < start + Number(size)) return false
          const text = unread.slice(start, start + Number(size))
          unread = unread.slice(start + Number(size))
          message(text)
          return true
        }
        unread = unread.slice(end + 2)
        const event = eventOf(line)
        if (event === undefined) surprises.push(line)
        else happen(event)
        return event !== undefined
      }

      const advance = (): void => {
        while (state === "reading" && take());
        listening.notify()
      }

      socket.setNoDelay(true)
      socket.setEncoding("latin1")
      socket.on("data", (text: string) => {
        segments.push(text)
        unread += text
        advance()
      })
      say("220 test.example ESMTP")
    }

    const sockets = new Set<net.Socket>()
    const server = net.createServer((socket) => {
      sockets.add(socket)
      serve(socket)
    })
    const listening: Notified = yield* listen(server, (done) => {
      server.close(done)
      sockets.forEach((socket) => socket.destroy())
    })
    yield* Effect.addFinalizer(() =>
      surprises.length === 0 ? Effect.void : Effect.dieMessage(`no commands: ${surprises.join("; ")}`)
    )
    return Object.assign(listening, {
      segments,
      accepted,
      ended,
      release: Effect.sync(() => {
        for (const go of held) go()
        held.clear()
      })
    })
  })
