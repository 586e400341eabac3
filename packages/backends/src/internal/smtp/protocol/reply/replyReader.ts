/** More than any server sends, in octets. */
const maxReply = 512 * 1024

const continuation = /^[0-9]{3}-/
const beyondAscii = /[\x80-\xff]/
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** RFC 5321 names no charset for replies: UTF-8 where the octets are valid in it, else one character for each octet. */
const decode = (octets: string): string => {
  if (!beyondAscii.test(octets)) return octets
  try {
    return utf8.decode(Buffer.from(octets, "latin1"))
  } catch {
    return octets
  }
}

/** RFC 5321 ends lines with CRLF; some servers write LF or CR CR LF. */
const withoutCarriageReturns = (line: string): string => {
  let end = line.length
  while (end > 0 && line.charCodeAt(end - 1) === 13) end--
  return end === line.length ? line : line.slice(0, end)
}

/**
 * Cuts what a server sends into replies of one or of several lines (RFC 5321 section 4.2.1), however it comes in pieces.
 * The lines of a reply are separated by line feeds.
 */
export class ReplyReader {
  /** Complete lines that are not read yet: one character for each octet. */
  private complete = ""
  /** Where in them the next one starts. */
  private start = 0
  /** The unfinished line. It is not searched again when more of it comes. */
  private tail = ""
  /** The lines of an unfinished reply. */
  private lines = ""

  receive(octets: Buffer): void {
    const text = octets.toString("latin1")
    const end = text.lastIndexOf("\n") + 1
    if (end === 0) {
      this.tail += text
      return
    }
    this.complete = this.complete.slice(this.start) + this.tail + text.slice(0, end)
    this.start = 0
    this.tail = text.slice(end)
  }

  /** Whether nothing was received beyond the replies that were read. */
  get isEmpty(): boolean {
    return this.start === this.complete.length && this.tail === "" && this.lines === ""
  }

  /** Whether the server sends a reply that does not end. */
  get isEndless(): boolean {
    return this.complete.length - this.start + this.tail.length + this.lines.length > maxReply
  }

  /** What was received after the replies that were read. */
  get rest(): string {
    return this.isEmpty
      ? ""
      : decode(this.lines + withoutCarriageReturns(this.complete.slice(this.start) + this.tail))
  }

  /** The next complete reply. Empty lines are skipped. */
  next(): string | undefined {
    for (let line = this.nextLine(); line !== undefined; line = this.nextLine()) {
      if (continuation.test(line)) this.lines += `${line}\n`
      else if (this.lines !== "" || line.trim() !== "") {
        const reply = this.lines + line
        this.lines = ""
        return decode(reply)
      }
    }
    return undefined
  }

  private nextLine(): string | undefined {
    const end = this.complete.indexOf("\n", this.start)
    if (end < 0) return undefined
    const line = withoutCarriageReturns(this.complete.slice(this.start, end))
    this.start = end + 1
    return line
  }

  /** Drops what was not read. After STARTTLS, earlier octets must not count (RFC 3207 section 4.2). */
  clear(): void {
    this.complete = ""
    this.start = 0
    this.tail = ""
    this.lines = ""
  }
}
