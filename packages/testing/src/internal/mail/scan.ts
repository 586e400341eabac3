import { find, type Header, type HeaderBlock, readHeaders, structured } from "./header.js"

/** A part of a message, by offsets into its octets: nothing of its body is copied or decoded. */
export interface Part {
  /** `1`, `2.1`: the numbers of IMAP (RFC 3501 section 6.4.5); empty for a multipart that is the whole message. */
  readonly path: string
  readonly headers: ReadonlyArray<Header>
  /** In lower case. `text/plain` where none is given (RFC 2045 section 5.2). */
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
  readonly disposition: string
  readonly dispositionParameters: ReadonlyMap<string, string>
  /** Without the angle brackets. */
  readonly contentId: string
  /** In lower case; `7bit` where none is given. */
  readonly encoding: string
  readonly start: number
  readonly bodyStart: number
  readonly end: number
  readonly children: ReadonlyArray<Part>
  /** Whether it is inside an attached message. */
  readonly isEmbedded: boolean
}

/** What a message consists of. */
export interface Structure {
  readonly root: Part
  readonly parts: ReadonlyArray<Part>
  /** Where reading stopped, and why; empty for a message that was read as a whole. */
  readonly cuts: ReadonlyArray<string>
}

const maxDepth = 50
const maxParts = 1_000
const lineFeed = 10

type Open = { -readonly [K in keyof Part]: Part[K] } & {
  readonly children: Array<Part>
  readonly boundary: Buffer | undefined
  readonly depth: number
}

class Scanner {
  readonly parts: Array<Part> = []
  readonly cuts = new Set<string>()
  private readonly stack: Array<Open> = []

  constructor(private readonly message: Buffer) {}

  private begin(start: number, parent: Open | undefined, isMessage: boolean): Open {
    const block: HeaderBlock = readHeaders(this.message, start, this.message.length)
    if (block.isCut) this.cuts.add("a header block over 256 KiB was cut")
    const { headers } = block
    const isDigest = parent?.type === "multipart/digest"
    const content = structured(find(headers, "content-type")?.value ?? (isDigest ? "message/rfc822" : "text/plain"))
    const disposition = structured(find(headers, "content-disposition")?.value ?? "")
    const type = /^[^\s/]+\/[^\s/]+$/.test(content.value) ? content.value : "text/plain"
    const boundary = type.startsWith("multipart/") ? content.parameters.get("boundary") : undefined
    const own = parent === undefined
      ? (type.startsWith("multipart/") ? "" : "1")
      : `${parent.path}${parent.path === "" ? "" : "."}${parent.children.length + 1}`
    const part: Open = {
      path: isMessage && own === "" && parent !== undefined ? "1" : own,
      headers,
      type,
      parameters: content.parameters,
      disposition: disposition.value,
      dispositionParameters: disposition.parameters,
      contentId: (find(headers, "content-id")?.value ?? "").trim().replace(/^<|>$/g, ""),
      encoding: (find(headers, "content-transfer-encoding")?.value ?? "7bit").trim().toLowerCase(),
      start,
      bodyStart: block.end,
      end: this.message.length,
      children: [],
      isEmbedded: parent !== undefined && (parent.isEmbedded || parent.type === "message/rfc822"),
      boundary: boundary === undefined || boundary === "" ? undefined : Buffer.from(boundary, "utf8"),
      depth: (parent?.depth ?? 0) + 1
    }
    parent?.children.push(part)
    this.parts.push(part)
    this.stack.push(part)
    return part
  }

  /** Begins a part, and the message inside it, and so on. Gives where its content starts; undefined at a limit. */
  private descend(start: number, parent: Open | undefined): number | undefined {
    let part = this.begin(start, parent, parent === undefined)
    while (true) {
      if (this.parts.length >= maxParts) {
        this.cuts.add(`cut at ${maxParts} parts`)
        return undefined
      }
      if (part.depth >= maxDepth && (part.boundary !== undefined || part.type === "message/rfc822")) {
        this.cuts.add(`cut at ${maxDepth} levels`)
        return undefined
      }
      const isPlainMessage = part.type === "message/rfc822" && /^(?:7bit|8bit|binary)$/.test(part.encoding)
      if (!isPlainMessage) return part.bodyStart
      part = this.begin(part.bodyStart, part, true)
    }
  }

  /** Ends all parts above this depth of the stack. */
  private closeTo(length: number, end: number): void {
    while (this.stack.length > length) {
      const part = this.stack.pop()
      if (part !== undefined) part.end = Math.max(part.bodyStart, end)
    }
  }

  private level(line: number, lineLength: number): { readonly index: number; readonly isClose: boolean } | undefined {
    for (let index = this.stack.length - 1; index >= 0; index--) {
      const boundary = this.stack[index]?.boundary
      if (boundary === undefined || lineLength < boundary.length + 2) continue
      if (this.message.compare(boundary, 0, boundary.length, line + 2, line + 2 + boundary.length) !== 0) continue
      const rest = this.message.toString("latin1", line + 2 + boundary.length, Math.min(line + lineLength, line + 300))
      if (/^[ \t\r]*$/.test(rest)) return { index, isClose: false }
      if (/^--[ \t\r]*$/.test(rest)) return { index, isClose: true }
    }
    return undefined
  }

  run(): void {
    const { message } = this
    let at: number | undefined = this.descend(0, undefined)
    while (at !== undefined && this.stack.some(({ boundary }) => boundary !== undefined)) {
      const isHere: boolean = message[at] === 45 && message[at + 1] === 45 && (at === 0 || message[at - 1] === lineFeed)
      const found: number = isHere ? at - 1 : message.indexOf("\n--", Math.max(0, at - 1))
      if (!isHere && found < 0) break
      const line: number = found + 1
      const feed = message.indexOf(lineFeed, line)
      const next: number = feed < 0 ? message.length : feed + 1
      const match = this.level(line, (feed < 0 ? message.length : feed) - line)
      if (match === undefined) {
        at = next
        continue
      }
      const isCrlf = message[line - 2] === 13
      this.closeTo(match.index + 1, line - (isCrlf ? 2 : 1))
      const parent = this.stack[match.index]
      if (match.isClose || parent === undefined) {
        const closed = this.stack.pop()
        if (closed !== undefined) closed.end = next
        at = next
      } else at = this.descend(next, parent)
    }
    this.closeTo(0, message.length)
  }
}

/** Finds the parts of a message in one pass, in time linear in its length, whatever it holds. */
export const scan = (octets: Uint8Array): Structure => {
  const scanner = new Scanner(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength))
  scanner.run()
  const [root] = scanner.parts
  if (root === undefined) throw new Error("a message has a root part")
  return { root, parts: scanner.parts, cuts: Array.from(scanner.cuts) }
}
