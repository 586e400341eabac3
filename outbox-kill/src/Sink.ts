/**
 * An SMTP server that keeps a ledger: how many copies each recipient got, whether or not they were told. What it does with a
 * message is written in the address of its first recipient.
 */
import { Effect } from "effect"
import type { Scope } from "effect"
import { createHash } from "node:crypto"
import { createServer, type Socket } from "node:net"

/**
 * - `ok`: accepts
 * - `refuse`: 550 to RCPT
 * - `later`: 451 to RCPT twice, then accepts
 * - `busy`: 451 to the final dot once, then accepts
 * - `spam`: 554 to the final dot
 * - `taken`: takes the first copy, and closes the connection without a reply
 * - `lost`: closes the connection after the final dot, and takes nothing; then accepts
 * - `early`: closes the connection in the middle of the message twice, then accepts
 */
export const kinds = ["ok", "refuse", "later", "busy", "spam", "taken", "lost", "early"] as const
export type Kind = (typeof kinds)[number]

export interface Sink {
  readonly port: number
  readonly copies: ReadonlyMap<string, number>
  /** Messages whose octets were not the same at every attempt. */
  readonly changed: () => number
}

interface Ledger {
  readonly copies: Map<string, number>
  readonly visits: Map<string, number>
  readonly hashes: Map<string, string>
  readonly changed: Set<string>
}

const kindOf = (address: string): Kind => kinds.find((kind) => address.startsWith(`${kind}-`)) ?? "ok"

/** How often this happened before. */
const visit = ({ visits }: Ledger, key: string): number => {
  const count = visits.get(key) ?? 0
  visits.set(key, count + 1)
  return count
}

const pathOf = (command: string): string => /<([^>]*)>/.exec(command)?.[1] ?? ""

class Session {
  private recipients: Array<string> = []
  private buffer = ""
  private content: string | undefined

  constructor(
    private readonly socket: Socket,
    private readonly ledger: Ledger,
    private readonly delay: () => number
  ) {
    socket.on("data", (chunk) => {
      this.buffer += chunk.toString("latin1")
      this.read()
    })
    socket.on("error", () => socket.destroy())
    this.say("220 sink ESMTP")
  }

  private say(...lines: ReadonlyArray<string>) {
    this.socket.write(lines.map((line) => `${line}\r\n`).join(""))
  }

  private read() {
    while (true) {
      if (this.content !== undefined) {
        this.content += this.buffer
        this.buffer = ""
        if (!this.takeContent()) return
      }
      const end = this.buffer.indexOf("\r\n")
      if (end < 0 || this.content !== undefined) return
      const line = this.buffer.slice(0, end)
      this.buffer = this.buffer.slice(end + 2)
      this.command(line)
    }
  }

  private command(line: string) {
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === "EHLO") return this.say("250-sink", "250-8BITMIME", "250-ENHANCEDSTATUSCODES", "250 SMTPUTF8")
    if (verb === "MAIL" || verb === "RSET") {
      this.recipients = []
      return this.say("250 2.0.0 ok")
    }
    if (verb === "RCPT") return this.rcpt(pathOf(line))
    if (verb === "DATA") {
      if (this.recipients.length === 0) return this.say("503 5.5.1 no recipients")
      this.content = ""
      return this.say("354 go on")
    }
    if (verb === "QUIT") {
      this.say("221 2.0.0 bye")
      return this.socket.end()
    }
    return this.say("250 2.0.0 ok")
  }

  private rcpt(address: string) {
    const kind = kindOf(address)
    if (kind === "refuse") return this.say("550 5.1.1 no such user")
    if (kind === "later" && visit(this.ledger, `rcpt ${address}`) < 2) return this.say("451 4.7.1 come back later")
    this.recipients.push(address)
    return this.say("250 2.1.5 ok")
  }

  /** Whether the message has ended. */
  private takeContent(): boolean {
    const content = this.content ?? ""
    const first = this.recipients[0] ?? ""
    const kind = kindOf(first)
    if (kind === "early" && content.length > 50 && visit(this.ledger, `early ${first}`) < 2) {
      this.socket.destroy()
      return false
    }
    const end = content.startsWith(".\r\n") ? 0 : content.indexOf("\r\n.\r\n")
    if (end < 0) return false
    this.content = undefined
    this.buffer = content.slice(end + 5)
    this.hash(content.slice(0, end))
    const seen = visit(this.ledger, `dot ${first}`)
    if (kind === "lost" && seen === 0) {
      this.socket.destroy()
      return true
    }
    if (kind === "spam" || (kind === "busy" && seen === 0)) {
      this.recipients = []
      this.say(kind === "spam" ? "554 5.7.1 not wanted" : "451 4.3.0 busy")
      return true
    }
    for (const recipient of this.recipients) {
      this.ledger.copies.set(recipient, (this.ledger.copies.get(recipient) ?? 0) + 1)
    }
    this.recipients = []
    if (kind === "taken" && seen === 0) {
      this.socket.destroy()
      return true
    }
    setTimeout(() => this.say("250 2.0.0 queued"), this.delay())
    return true
  }

  private hash(content: string) {
    const id = /^message-id: *(.*)\r?$/im.exec(content)?.[1] ?? ""
    const hash = createHash("sha256").update(content).digest("hex")
    const before = this.ledger.hashes.get(id)
    if (before !== undefined && before !== hash) this.ledger.changed.add(id)
    this.ledger.hashes.set(id, hash)
  }
}

/** `delay`: how long it takes to answer the final dot, in ms, at most. */
export const make = (delay: number): Effect.Effect<Sink, Error, Scope.Scope> =>
  Effect.gen(function*() {
    const ledger: Ledger = { copies: new Map(), visits: new Map(), hashes: new Map(), changed: new Set() }
    const sockets = new Set<Socket>()
    const server = createServer({ noDelay: true }, (socket) => {
      sockets.add(socket)
      socket.once("close", () => sockets.delete(socket))
      new Session(socket, ledger, () => Math.floor(Math.random() * delay))
    })
    yield* Effect.addFinalizer(() =>
      Effect.async<void>((resume) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resume(Effect.void))
      })
    )
    const port = yield* Effect.async<number, Error>((resume) => {
      server.once("error", (error) => resume(Effect.fail(error)))
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
      })
    })
    return { port, copies: ledger.copies, changed: () => ledger.changed.size }
  })
