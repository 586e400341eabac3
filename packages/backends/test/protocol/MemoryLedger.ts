/**
 * What servers in memory do, see and keep.
 */
import type { ScriptedSmtpServer, SmtpScript } from "@effect-mail/testing"
import * as Duration from "effect/Duration"

/** What reaches the client, in this order. */
export type Happening =
  | { readonly _tag: "Octets"; readonly octets: Buffer }
  | { readonly _tag: "Wait"; readonly millis: number }
  | { readonly _tag: "End"; readonly code?: string }

/** A message whose end came; what becomes of it is entered later. */
export type Entry = Writable<ScriptedSmtpServer.Received>

export const accept = (entry: Entry): void => {
  entry.isAccepted = true
  entry.acceptedFor = entry.to
}

type Writable<A> = { -readonly [K in keyof A]: A[K] }

/** What servers have seen, and the number of the connection that was made last. */
export class Ledger {
  connections = 0
  /** How many octets were sent, and how many of them before any rule applied. */
  sent = 0
  sentAsUsual: number | undefined
  readonly commands: Array<ScriptedSmtpServer.Command> = []
  readonly received: Array<Entry> = []
  readonly aborted: Array<ScriptedSmtpServer.Aborted> = []

  get snapshot(): ScriptedSmtpServer.Ledger {
    const received = this.received.map((entry) => ({ ...entry }))
    return {
      connections: this.connections,
      openConnections: 0,
      maxOpenConnections: 1,
      commands: this.commands.slice(),
      received,
      accepted: received.filter(({ isAccepted }) => isAccepted),
      aborted: this.aborted.slice(),
      unexpected: []
    }
  }
}

/** The verb of a command, and the address of MAIL FROM or RCPT TO. */
export const verb = /^[A-Za-z]+(?= |$)/
export const path = /^[A-Z]+ (?:FROM|TO):<([^>]*)>/i
const events = new Set(["EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT"])

export const isEvent = (name: string): name is SmtpScript.Event => events.has(name)

const reply = /^(?:([2-5][0-9]{2})-[^\r\n]*\r\n)*([2-5][0-9]{2})(?: [^\r\n]*)?\r\n/

/** The code of the reply with which a text begins, if that is there as a whole. */
export const firstReply = (text: string): number | undefined => {
  const [, first, last] = reply.exec(text) ?? []
  return last === undefined || (first ?? last) !== last ? undefined : Number(last)
}

/** A message without the dots that the client put before its own (RFC 5321 section 4.5.2). */
export const unstuff = (octets: Buffer): Uint8Array =>
  new Uint8Array(Buffer.from(octets.toString("latin1").replaceAll(/(^|\r\n)\./g, "$1"), "latin1"))

/** The end of a message in what was received of it: how long the message is up to there. */
export const endOfMessage = (unread: Buffer, isLineStart: boolean): number | undefined => {
  if (isLineStart && unread.indexOf(".\r\n") === 0) return 0
  const at = unread.indexOf("\r\n.\r\n")
  return at < 0 ? undefined : at + 2
}

const octetsOf = (octets: Uint8Array): Happening => ({ _tag: "Octets", octets: Buffer.from(octets) })

const waitOf = (duration: Duration.DurationInput): Happening => ({ _tag: "Wait", millis: Duration.toMillis(duration) })

/** What happens of itself where this is done. */
export const happenings = (action: SmtpScript.Action): ReadonlyArray<Happening> => {
  switch (action._tag) {
    case "Send":
      return [octetsOf(action.octets)]
    case "Wait":
      return [waitOf(action.duration)]
    case "Trickle": {
      const { every, octets, size } = action
      const pieces = Array.from(
        { length: Math.ceil(octets.length / size) },
        (_, i) => octets.subarray(i * size, (i + 1) * size)
      )
      return pieces.flatMap((piece) => [octetsOf(piece), waitOf(every)])
    }
    case "Repeat": {
      const { every, octets, times } = action
      if (every === undefined) return [octetsOf(Buffer.alloc(octets.length * times, octets))]
      return Array.from({ length: times }, () => [octetsOf(octets), waitOf(every)]).flat()
    }
    default:
      return []
  }
}
