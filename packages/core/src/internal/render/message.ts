import * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import { boundaryOf } from "../mime/boundary.js"
import type * as Mime from "../mime/field.js"
import { cr, lf, slicesOfMessage } from "../mime/lines.js"
import { estimate, isLarge, isSliced, maxPiece } from "../mime/size.js"
import * as Charset from "../mime/syntax/charset.js"
import * as MediaType from "../mime/syntax/mediaType.js"
import type {
  CheckedMessage,
  Disposition,
  Leaf,
  Multipart,
  Octets,
  Part,
  Stamp,
  StreamedContent
} from "../mime/tree.js"
import { type Content, embeddedStamp, hasEightBit } from "../mime/tree.js"
import { ByteWriter } from "../value/byteWriter.js"
import * as Slices from "../value/slices.js"
import * as Base64 from "./encoding/base64.js"
import * as EncodingCache from "./encoding/encodingCache.js"
import * as TransferEncoding from "./encoding/transferEncoding.js"
import * as Field from "./field.js"
import type { MakeGuard } from "./guard.js"
import * as Parameter from "./parameter.js"

/** A part of a rendered message: octets in memory, or a stream that is encoded while it is read. */
export type Segment = Uint8Array | Streamed

export interface Streamed extends StreamedContent {
  /** Whether the octets are written unencoded, rather than as base64. */
  readonly isReady: boolean
}

/** The source of the bytes: a checked message with its stamp, or complete bytes; both with fields in front. */
export type Source = Written | Ready

export interface Written {
  readonly _tag: "Written"
  readonly message: CheckedMessage
  readonly stamp: Stamp
  readonly front: ReadonlyArray<Mime.Field>
  readonly guards?: ReadonlyArray<MakeGuard>
}

/** Complete bytes. Where they are a stream, `octets` are the first of them, up to the end of the header at least. */
export interface Ready {
  readonly _tag: "Ready"
  readonly octets: Uint8Array
  readonly stream?: { readonly octets: Stream.Stream<Uint8Array, unknown>; readonly size: number }
  readonly front: ReadonlyArray<Mime.Field>
  readonly guards?: ReadonlyArray<MakeGuard>
}

const segment = (stream: Stream.Stream<Uint8Array, unknown>, isReady: boolean, size?: number): Streamed => ({
  stream,
  reusedBuffer: stream,
  filename: Option.none(),
  isReady,
  size
})

const structured = (name: string, tokens: ReadonlyArray<string>): string =>
  Field.format({
    _tag: "Tokens",
    name,
    tokens: tokens.map((token, i) => i < tokens.length - 1 ? `${token};` : token)
  })

/** The field of each type: most bodies have one of a few types. */
const contentTypes = new WeakMap<MediaType.MediaType, string>()

const contentType = (type: MediaType.MediaType, disposition: Disposition | undefined): string => {
  const known = disposition === undefined ? contentTypes.get(type) : undefined
  if (known !== undefined) return known
  const field = formatContentType(type, disposition)
  if (disposition === undefined) contentTypes.set(type, field)
  return field
}

const formatContentType = (type: MediaType.MediaType, disposition: Disposition | undefined): string => {
  const parameters = type.parameters.flatMap(([name, value]) =>
    MediaType.isFilename(name) ? Parameter.format(name, value) : Parameter.formatAscii(name, value)
  )
  const filename = disposition?.filename
  const isNamed = filename !== undefined && !Parameter.isPlain(filename) && !MediaType.isText(type) &&
    type.parameters.every(([name]) => name !== "name")
  const name = isNamed ? Parameter.format("name", Parameter.fallback(filename)) : []
  return structured("Content-Type", [type.essence, ...parameters, ...name])
}

const contentDisposition = ({ filename, kind }: Disposition): string =>
  structured("Content-Disposition", [kind, ...filename === undefined ? [] : Parameter.format("filename", filename)])

const encodingField = (encoding: string): string => `Content-Transfer-Encoding: ${encoding}\r\n`

/** Reused to avoid allocation: the octets of the text that is being encoded. */
const textBuffer = new ByteWriter(16 * 1024)

/** Reused to avoid allocation: messages that are not large are written here and copied. */
const messageBuffer = new ByteWriter(64 * 1024)

const encodeText = (text: string, charset: Charset.Charset): TransferEncoding.Encoded => {
  Charset.write(textBuffer.clear(), charset, text)
  return TransferEncoding.encode(textBuffer.written, "text")
}

class Renderer {
  readonly segments: Array<Segment> = []

  constructor(
    private readonly writer: ByteWriter,
    private readonly outermost: Stamp,
    private readonly isLarge: boolean,
    private embedded = 0
  ) {}

  fields(fields: ReadonlyArray<Mime.Field>): void {
    for (const field of fields) this.writer.text(Field.format(field))
  }

  message(message: CheckedMessage, stamp: Stamp): void {
    let header = ""
    for (const field of message.fields) header += Field.format(field)
    header += `Date: ${stamp.date}\r\n${
      Field.format({ _tag: "Tokens", name: "Message-ID", tokens: [stamp.messageId] })
    }`
    this.writer.text(`${header}MIME-Version: 1.0\r\n`)
    this.part(message.body, stamp)
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
    if (leaf.content._tag === "Ready") return this.writer.write(leaf.content.octets)
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
        return this.encoded(
          header,
          EncodingCache.text(content.text, content.charset, () => encodeText(content.text, content.charset))
        )
      case "Octets": {
        if (isSliced(content, this.isLarge)) {
          this.writer.text(`${header}${encodingField("base64")}\r\n`)
          return this.cut(segment(Slices.ofOctets(content.octets), false, content.octets.length))
        }
        const known = EncodingCache.get(content)
        if (known !== undefined) return this.encoded(header, known)
        return isText
          ? this.encoded(header, EncodingCache.put(content, TransferEncoding.encode(content.octets, "exact")))
          : this.base64(header, content)
      }
      case "Raw":
        this.writer.text(`${header}${encodingField(content.isEightBit ? "8bit" : "7bit")}\r\n`)
        return isSliced(content, this.isLarge)
          ? this.cut(segment(slicesOfMessage(content.octets), true))
          : this.writer.write(content.octets)
      case "Embedded": {
        const { message } = content
        this.writer.text(`${header}${encodingField(isEightBit(message) ? "8bit" : "7bit")}\r\n`)
        this.embedded++
        return this.message(message, embeddedStamp(this.outermost, this.embedded, message))
      }
      case "Streamed":
        this.writer.text(`${header}${encodingField("base64")}\r\n`)
        return this.cut({ ...content, isReady: false })
      case "Ready":
        return this.writer.write(content.octets)
    }
  }

  private cut(segment: Streamed): void {
    this.segments.push(this.writer.cut(), segment)
  }

  private encoded(header: string, { encoding, octets }: TransferEncoding.Encoded): void {
    this.writer.text(`${header}${encodingField(encoding)}\r\n`)
    this.writer.write(octets)
  }

  private base64(header: string, content: Octets): void {
    this.writer.text(`${header}${encodingField("base64")}\r\n`)
    const start = this.writer.length
    Base64.write(this.writer, content.octets)
    EncodingCache.put(content, { encoding: "base64", octets: this.writer.written.subarray(start) })
  }

  private endLine(): void {
    const { length, octets } = this.writer
    if (length === 0 || octets[length - 2] !== cr || octets[length - 1] !== lf) this.writer.text("\r\n")
  }

  finish(): ReadonlyArray<Segment> {
    if (this.writer.length > 0) {
      this.segments.push(this.writer === messageBuffer ? messageBuffer.cut() : this.writer.written)
    }
    return this.segments
  }
}

const isEightBit = (message: CheckedMessage): boolean => message.smtpUtf8 || hasEightBit(message.body)

const writing = (message: CheckedMessage, outermost: Stamp, embedded: number): Renderer => {
  const size = estimate(message.body)
  const isInPieces = isLarge(size)
  const capacity = isInPieces ? maxPiece : size + 4096
  const writer = capacity < messageBuffer.octets.length ? messageBuffer.clear() : new ByteWriter(capacity)
  return new Renderer(writer, outermost, isInPieces, embedded)
}

const written = ({ front, message, stamp }: Written): ReadonlyArray<Segment> => {
  const renderer = writing(message, stamp, 0)
  renderer.fields(front)
  renderer.message(message, stamp)
  return renderer.finish()
}

/** The `index`th message that is embedded in another, as it is written there. */
export const embedded = (message: CheckedMessage, outermost: Stamp, index: number): ReadonlyArray<Segment> => {
  const renderer = writing(message, outermost, index)
  renderer.message(message, embeddedStamp(outermost, index, message))
  return renderer.finish()
}

const ready = ({ front, octets, stream }: Ready): ReadonlyArray<Segment> => {
  const header = front.map(Field.format).join("")
  if (stream !== undefined) return [new TextEncoder().encode(header), segment(stream.octets, true, stream.size)]
  const writer = new ByteWriter(header.length * 3 + (isLarge(octets.length) ? 0 : octets.length))
  writer.text(header)
  if (isLarge(octets.length)) return [writer.written, segment(Slices.ofOctets(octets), true, octets.length)]
  writer.write(octets)
  return [writer.written]
}

/** Renders a message in one pass over what is in memory. One segment where nothing is streamed and it is not large. */
export const render = (source: Source): ReadonlyArray<Segment> =>
  source._tag === "Written" ? written(source) : ready(source)
