/**
 * Attachments of a message: bytes, text, another message, or a stream that is run again for each attempt.
 *
 * An attachment is a value: nothing is read, checked or encoded before the message is sent. No attachment is a path or a
 * URL; only `file` reads one, as an explicit effect.
 *
 * @since 0.1.0
 */
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Stream from "effect/Stream"
import * as Internal from "./internal/message/attachment.js"
import * as File from "./internal/message/file.js"
import * as Model from "./internal/message/model.js"
import type { Attachment, Message } from "./internal/message/model.js"
import * as Octets from "./internal/value/bytes.js"

export type {
  /**
   * What can be said about any attachment.
   *
   * @since 0.1.0
   * @category models
   */
  Options
} from "./internal/message/attachment.js"

export {
  /**
   * An attachment. Two attachments are equal when their contents and descriptions are.
   *
   * @since 0.1.0
   * @category models
   */
  type Attachment,
  /**
   * @since 0.1.0
   * @category type ids
   */
  AttachmentTypeId as TypeId,
  /**
   * @since 0.1.0
   * @category models
   */
  type Bytes,
  /**
   * How a reader should present an attachment (RFC 2183): as a file, or within the html.
   *
   * @since 0.1.0
   * @category models
   */
  type Disposition,
  /**
   * A whole message inside the message (`message/rfc822`).
   *
   * @since 0.1.0
   * @category models
   */
  type Embedded,
  /**
   * @since 0.1.0
   * @category models
   */
  type Streamed,
  /**
   * @since 0.1.0
   * @category models
   */
  type Text
} from "./internal/message/model.js"

/**
 * What can be said about an attachment that the html refers to.
 *
 * @since 0.1.0
 * @category models
 */
export interface InlineOptions extends Internal.Options {
  readonly contentId: string
}

/**
 * Whether this module made the value. Parsed JSON in the shape of an attachment is not one.
 *
 * @since 0.1.0
 * @category guards
 */
export const isAttachment: (u: unknown) => u is Attachment = Model.isAttachment

/**
 * Bytes. They are copied once, so that later changes have no effect; sending them again makes no further copy.
 *
 * Sending fails with `AttachmentError` for what is not a `Uint8Array` (a Buffer is one).
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
export const bytes = (content: Uint8Array, options?: Internal.Options): Attachment =>
  Internal.make({ _tag: "Bytes", content: Octets.copy(content) }, options)

/**
 * A text, in UTF-8 unless its `contentType` names another charset. Line ends are not changed.
 *
 * Sending fails with `InvalidMessageError` where the charset cannot hold it.
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
export const text = (content: string, options?: Internal.Options): Attachment =>
  Internal.make({ _tag: "Text", content }, options)

/**
 * A whole message as `message/rfc822`: a `Message`, or the raw text or bytes of one.
 *
 * Sending fails as for any message with what is wrong in it, and with `InvalidMessageError` for more than 100 levels.
 *
 * @example
 * ```ts
 * import { Attachment, Message } from "@effect-mail/core"
 *
 * const forwarded = Message.make({ from: "eve@example.com", to: "ada@example.com", text: "Hello" })
 * Message.make({
 *   from: "ada@example.com",
 *   to: "bob@example.com",
 *   subject: "Fwd: Hello",
 *   attachments: [Attachment.message(forwarded)]
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const message = (content: Message | Uint8Array | string, options?: Internal.Options): Attachment =>
  Internal.make({
    _tag: "Embedded",
    content: typeof content === "string"
      ? new TextEncoder().encode(content)
      : Octets.isOctets(content)
      ? Octets.copy(content)
      : content
  }, options)

/**
 * A stream of bytes. It is run once for each attempt to send the message, with one chunk in memory at a time.
 *
 * Sending fails with `AttachmentError`, before the message is complete, when the stream fails or emits something other than a
 * `Uint8Array`. A stream that needs services becomes an attachment by `fromStream`.
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
export const stream = (content: Stream.Stream<Uint8Array, unknown>, options?: Internal.Options): Attachment =>
  Internal.make({ _tag: "Streamed", content }, options)

/**
 * A stream of bytes that needs services, such as a database or an HTTP client. They are taken from the running effect now,
 * so that the message needs nothing where it is sent: the services must last until then. It is run as `stream` runs one.
 *
 * Never fails: sending fails as for `stream`.
 *
 * @example
 * ```ts
 * import { Attachment, Mail } from "@effect-mail/core"
 * import { FileSystem } from "@effect/platform"
 * import { Effect, Stream } from "effect"
 *
 * const log = Stream.unwrap(Effect.map(FileSystem.FileSystem, (files) => files.stream("app.log")))
 *
 * const program = Attachment.fromStream(log, { filename: "app.log" }).pipe(
 *   Effect.flatMap((file) =>
 *     Mail.send({ from: "ada@example.com", to: "bob@example.com", subject: "Log", attachments: [file] }))
 * )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromStream = <E, R>(
  content: Stream.Stream<Uint8Array, E, R>,
  options?: Internal.Options
): Effect.Effect<Attachment, never, R> =>
  Effect.map(Effect.context<R>(), (services) => stream(Stream.provideContext(content, services), options))

/**
 * A file. Its name and type come from the path unless the options set them. Up to 1 MiB is read now; a larger file is
 * streamed, again for each attempt, and is not sent to a server whose SIZE it exceeds. A saved message (`.eml`) is always
 * read now.
 *
 * Fails with the `PlatformError` of the file system when the file cannot be read, and for a directory, a pipe, a socket or a
 * device, which is never opened.
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
  options?: Internal.Options
): Effect.Effect<Attachment, PlatformError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const paths = yield* Path.Path
    return yield* File.make(fs, path, { ...options, filename: options?.filename ?? paths.basename(path) })
  })

/**
 * Makes an attachment part of the html: it gets a Content-ID, and is in `multipart/related` with the html, which shows it as
 * `<img src="cid:logo">`.
 *
 * Sending fails with `BadHeaderError` for what is not a Content-ID.
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
      return Internal.withContentId(isAttachment(self) ? self : bytes(self, given), contentId)
    } catch {
      return Internal.unreadable
    }
  }
)
