/**
 * What a message carries beside its text: bytes, text, another message, or a stream that is run again for each attempt.
 *
 * An attachment is a value: nothing is read, checked or encoded before the message is sent. No attachment is ever a path
 * or a URL; only `file` reads one, as an explicit effect.
 *
 * @since 0.1.0
 */
import { type PlatformError, SystemError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import { dual } from "effect/Function"
import * as Hash from "effect/Hash"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import * as Stream from "effect/Stream"
import * as Octets from "./internal/value/bytes.js"
import * as Structural from "./internal/value/equality.js"
import * as FileStream from "./internal/value/fileStream.js"
import { type HeaderInput, toHeaders } from "./internal/value/headers.js"
import * as Value from "./internal/value/kind.js"
import type * as Message from "./Message.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~@effect-mail/core/Attachment"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~@effect-mail/core/Attachment"

/**
 * @since 0.1.0
 * @category models
 */
export type Disposition = "attachment" | "inline"

/**
 * What can be said about any attachment.
 *
 * - `filename`: the name the reader may save it under, without a path
 * - `contentType`: `type/subtype` with optional parameters; guessed from `filename` when absent
 * - `disposition`: `attachment` unless said otherwise (RFC 2183)
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

/**
 * What can be said about an attachment that the html refers to.
 *
 * @since 0.1.0
 * @category models
 */
export interface InlineOptions extends Options {
  readonly contentId: string
}

/**
 * @since 0.1.0
 * @category models
 */
export declare namespace Attachment {
  /**
   * @since 0.1.0
   * @category models
   */
  export interface Proto extends Equal.Equal, Inspectable.Inspectable, Pipeable {
    readonly [TypeId]: TypeId
    readonly filename: Option.Option<string>
    readonly contentType: Option.Option<string>
    readonly disposition: Disposition
    readonly contentId: Option.Option<string>
    readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export type Attachment = Bytes | Text | Embedded | Streamed

/**
 * @since 0.1.0
 * @category models
 */
export interface Bytes extends Attachment.Proto {
  readonly _tag: "Bytes"
  readonly content: Uint8Array
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Text extends Attachment.Proto {
  readonly _tag: "Text"
  readonly content: string
}

/**
 * A whole message inside the message (`message/rfc822`): a value, or the raw bytes of one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Embedded extends Attachment.Proto {
  readonly _tag: "Embedded"
  readonly content: Message.Message | Uint8Array
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Streamed extends Attachment.Proto {
  readonly _tag: "Streamed"
  readonly content: Stream.Stream<Uint8Array, unknown>
  /** @internal */
  readonly transient?: Stream.Stream<Uint8Array, unknown> | undefined
  /** @internal */
  readonly size?: number | undefined
}

const sizeOf = (self: Attachment): number | undefined =>
  self._tag === "Streamed"
    ? self.size
    : typeof self.content === "string" || Octets.isOctets(self.content)
    ? self.content.length
    : undefined

const Proto = {
  [TypeId]: TypeId,
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

const fromFields = Value.kind<Attachment>(TypeId, Proto)

/** What is made of input that cannot even be read: it is not of the kind, so that the check refuses it. */
const unreadable: Attachment = Object.freeze(Object.setPrototypeOf({ content: undefined }, Proto))

type Fields = Omit<Attachment.Proto, keyof Equal.Equal | keyof Inspectable.Inspectable | keyof Pipeable | TypeId>

/** Reads the options once. */
const toFields = (options: Options = {}): Fields => ({
  filename: Option.fromNullable(options.filename),
  contentType: Option.fromNullable(options.contentType),
  disposition: options.disposition ?? "attachment",
  contentId: Option.fromNullable(options.contentId),
  headers: toHeaders(options.headers)
})

type Content<A = Attachment> = A extends Attachment ? Omit<A, keyof Attachment.Proto>
  : never

const make = (content: Content, options: Options | undefined): Attachment => {
  try {
    return fromFields({ ...content, ...toFields(options) })
  } catch {
    return unreadable
  }
}

/**
 * Whether this module made the value: JSON that has the shape of an attachment is none.
 *
 * @since 0.1.0
 * @category guards
 */
export const isAttachment = (u: unknown): u is Attachment => Value.isOf(TypeId, u)

/**
 * Bytes, exactly as they are. They are copied, so that the attachment stays what it is; the copy is all that is held of
 * them, however large they are and however often they are sent.
 *
 * What is no `Uint8Array` (a Buffer is one) is an `AttachmentError` when the message is checked.
 *
 * @example
 * ```ts
 * import { Attachment } from "@effect-mail/core"
 *
 * Attachment.bytes(new Uint8Array([0x25, 0x50, 0x44, 0x46]), { filename: "invoice.pdf" })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const bytes = (content: Uint8Array, options?: Options): Attachment =>
  make({ _tag: "Bytes", content: Octets.copy(content) }, options)

/**
 * A text, which goes as UTF-8 unless its `contentType` names another charset. Line ends are kept as they are.
 *
 * @example
 * ```ts
 * import { Attachment } from "@effect-mail/core"
 *
 * Attachment.text("name,amount\nAda,12\n", { filename: "report.csv" })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const text = (content: string, options?: Options): Attachment => make({ _tag: "Text", content }, options)

/**
 * A whole message as `message/rfc822`: a `Message`, or the raw text or bytes of one. Messages may be nested 100 deep.
 *
 * @since 0.1.0
 * @category constructors
 */
export const message = (content: Message.Message | Uint8Array | string, options?: Options): Attachment =>
  make({
    _tag: "Embedded",
    content: typeof content === "string"
      ? new TextEncoder().encode(content)
      : Octets.isOctets(content)
      ? Octets.copy(content)
      : content
  }, options)

/**
 * A stream of bytes. It is a recipe: it is run once for each attempt to send the message, and holds no more than a
 * chunk in memory. A failure of the stream becomes an `AttachmentError`, and so does a chunk that is no `Uint8Array`; the
 * message is not sent.
 *
 * @example
 * ```ts
 * import { Attachment } from "@effect-mail/core"
 * import { Stream } from "effect"
 *
 * Attachment.stream(Stream.make(new Uint8Array([1, 2, 3])), { filename: "data.bin" })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const stream = (content: Stream.Stream<Uint8Array, unknown>, options?: Options): Attachment =>
  make({ _tag: "Streamed", content }, options)

const largestInMemory = 1024 * 1024

/** What opening would wait at, or could not read to an end. */
const notFiles: ReadonlySet<FileSystem.File.Type> = new Set(
  ["Directory", "FIFO", "Socket", "BlockDevice", "CharacterDevice", "Unknown"] as const
)

/** The size of a file; looked at before it is opened. */
const sizeOfFile = (fs: FileSystem.FileSystem, path: string): Effect.Effect<FileSystem.Size, PlatformError> =>
  Effect.flatMap(fs.stat(path), ({ size, type }) =>
    notFiles.has(type)
      ? Effect.fail(
        new SystemError({
          reason: "BadResource",
          module: "FileSystem",
          method: "stat",
          pathOrDescriptor: path,
          description: `it is not a regular file, but of the type ${type}`
        })
      )
      : Effect.succeed(size))

const streamedFile = (fs: FileSystem.FileSystem, path: string, size: number, options: Options): Attachment => {
  // What stands under the path may be another thing by the time of the next attempt.
  const checked = (stream: Stream.Stream<Uint8Array, PlatformError>) =>
    Stream.unwrap(Effect.as(sizeOfFile(fs, path), stream))
  return make({
    _tag: "Streamed",
    content: checked(fs.stream(path, { chunkSize: FileStream.chunkSize })),
    transient: checked(FileStream.transient(fs, path)),
    size
  }, options)
}

/**
 * A file. Its name and type follow from the path unless the options say otherwise. Up to 1 MiB is read at once; a larger
 * file is streamed, anew for each attempt, and a server that takes no message of its size is not begun to be sent it. A
 * saved message (`.eml`) is always read at once.
 *
 * Fails with the `PlatformError` of the file system when the file cannot be looked at or read, and when what stands there
 * is no file but a directory, a pipe, a socket or a device: that is never opened.
 *
 * @example
 * ```ts
 * import { Attachment, Message } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const invoice = Effect.map(
 *   Attachment.file("invoices/2026-11.pdf"),
 *   (file) => Message.make({ from: "ada@example.com", to: "bob@example.com", attachments: [file] })
 * )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const file = (
  path: string,
  options?: Options
): Effect.Effect<Attachment, PlatformError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const paths = yield* Path.Path
    const size = yield* sizeOfFile(fs, path)
    const named = { ...options, filename: options?.filename ?? paths.basename(path) }
    return size > largestInMemory && !/\.eml$/i.test(named.filename)
      ? streamedFile(fs, path, Number(size), named)
      : make({ _tag: "Bytes", content: yield* fs.readFile(path) }, named)
  })

/**
 * Makes an attachment part of the html: it gets a Content-ID, and goes to `multipart/related` beside the html, which
 * shows it as `<img src="cid:logo">`.
 *
 * @example
 * ```ts
 * import { Attachment, Message } from "@effect-mail/core"
 *
 * const logo = Attachment.bytes(new Uint8Array([0x89, 0x50, 0x4e, 0x47]), { filename: "logo.png" })
 * Message.make({
 *   from: "ada@example.com",
 *   to: "bob@example.com",
 *   html: `<img src="cid:logo">`,
 *   attachments: [logo.pipe(Attachment.inline("logo"))]
 * })
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const inline: {
  (contentId: string): (self: Attachment) => Attachment
  (self: Attachment, contentId: string): Attachment
  (content: Uint8Array, options: InlineOptions): Attachment
} = dual<
  (contentId: string) => (self: Attachment) => Attachment,
  {
    (self: Attachment, contentId: string): Attachment
    (content: Uint8Array, options: InlineOptions): Attachment
  }
>(
  (args) => typeof args[0] !== "string",
  (self: Attachment | Uint8Array, options: string | InlineOptions): Attachment => {
    try {
      const [contentId, given] = typeof options === "string" ? [options] : [options.contentId, options]
      return withContentId(isAttachment(self) ? self : bytes(self, given), contentId)
    } catch {
      return unreadable
    }
  }
)

/** What could not be read stays what it is, for the check to refuse. */
const withContentId = (self: Attachment, contentId: string): Attachment =>
  isAttachment(self) ? fromFields({ ...self, disposition: "inline", contentId: Option.some(contentId) }) : self
