import * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import * as Charset from "../mime/charset.js"
import * as MediaType from "../mime/mediaType.js"
import { boundaryOf, embeddedStamp, type Entity, type Stamp } from "../mime/message.js"
import type { Content, Disposition, Leaf, Multipart, Octets, Part } from "../mime/part.js"
import { someContent } from "../mime/part.js"
import { ByteWriter } from "../value/byteWriter.js"
import * as Slices from "../value/slices.js"
import * as Base64 from "./base64.js"
import * as SharedEncoding from "./encodingCache.js"
import * as Field from "./field.js"
import type { MakeGuard } from "./guard.js"
import * as Parameter from "./parameter.js"
import * as TransferEncoding from "./transferEncoding.js"

/**
 * What a message is made of on its way out: octets that are there, and streams that have to be encoded as they come.
 *
 * @internal
 */
export type Segment = Uint8Array | Streamed

/**
 * - `isReady`: whether the octets are to go as they come, rather than as base64
 *
 * @internal
 */
export interface Streamed {
  readonly stream: Stream.Stream<Uint8Array, unknown>
  readonly transient: Stream.Stream<Uint8Array, unknown>
  readonly filename: Option.Option<string>
  readonly isReady: boolean
  readonly size: number | undefined
}

/**
 * Of what bytes are made: a checked message, with its stamp and what stands in front of it, or bytes that are ready.
 *
 * @internal
 */
export type Source = Written | Ready

/**
 * @internal
 */
export interface Written {
  readonly _tag: "Written"
  readonly entity: Entity
  readonly stamp: Stamp
  readonly front: ReadonlyArray<Field.Field>
  readonly guards?: ReadonlyArray<MakeGuard>
}

/**
 * @internal
 */
export interface Ready {
  readonly _tag: "Ready"
  readonly octets: Uint8Array
  readonly front: ReadonlyArray<Field.Field>
  readonly guards?: ReadonlyArray<MakeGuard>
}

const segment = (stream: Stream.Stream<Uint8Array, unknown>, isReady: boolean, size?: number): Streamed => ({
  stream,
  transient: stream,
  filename: Option.none(),
  isReady,
  size
})

/** What takes so long to encode that nobody else should have to wait for it. */
const largest = 10 * 1024 * 1024

/** What a large message has no longer in one piece with the rest. */
const longestPiece = 64 * 1024

/**
 * Whether octets are encoded slice by slice.
 *
 * @internal
 */
export const isSliced = ({ octets }: { readonly octets: Uint8Array }, isLarge: boolean): boolean =>
  isLarge && octets.length > longestPiece

const structured = (name: string, tokens: ReadonlyArray<string>): string =>
  Field.format({
    _tag: "Tokens",
    name,
    tokens: tokens.map((token, i) => i < tokens.length - 1 ? `${token};` : token)
  })

/** Each type as it stands in the header: most bodies have one of a few. */
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

/** Kept between messages, so that none has to make one: the octets of the text that is being encoded. */
const scratch = new ByteWriter(16 * 1024)

/** Where messages are written that are not large: each is cut out of it in its length. */
const page = new ByteWriter(64 * 1024)

const encodeText = (text: string, charset: Charset.Charset): TransferEncoding.Encoded => {
  Charset.write(scratch.clear(), charset, text)
  return TransferEncoding.encode(scratch.written, "text")
}

class Renderer {
  readonly segments: Array<Segment> = []

  constructor(
    private readonly writer: ByteWriter,
    private readonly outermost: Stamp,
    private readonly isLarge: boolean,
    private embedded = 0
  ) {}

  fields(fields: ReadonlyArray<Field.Field>): void {
    for (const field of fields) this.writer.text(Field.format(field))
  }

  entity(entity: Entity, stamp: Stamp): void {
    let header = ""
    for (const field of entity.fields) header += Field.format(field)
    header += `Date: ${stamp.date}\r\n${
      Field.format({ _tag: "Tokens", name: "Message-ID", tokens: [stamp.messageId] })
    }`
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
          SharedEncoding.ofText(content.text, content.charset, () => encodeText(content.text, content.charset))
        )
      case "Octets": {
        if (isSliced(content, this.isLarge)) {
          this.writer.text(`${header}${encodingField("base64")}\r\n`)
          return this.cut(segment(Slices.ofOctets(content.octets), false, content.octets.length))
        }
        const known = SharedEncoding.recall(content)
        if (known !== undefined) return this.encoded(header, known)
        return isText
          ? this.encoded(header, SharedEncoding.remember(content, TransferEncoding.encode(content.octets, "exact")))
          : this.base64(header, content)
      }
      case "Raw":
        this.writer.text(`${header}${encodingField(content.isEightBit ? "8bit" : "7bit")}\r\n`)
        return isSliced(content, this.isLarge)
          ? this.cut(segment(Slices.ofMessage(content.octets), true))
          : this.writer.write(content.octets)
      case "Entity": {
        this.writer.text(`${header}${encodingField(isEightBit(content.entity) ? "8bit" : "7bit")}\r\n`)
        this.embedded++
        return this.entity(content.entity, embeddedStamp(this.outermost, this.embedded, content.entity))
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
    SharedEncoding.remember(content, { encoding: "base64", octets: this.writer.written.subarray(start) })
  }

  private endLine(): void {
    const { length, octets } = this.writer
    if (length === 0 || octets[length - 2] !== 13 || octets[length - 1] !== 10) this.writer.text("\r\n")
  }

  finish(): ReadonlyArray<Segment> {
    if (this.writer.length > 0) this.segments.push(this.writer === page ? page.cut() : this.writer.written)
    return this.segments
  }
}

const isEightBit = (entity: Entity): boolean =>
  entity.smtpUtf8 ||
  someContent(entity.body, (content) => (content._tag === "Raw" || content._tag === "Ready") && content.isEightBit)

const estimate = (part: Part): number => {
  if (part._tag === "Multipart") return part.children.reduce((sum, child) => sum + estimate(child), 256)
  const { content } = part
  switch (content._tag) {
    case "Text":
      return content.text.length + (content.text.length >> 1) + 512
    case "Octets":
      return Base64.encodedLength(content.octets.length) + 512
    case "Raw":
      // One that is long is never in one piece with the rest: it is not yet in its own line ends.
      return Slices.isLong(content.octets) ? Infinity : content.octets.length + 512
    case "Entity":
      return estimate(content.entity.body) + 1024
    case "Streamed":
      return 512
    case "Ready":
      return content.octets.length + 512
  }
}

/**
 * Whether a message is so large that it goes out in pieces.
 *
 * @internal
 */
export const isLarge = ({ body }: Entity): boolean => estimate(body) > largest

/**
 * Whether ready octets are so many that they go out in pieces.
 *
 * @internal
 */
export const isLong = (octets: Uint8Array): boolean => octets.length > largest

const writing = (entity: Entity, outermost: Stamp, embedded: number): Renderer => {
  const size = estimate(entity.body)
  const isInPieces = size > largest
  const capacity = isInPieces ? longestPiece : size + 4096
  const writer = capacity < page.octets.length ? page.clear() : new ByteWriter(capacity)
  return new Renderer(writer, outermost, isInPieces, embedded)
}

const written = ({ entity, front, stamp }: Written): ReadonlyArray<Segment> => {
  const renderer = writing(entity, stamp, 0)
  renderer.fields(front)
  renderer.entity(entity, stamp)
  return renderer.finish()
}

/**
 * The `index`th message that is embedded in another, as it stands there.
 *
 * @internal
 */
export const embedded = (entity: Entity, outermost: Stamp, index: number): ReadonlyArray<Segment> => {
  const renderer = writing(entity, outermost, index)
  renderer.entity(entity, embeddedStamp(outermost, index, entity))
  return renderer.finish()
}

const ready = ({ front, octets }: Ready): ReadonlyArray<Segment> => {
  const header = front.map(Field.format).join("")
  const writer = new ByteWriter(header.length * 3 + (isLong(octets) ? 0 : octets.length))
  writer.text(header)
  if (isLong(octets)) return [writer.written, segment(Slices.ofOctets(octets), true, octets.length)]
  writer.write(octets)
  return [writer.written]
}

/**
 * A message in one pass over what is in memory; one segment where nothing is streamed and it is not large.
 *
 * @internal
 */
export const render = (source: Source): ReadonlyArray<Segment> =>
  source._tag === "Written" ? written(source) : ready(source)
