import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type * as Address from "../../Address.js"
import type { Template } from "../../Template.js"
import * as Copied from "./copy.js"
import type { Fields } from "./message.js"
import type { Message } from "./model.js"

/**
 * How `personalize` makes the message of a row. What is left out stays as in the message for all.
 *
 * - `to`: the only recipient
 * - `key`: makes a pair of this key and the message, which `Mail.sendStream` returns with its result
 * - `change`: applied last, for all else
 *
 * @since 0.1.0
 * @category models
 */
export interface Personal<Row, Key = never> {
  readonly key?: ((row: Row) => Key) | undefined
  readonly to: (row: Row) => Address.Input
  readonly subject?: Template<Row, "text"> | undefined
  readonly text?: Template<Row, "text"> | undefined
  readonly html?: Template<Row, "html"> | undefined
  readonly listUnsubscribe?: Template<Row, "url"> | undefined
  readonly change?: ((message: Message, row: Row) => Message) | undefined
}

const isStream = <Row, E, R>(
  rows: Stream.Stream<Row, E, R> | Iterable<Row>
): rows is Stream.Stream<Row, E, R> => Predicate.hasProperty(rows, Stream.StreamTypeId)

/**
 * What `personalize` makes of a row: a message, or a pair of a key and a message.
 *
 * @since 0.1.0
 * @category models
 */
export type Personalized<Key> = [Key] extends [never] ? Message : readonly [key: Key, message: Message]

/** The message of a row, with its key where there is one. */
export function withKey<Row, Key>(personal: Personal<Row, Key>, row: Row, message: Message): Personalized<Key>
export function withKey<Row, Key>(
  { key }: Personal<Row, Key>,
  row: Row,
  message: Message
): Message | readonly [key: Key, message: Message] {
  return key === undefined ? message : [key(row), message]
}

export const each = <Row, A, E, R>(
  rows: Stream.Stream<Row, E, R> | Iterable<Row>,
  make: (row: Row) => A
): Stream.Stream<A, E, R> => Stream.map(isStream(rows) ? rows : Stream.fromIterable(rows), make)

/** The fields of a message that differ from row to row. */
export const changes = <Row>(
  { html, listUnsubscribe, subject, text, to }: Personal<Row, unknown>,
  row: Row
): Partial<Fields> => ({
  to: Copied.list(to(row), Copied.address),
  cc: Object.freeze([]),
  bcc: Object.freeze([]),
  ...subject === undefined ? {} : { subject: subject.render(row) },
  ...text === undefined ? {} : { text: Option.some(text.render(row)) },
  ...html === undefined ? {} : { html: Option.some(html.render(row)) },
  ...listUnsubscribe === undefined ? {} : { listUnsubscribe: Object.freeze([listUnsubscribe.render(row)]) }
})
