/**
 * An SMTP server that accepts every message and keeps none. `ScriptedSmtpServer`, even with a sink, takes three times its
 * processor time for each message, which would be part of what is measured.
 */
import { createServer, type Server } from "node:net"

/** `octets` as DATA or BDAT carried them; `chunks` counts the BDATs. */
export interface Counts {
  messages: number
  octets: number
  chunks: number
}

const greeting = "220 sink ESMTP\r\n"
const endOfData = Buffer.from("\r\n.\r\n")
const ok = "250 2.0.0 Ok\r\n"
const isChunk = /^BDAT (\d{1,15})( LAST)?\r\n$/i
const nothing = Buffer.alloc(0)

const replies: Readonly<Record<string, string>> = {
  HELO: "250 sink\r\n",
  MAIL: "250 2.1.0 Ok\r\n",
  RCPT: "250 2.1.5 Ok\r\n",
  DATA: "354 End data with <CR><LF>.<CR><LF>\r\n",
  RSET: ok,
  NOOP: ok,
  QUIT: "221 2.0.0 Bye\r\n"
}

const extensions = ["PIPELINING", "8BITMIME", "SMTPUTF8"]

const ehlo = (isChunking: boolean): string =>
  ["sink", ...extensions, ...isChunking ? ["CHUNKING"] : []].map((line) => `250-${line}\r\n`).join("") +
  "250 SIZE 0\r\n"

/** The server's side of one connection: commands may come in one piece with each other, and with the end of a message. */
export class Session {
  isOver = false
  /** Where the message ends that is on its way: at the dot, or after so many octets more. */
  private awaits: "command" | "dot" | { left: number; readonly isLast: boolean } = "command"
  /** A command that has not come to its end, or what may be the beginning of the end of a message. */
  private rest: Buffer = nothing

  constructor(private readonly counts: Counts, private readonly isChunking: boolean) {}

  /** Takes what came, and gives what to answer, in one piece. */
  take(chunk: Buffer): string {
    const octets = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk])
    let answer = ""
    let at = 0
    for (let next = 0; at < octets.length; at = next) {
      if (this.awaits === "command") {
        const end = octets.indexOf(10, at) + 1
        if (end === 0) break
        answer += this.command(octets, at, end)
        // The line end of DATA may be followed by the dot at once.
        next = this.isDot() ? end - 2 : end
      } else if (this.awaits === "dot") {
        const end = octets.indexOf(endOfData, at)
        if (end < 0) break
        this.counts.octets += end - at
        answer += this.endMessage()
        next = end + endOfData.length
      } else {
        const taken = Math.min(this.awaits.left, octets.length - at)
        this.counts.octets += taken
        this.awaits.left -= taken
        if (this.awaits.left === 0) answer += this.endChunk(this.awaits.isLast)
        next = at + taken
      }
    }
    this.keep(octets, at)
    return answer
  }

  private isDot(): boolean {
    return this.awaits === "dot"
  }

  private command(octets: Buffer, at: number, end: number): string {
    const verb = octets.toString("latin1", at, Math.min(at + 4, end)).toUpperCase()
    if (verb === "DATA") this.awaits = "dot"
    else if (verb === "QUIT") this.isOver = true
    else if (verb === "EHLO") return ehlo(this.isChunking)
    else if (verb === "BDAT" && this.isChunking) return this.beginChunk(octets.toString("latin1", at, end))
    return replies[verb] ?? "500 5.5.1 What?\r\n"
  }

  private beginChunk(line: string): string {
    const [, size, last] = isChunk.exec(line) ?? []
    if (size === undefined) {
      // The number of octets to skip is unknown.
      this.isOver = true
      return "501 5.5.4 How many?\r\n"
    }
    const isLast = last !== undefined
    if (Number(size) === 0) return this.endChunk(isLast)
    this.awaits = { left: Number(size), isLast }
    return ""
  }

  private endChunk(isLast: boolean): string {
    this.counts.chunks++
    this.awaits = "command"
    return isLast ? this.endMessage() : ok
  }

  private endMessage(): string {
    this.counts.messages++
    this.awaits = "command"
    return ok
  }

  /** Of a message only what may turn out to be the beginning of its end. */
  private keep(octets: Buffer, at: number): void {
    const left = octets.length - at
    const kept = this.awaits === "dot" ? Math.min(left, endOfData.length - 1) : left
    if (this.awaits === "dot") this.counts.octets += left - kept
    this.rest = kept === 0 ? nothing : Buffer.from(octets.subarray(octets.length - kept))
  }
}

/** Listens on loopback, at a port that is free. */
export const listen = (counts: Counts, isChunking: boolean): Server =>
  createServer({ noDelay: true }, (socket) => {
    const session = new Session(counts, isChunking)
    socket.on("error", () => socket.destroy())
    socket.on("data", (chunk: Buffer) => {
      const answer = session.take(chunk)
      if (answer !== "") socket.write(answer)
      if (session.isOver) socket.end()
    })
    socket.write(greeting)
  }).listen(0, "127.0.0.1")
