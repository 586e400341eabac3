import * as Attachment from "@effect-mail/core/Attachment"
import type { DeliveryReport } from "@effect-mail/core/DeliveryReport"
import * as Message from "@effect-mail/core/Message"
import * as Mime from "@effect-mail/core/Mime"
import * as Outgoing from "@effect-mail/core/Outgoing"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { type Broken, broken, type Probed, same, succeeds } from "./probes.js"
import type { Delivered } from "./subject.js"

/** A message whose renderings differ only in their boundaries. */
export const numbered = (n: number, options: Message.Options = {}): Message.Message =>
  Message.make({
    from: "Ada Lovelace <ada@example.com>",
    to: "bob@example.org",
    subject: `Letter ${n}`,
    text: `This is letter ${n}.\n`,
    date: DateTime.unsafeMake(0),
    messageId: `<letter-${n}@example.com>`,
    ...options
  })

/** Messages numbered from 1 to `count`. */
export const batch = (count: number, options?: Message.Options): ReadonlyArray<Message.Message> =>
  Array.from({ length: count }, (_, i) => numbered(i + 1, options))

const filled = (size: number) => (octet: number): Uint8Array => new Uint8Array(size).fill(octet)

/** An attachment in chunks, with a yield after each. */
export const pages: Stream.Stream<Uint8Array> = Stream.make(65, 66, 67).pipe(
  Stream.rechunk(1),
  Stream.map(filled(25_000)),
  Stream.tap(() => Effect.yieldNow())
)

/** Under a name that every API takes. */
export const streamed = (content: Stream.Stream<Uint8Array, unknown>): Message.Options => ({
  attachments: [Attachment.stream(content, { filename: "pages.pdf" })]
})

/** An attachment that stops half-way until it is released. */
export interface Held {
  readonly options: Message.Options
  /** Waits until the backend reads it; fails if the sender ends before. */
  readonly reached: (sender: Fiber.Fiber<unknown, unknown>) => Effect.Effect<void, Broken>
  readonly release: Effect.Effect<void>
}

export const held: Effect.Effect<Held> = Effect.gen(function*() {
  const reached = yield* Deferred.make<void>()
  const end = yield* Deferred.make<Uint8Array>()
  const rest = Stream.fromEffect(Effect.zipRight(Deferred.succeed(reached, undefined), Deferred.await(end)))
  return {
    options: streamed(Stream.concat(pages, rest)),
    reached: (sender) =>
      Effect.raceFirst(
        Deferred.await(reached),
        Effect.zipRight(
          Fiber.await(sender),
          broken("an attachment that has not come to its end", "the delivery waits for it", "the delivery ended")
        )
      ),
    release: Effect.asVoid(Deferred.succeed(end, filled(10)(68)))
  }
})

interface Arrived {
  readonly text: string
  readonly envelope: Delivered["envelope"]
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

/** Replaces boundaries, which are random. */
const withoutBoundaries = (text: string): string =>
  Array.from(text.matchAll(/\bboundary="([^"]+)"/g), ([, boundary]) => boundary ?? "")
    .sort((one, other) => other.length - one.length)
    .reduce((rest, boundary, i) => rest.replaceAll(boundary, `boundary-${i + 1}`), text)

const arrived = ({ bytes, envelope }: Delivered): Arrived => ({
  text: withoutBoundaries(decoder.decode(bytes)),
  envelope
})

const rendered = (message: Message.Message): Effect.Effect<Arrived, Broken> =>
  succeeds(
    "rendering",
    Effect.flatMap(
      Outgoing.prepare(message),
      (outgoing) => Effect.map(Mime.render(outgoing), (bytes) => arrived({ bytes, envelope: outgoing.envelope }))
    )
  )

const show = (list: ReadonlyArray<Arrived>, withEnvelope: boolean): ReadonlyArray<string> =>
  list.map(({ envelope, text }) =>
    withEnvelope && envelope !== undefined ? `${envelope.from} -> ${envelope.to.join(", ")}\n${text}` : text
  )

const sameList = (expected: ReadonlyArray<string>, actual: ReadonlyArray<string>): Effect.Effect<void, Broken> =>
  Effect.zipRight(
    same("number of messages delivered", expected.length, actual.length),
    Effect.forEach(expected, (text, i) => same(`message ${i + 1} of those delivered`, text, actual[i]), {
      discard: true
    })
  )

const compare = (
  { delivered }: Probed,
  messages: Iterable<Message.Message>,
  arrange: (texts: ReadonlyArray<string>) => ReadonlyArray<string>
): Effect.Effect<void, Broken> =>
  delivered === undefined ? Effect.void : Effect.gen(function*() {
    const actual = (yield* delivered).map(arrived)
    const expected = yield* Effect.forEach(messages, rendered)
    const withEnvelope = actual.every(({ envelope }) => envelope !== undefined)
    yield* sameList(arrange(show(expected, withEnvelope)), arrange(show(actual, withEnvelope)))
  })

/** Checks that exactly these messages were delivered, complete and in this order. */
export const hasDelivered = (
  probed: Probed,
  ...messages: ReadonlyArray<Message.Message>
): Effect.Effect<void, Broken> => compare(probed, messages, (texts) => texts)

/** Checks that exactly these messages were delivered, complete and in any order, which only sessions guarantee. */
export const hasDeliveredAll = (probed: Probed, messages: Iterable<Message.Message>): Effect.Effect<void, Broken> =>
  compare(probed, messages, (texts) => texts.slice().sort())

/** Checks that a report is for this message, with each of these recipients accepted. */
export const isAccepted = (
  report: DeliveryReport,
  message: Message.Message,
  ...recipients: ReadonlyArray<string>
): Effect.Effect<void, Broken> =>
  Effect.gen(function*() {
    const messageId = yield* succeeds("rendering", Effect.map(Outgoing.prepare(message), (o) => o.messageId))
    yield* same("the Message-ID of the report", messageId, report.messageId)
    yield* same("the envelope of the report", recipients, report.envelope.to)
    yield* same(
      "the recipients of the report",
      recipients.map((recipient) => `${recipient}: Accepted`).sort(),
      report.recipients.map(({ _tag, recipient }) => `${recipient}: ${_tag}`).sort()
    )
  })
