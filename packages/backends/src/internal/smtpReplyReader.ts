/** Far more than any server says, and little enough to be held. */
const longestReply = 512 * 1024

const lineEnd = /\r?\n/
const continuation = /^\d+-/
const beyondAscii = /[\x80-\xff]/

/** RFC 5321 knows no charset of replies: it is UTF-8 where it can be, and else whatever the octets are. */
const decode = (octets: string): string => {
  if (!beyondAscii.test(octets)) return octets
  const text = Buffer.from(octets, "latin1").toString("utf8")
  return text.includes("\ufffd") ? octets : text
}

/**
 * Cuts what a server sends into replies, of one line or of several (RFC 5321 section 4.2.1), however it comes in pieces.
 *
 * @internal
 */
export class ReplyReader {
  /** A line that has not come to its end: one character for each octet. */
  private line = ""
  /** The lines of a reply that goes on. */
  private lines = ""

  constructor(private readonly onReply: (reply: string) => void, private readonly onEndless: () => void) {}

  /** What came of a reply before it broke off. */
  get rest(): string {
    return decode(this.lines + this.line).trim()
  }

  read(octets: Buffer): void {
    const text = octets.toString("latin1")
    if (!text.includes("\n")) this.line += text
    else {
      const lines = (this.line + text).split(lineEnd)
      this.line = lines.pop() ?? ""
      for (const line of lines) this.readLine(line)
    }
    if (this.line.length + this.lines.length > longestReply) this.onEndless()
  }

  private readLine(line: string): void {
    if (continuation.test(line)) {
      this.lines += `${line}\n`
      return
    }
    const reply = this.lines + line
    this.lines = ""
    // An empty line is no reply, and means nothing.
    if (reply.trim() !== "") this.onReply(decode(reply))
  }
}
