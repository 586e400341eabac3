/**
 * A server in memory for properties: it answers as its plan says, one thing at a time, and keeps a ledger of what it really
 * took. It is strict: commands come in their order, and a message ends with CRLF.CRLF or where its chunk does.
 */

/** The codes for each kind of command, one after the other and from the beginning again. */
export interface Plan {
  readonly MAIL: ReadonlyArray<number>
  readonly RCPT: ReadonlyArray<number>
  readonly DATA: ReadonlyArray<number>
  readonly RSET: ReadonlyArray<number>
  readonly end: ReadonlyArray<number>
  /** Whether commands that came behind a message before it was answered are refused as out of order. */
  readonly isDeafBehind: boolean
  /** What is said behind a reply, by the number of that. */
  readonly strays: Readonly<Record<number, string>>
}

/** What the server knows of a message. */
export interface Entry {
  readonly number: number
  readonly to: ReadonlyArray<string>
  readonly isWhole: boolean
  readonly code: number
}

const isPositive = (code: number): boolean => code >= 200 && code < 300

export class Peer {
  readonly entries: Array<Entry> = []
  /** The numbers of the messages in the order of their envelopes. */
  readonly begun: Array<number> = []
  /** What no client may do. */
  readonly faults: Array<string> = []
  /** What the client has not received yet. */
  said: Buffer = Buffer.alloc(0)
  hasLeft = false
  private unread: Buffer = Buffer.alloc(0)
  private isInData = false
  /** How many of the next lines are refused. */
  private deafFor = 0
  private replies = 0
  private readonly counts = new Map<keyof Plan, number>()
  private sender: number | undefined
  private to: Array<string> = []
  private isOpen = false

  constructor(private readonly plan: Plan) {}

  receive(octets: Buffer): void {
    this.unread = Buffer.concat([this.unread, octets])
  }

  /** Does one thing, if there is one to do. */
  step(): boolean {
    if (this.hasLeft) return false
    return this.isInData ? this.readData() : this.readLine()
  }

  private reply(code: number): void {
    const stray = this.plan.strays[this.replies++] ?? ""
    this.said = Buffer.concat([this.said, Buffer.from(`${code} ok\r\n${stray}`)])
    if (code === 421 || code === 221) this.hasLeft = true
  }

  private code(kind: "MAIL" | "RCPT" | "DATA" | "RSET" | "end"): number {
    const count = this.counts.get(kind) ?? 0
    this.counts.set(kind, count + 1)
    return this.plan[kind][count % this.plan[kind].length] ?? 250
  }

  private readLine(): boolean {
    const end = this.unread.indexOf("\r\n")
    if (end < 0) return false
    const line = this.unread.toString("latin1", 0, end)
    const chunk = /^BDAT (\d+) LAST$/.exec(line)
    if (chunk !== null) return this.readChunk(end + 2, Number(chunk[1]))
    this.unread = this.unread.subarray(end + 2)
    if (this.deafFor > 0) {
      this.deafFor--
      this.reply(503)
    } else this.command(line)
    return true
  }

  private command(line: string): void {
    const mail = /^MAIL FROM:<(\d+)>$/.exec(line)
    const rcpt = /^RCPT TO:<(\d+)\.\d+>$/.exec(line)
    if (mail !== null) {
      if (this.isOpen) this.faults.push("MAIL within a transaction")
      const code = this.code("MAIL")
      this.sender = Number(mail[1])
      this.begun.push(this.sender)
      this.to = []
      this.isOpen = isPositive(code)
      return this.reply(code)
    }
    if (rcpt !== null) {
      if (Number(rcpt[1]) !== this.sender) this.faults.push("RCPT for another message")
      const code = this.isOpen ? this.code("RCPT") : 503
      if (isPositive(code)) this.to.push(line.slice(9, -1))
      return this.reply(code)
    }
    switch (line) {
      case "DATA": {
        const code = !this.isOpen ? 503 : this.to.length === 0 ? 554 : this.code("DATA")
        this.isInData = code === 354
        return this.reply(code)
      }
      case "RSET": {
        const code = this.code("RSET")
        if (isPositive(code)) this.isOpen = false
        return this.reply(code)
      }
      case "QUIT":
        return this.reply(221)
      default:
        this.faults.push(`no command: ${line}`)
        return this.reply(500)
    }
  }

  private readData(): boolean {
    const end = this.unread.indexOf("\r\n.\r\n")
    if (end < 0) return false
    const text = this.unread.toString("latin1", 0, end + 2)
    this.unread = this.unread.subarray(end + 5)
    this.isInData = false
    this.isOpen = false
    this.take(text)
    if (this.plan.isDeafBehind) this.deafFor = this.unread.toString("latin1").split("\r\n").length - 1
    return true
  }

  private readChunk(start: number, size: number): boolean {
    if (this.unread.length < start + size) return false
    const text = this.unread.toString("latin1", start, start + size)
    this.unread = this.unread.subarray(start + size)
    if (!this.isOpen || this.to.length === 0) this.reply(503)
    else if (isPositive(this.take(text))) this.isOpen = false
    return true
  }

  private take(text: string): number {
    const code = this.code("end")
    const number = this.sender ?? 0
    this.entries.push({ number, to: this.to, isWhole: text === `message ${number}\r\n`, code })
    this.reply(code)
    return code
  }
}
