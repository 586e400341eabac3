import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import type * as Stream from "effect/Stream"
import * as Octets from "../value/bytes.js"
import * as Structural from "../value/equality.js"
import { type HeaderInput, toHeaders } from "../value/headers.js"
import * as Value from "../value/kind.js"
import { type Attachment, AttachmentTypeId, type Disposition, isAttachment } from "./model.js"

/**
 * What can be said about any attachment.
 *
 * - `filename`: the name the reader may save it under, without a path
 * - `contentType`: `type/subtype` with optional parameters. Default: guessed from `filename`
 * - `disposition`: Default: `attachment`
 * - `contentId`: what `cid:` URLs in the html refer to (RFC 2392), without angle brackets
 * - `headers`: further header fields of the part, such as `Content-Description`
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly filename?: string | undefined
  readonly contentType?: string | undefined
  readonly disposition?: Disposition | undefined
  readonly contentId?: string | undefined
  readonly headers?: HeaderInput | undefined
}

/** What is known of a file that is streamed. */
export interface OfFile {
  /** The same octets in chunks that share one buffer: each chunk is valid until the next one is pulled. */
  readonly reusedBuffer: Stream.Stream<Uint8Array, unknown>
  /** The size in octets when the file was looked at. */
  readonly size: number
}

const sizeOf = (self: Attachment): number | undefined =>
  self._tag === "Streamed"
    ? fileOf(self)?.size
    : typeof self.content === "string" || Octets.isOctets(self.content)
    ? self.content.length
    : undefined

const Proto = {
  [AttachmentTypeId]: AttachmentTypeId,
  ...Inspectable.BaseProto,
  [Equal.symbol](this: Attachment, that: unknown): boolean {
    return isAttachment(that) && this._tag === that._tag && this.disposition === that.disposition &&
      Equal.equals(this.filename, that.filename) && Equal.equals(this.contentType, that.contentType) &&
      Equal.equals(this.contentId, that.contentId) && Structural.equals(this.headers, that.headers) &&
      Structural.equals(this.content, that.content)
  },
  [Hash.symbol](this: Attachment): number {
    return Value.cachedHash(
      this,
      () => Structural.hash([this._tag, this.filename, this.contentType, this.contentId])
    )
  },
  toJSON(this: Attachment) {
    return {
      _id: "@effect-mail/core/Attachment",
      _tag: this._tag,
      filename: Option.getOrNull(this.filename),
      contentType: Option.getOrNull(this.contentType),
      disposition: this.disposition,
      contentId: Option.getOrNull(this.contentId),
      size: sizeOf(this) ?? null
    }
  },
  pipe() {
    return pipeArguments(this, arguments)
  }
}

const kind = Value.kindHiding<Attachment, OfFile | undefined>(AttachmentTypeId, Proto)

/** What is known of the file that an attachment streams; undefined for all others. */
export const fileOf = kind.hiddenOf

/** The result of input that throws when it is read. It is not of the kind, so that the check refuses it. */
export const unreadable: Attachment = Object.freeze(Object.setPrototypeOf({ content: undefined }, Proto))

type Fields = Omit<
  Attachment.Proto,
  keyof Equal.Equal | keyof Inspectable.Inspectable | keyof Pipeable | AttachmentTypeId
>

/** Reads the options once. */
const toFields = (options: Options = {}): Fields => ({
  filename: Option.fromNullable(options.filename),
  contentType: Option.fromNullable(options.contentType),
  disposition: options.disposition ?? "attachment",
  contentId: Option.fromNullable(options.contentId),
  headers: toHeaders(options.headers)
})

type Content<A = Attachment> = A extends Attachment ? Omit<A, keyof Attachment.Proto> : never

/** Reading the options may throw, where untyped callers give getters or proxies. */
export const make = (content: Content, options: Options | undefined, file?: OfFile): Attachment => {
  try {
    return kind.make({ ...content, ...toFields(options) }, file)
  } catch {
    return unreadable
  }
}

/** An attachment that the html refers to. What is not an attachment is returned as it is, for the check to refuse. */
export const withContentId = (self: Attachment, contentId: string): Attachment =>
  isAttachment(self)
    ? kind.make({ ...self, disposition: "inline", contentId: Option.some(contentId) }, fileOf(self))
    : self
