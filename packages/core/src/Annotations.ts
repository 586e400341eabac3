/**
 * What a message says to a mail provider beside its content: tags, metadata, when to send it, and a key by which the
 * provider knows a second try. They are no part of the octets. A backend that does not carry one of them fails with a
 * `CapabilityError` that names it; SMTP carries none. `MailPolicy.without` drops them knowingly.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import type { Capability } from "./Capability.js"
import { isKey, isText } from "./internal/mime/syntax/annotationText.js"

const Text = Schema.String.pipe(Schema.filter((text) => isText(text) || "it is empty or holds a control character"))

const Value = Schema.String.pipe(Schema.filter((text) => text === "" || isText(text) || "it holds a control character"))

/**
 * The annotations of a message.
 *
 * - `tags`: words to count by in the provider's statistics
 * - `metadata`: pairs that the provider gives back in its events; their names and values are not for readers to see
 * - `sendAt`: when the provider is to send the message, which it keeps until then
 * - `idempotencyKey`: 1 to 256 printable ASCII characters. A provider takes two requests with one key for one, as long as
 *   it keeps the key
 *
 * As a schema it takes only what a message may have: no text is empty or holds a control character.
 *
 * @example
 * ```ts
 * import { Annotations, Message } from "@effect-mail/core"
 *
 * const message = Message.make({ from: "ada@example.com", to: "bob@example.com", text: "Welcome" }).pipe(
 *   Message.annotate(Annotations.tags, ["welcome"]),
 *   Message.annotate(Annotations.metadata, { order: "42" })
 * )
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export const Annotations = Schema.Struct({
  tags: Schema.optional(Schema.Array(Text)),
  // A key that does not fit its schema would be left out in silence.
  metadata: Schema.optional(
    Schema.Record({ key: Schema.String, value: Value }).pipe(
      Schema.filter((pairs) => Object.keys(pairs).every(isText) || "a name is empty or holds a control character")
    )
  ),
  sendAt: Schema.optional(Schema.DateTimeUtc),
  idempotencyKey: Schema.optional(
    Schema.String.pipe(Schema.filter((text) => isKey(text) || "it is not 1 to 256 printable ASCII characters"))
  )
})

/**
 * @since 0.1.0
 * @category models
 */
export type Annotations = typeof Annotations.Type

/**
 * @since 0.1.0
 * @category models
 */
export type Name = keyof Annotations

/**
 * A key of `Message.annotate`: which annotation, and what the other end has to carry for it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Key<out N extends Name> {
  readonly name: N
  readonly capability: Capability
}

/**
 * @since 0.1.0
 * @category keys
 */
export const tags: Key<"tags"> = { name: "tags", capability: "TAGS" }

/**
 * @since 0.1.0
 * @category keys
 */
export const metadata: Key<"metadata"> = { name: "metadata", capability: "METADATA" }

/**
 * @since 0.1.0
 * @category keys
 */
export const sendAt: Key<"sendAt"> = { name: "sendAt", capability: "SCHEDULE" }

/**
 * @since 0.1.0
 * @category keys
 */
export const idempotencyKey: Key<"idempotencyKey"> = { name: "idempotencyKey", capability: "IDEMPOTENCY" }

/**
 * All keys there are.
 *
 * @since 0.1.0
 * @category keys
 */
export const keys: ReadonlyArray<Key<Name>> = [tags, metadata, sendAt, idempotencyKey]

const isSet = (self: Annotations, name: Name): boolean => {
  switch (name) {
    case "tags":
      return self.tags !== undefined && self.tags.length > 0
    case "metadata":
      return self.metadata !== undefined && Object.keys(self.metadata).length > 0
    default:
      return self[name] !== undefined
  }
}

/**
 * The annotations without one of them.
 *
 * @since 0.1.0
 * @category combinators
 */
export const omit = (self: Annotations, name: Name): Annotations => Struct.omit(self, name)

/**
 * What the other end has to carry for these annotations.
 *
 * @since 0.1.0
 * @category getters
 */
export const needs = (self: Annotations): ReadonlyArray<Capability> =>
  keys.filter(({ name }) => isSet(self, name)).map(({ capability }) => capability)
