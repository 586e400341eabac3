import * as DateTime from "effect/DateTime"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import { ByteWriter } from "./byteWriter.js"
import * as Charset from "./charset.js"
import { boundaryOf, embeddedStamp, type Entity, type Stamp } from "./entity.js"
import * as Field from "./field.js"
import * as MediaType from "./mediaType.js"
import * as Parameter from "./parameter.js"
import type { Content, Disposition, Leaf, Multipart, Part } from "./part.js"
import { someContent } from "./part.js"
import * as TransferEncoding from "./transferEncoding.js"

/**
 * What a message is made of on its way out: octets that are there, and streams that have to be encoded as they come.
 *
 * @internal
 */
export type Segment = Uint8Array | Streamed

/**
 * @internal
 */
export interface Streamed {
  readonly stream: Stream.Stream<Uint8Array, unknown>
  readonly filename: Option.Option<string>
}

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

const two = (value: number): string => value < 10 ? `0${value}` : String(value)

/**
 * RFC 5322 section 3.3: a zoned date with its offset, any other in UTC.
 *
 * @internal
 */
export const formatDate = (date: DateTime.DateTime): string => {
  const offset = DateTime.isZoned(date) ? Math.trunc(DateTime.zonedOffset(date) / 60_000) : 0
  const local = new Date(date.epochMillis + offset * 60_000)
  const minutes = Math.abs(offset)
  return `${days[local.getUTCDay()]}, ${two(local.getUTCDate())} ${months[local.getUTCMonth()]} ` +
    `${String(local.getUTCFullYear()).padStart(4, "0")} ${two(local.getUTCHours())}:${two(local.getUTCMinutes())}:` +
    `${two(local.getUTCSeconds())} ${offset < 0 ? "-" : "+"}${two(Math.trunc(minutes / 60))}${two(minutes % 60)}`
}

const structured = (name: string, tokens: ReadonlyArray<string>): string =>
  Field.format({
    _tag: "Tokens",
    name,
    tokens: tokens.map((token, i) => i < tokens.length - 1 ? `${token};` : token)
  })

const contentType = (type: MediaType.MediaType, disposition: Disposition | undefined): string => {
  const parameters = type.parameters.map(([name, value]) => Parameter.formatAscii(name, value))
  const filename = disposition?.filename
  const isNamed = filename !== undefined && !Parameter.isPlain(filename) && !MediaType.isText(type) &&
    type.parameters.every(([name]) => name !== "name")
  const name = isNamed ? Parameter.format("name", Parameter.fallback(filename)) : []
  return structured("Content-Type", [type.essence, ...parameters, ...name])
}

const contentDisposition = ({ filename, kind }: Disposition): string =>
  structured("Content-Disposition", [kind, ...filename === undefined ? [] : Parameter.format("filename", filename)])

const encodingField = (encoding: string): string => `Content-Transfer-Encoding: ${encoding}\r\n`

/** Kept between messages, so that none has to make one: the octets of the text that is being encoded. */
const scratch = new ByteWriter(16 * 1024)

class Renderer {
  readonly segments: Array<Segment> = []
  private embedded = 0

  constructor(private readonly writer: ByteWriter, private readonly outermost: Stamp) {}

  entity(entity: Entity, stamp: Stamp): void {
    let header = ""
    for (const field of entity.fields) header += Field.format(field)
    const date = typeof stamp.date === "string" ? stamp.date : formatDate(stamp.date)
    header += `Date: ${date}\r\n${Field.format({ _tag: "Tokens", name: "Message-ID", tokens: [stamp.messageId] })}`
    this.writer.text(`${header}MIME-Version: 1.0\r\n`)
    this.part(entity.body, stamp)
    this.endLine()
  }

  private part(part: Part, stamp: Stamp): void {
    if (part._tag === "Multipart") this.multipart(part, stamp)
    else this.leaf(part)
  }

  private multipart({ children, subtype }: Multipart, stamp: Stamp): void {
    const boundary = boundaryOf(stamp, subtype)
    this.writer.text(structured("Content-Type", [`multipart/${subtype}`, `boundary="${boundary}"`]))
    for (const child of children) {
      this.writer.text(`\r\n--${boundary}\r\n`)
      this.part(child, stamp)
    }
    this.writer.text(`\r\n--${boundary}--\r\n`)
  }

  private leaf(leaf: Leaf): void {
    let header = contentType(leaf.type, leaf.disposition)
    if (leaf.disposition !== undefined) header += contentDisposition(leaf.disposition)
    if (leaf.contentId !== undefined) {
      header += Field.format({ _tag: "Tokens", name: "Content-ID", tokens: [leaf.contentId] })
    }
    for (const field of leaf.fields) header += Field.format(field)
    this.content(header, leaf.content, MediaType.isText(leaf.type))
  }

  private content(header: string, content: Content, isText: boolean): void {
    switch (content._tag) {
      case "Text":
        scratch.length = 0
        Charset.write(scratch, content.charset, content.text)
        return this.encoded(header, scratch.octets.subarray(0, scratch.length), "text")
      case "Octets":
        return isText ? this.encoded(header, content.octets, "exact") : this.base64(header, content.octets)
      case "Raw":
        this.writer.text(`${header}${encodingField(content.isEightBit ? "8bit" : "7bit")}\r\n`)
        return this.writer.write(content.octets)
      case "Entity": {
        this.writer.text(`${header}${encodingField(isEightBit(content.entity) ? "8bit" : "7bit")}\r\n`)
        this.embedded++
        return this.entity(content.entity, embeddedStamp(this.outermost, this.embedded, content.entity))
      }
      case "Streamed":
        this.writer.text(`${header}${encodingField("base64")}\r\n`)
        this.segments.push(this.writer.cut(), { stream: content.stream, filename: content.filename })
    }
  }

  private encoded(header: string, octets: Uint8Array, lineEnds: TransferEncoding.LineEnds): void {
    const encoded = TransferEncoding.encode(octets, lineEnds)
    this.writer.text(`${header}${encodingField(encoded.encoding)}\r\n`)
    this.writer.write(encoded.octets)
  }

  private base64(header: string, octets: Uint8Array): void {
    this.writer.text(`${header}${encodingField("base64")}\r\n`)
    TransferEncoding.writeBase64(this.writer, octets)
  }

  private endLine(): void {
    const { length, octets } = this.writer
    if (length === 0 || octets[length - 2] !== 13 || octets[length - 1] !== 10) this.writer.text("\r\n")
  }

  finish(): ReadonlyArray<Segment> {
    if (this.writer.length > 0) this.segments.push(this.writer.cut())
    return this.segments
  }
}

const isEightBit = (entity: Entity): boolean =>
  entity.smtpUtf8 || someContent(entity.body, (content) => content._tag === "Raw" && content.isEightBit)

const estimate = (part: Part): number => {
  if (part._tag === "Multipart") return part.children.reduce((sum, child) => sum + estimate(child), 256)
  const { content } = part
  switch (content._tag) {
    case "Text":
      return content.text.length + (content.text.length >> 1) + 512
    case "Octets":
    case "Raw":
      return TransferEncoding.base64Length(content.octets.length) + 512
    case "Entity":
      return estimate(content.entity.body) + 1024
    case "Streamed":
      return 512
  }
}

/**
 * A message in one pass over what is in memory; one segment where nothing is streamed.
 *
 * @internal
 */
export const render = (entity: Entity, stamp: Stamp): ReadonlyArray<Segment> => {
  const renderer = new Renderer(new ByteWriter(estimate(entity.body) + 1024), stamp)
  renderer.entity(entity, stamp)
  return renderer.finish()
}
