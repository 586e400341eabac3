import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import { InboxUnavailable, MessageNotFound, PreviewNotFound } from "../../DevInboxApi.js"
import * as MailReader from "../../MailReader.js"
import type { ClientSupport } from "../clients/clients.js"
import * as Decoder from "../mail/decoder.js"
import { check } from "./checks/run.js"
import { PreviewShelf } from "./previews/shelf.js"
import { type Relay, release } from "./relay/release.js"
import type { RuleBook } from "./rules/book.js"
import type { Service } from "./service.js"
import { detailOf } from "./store/detail.js"
import type { Mailbox } from "./store/mailbox.js"
import type { StorageError } from "./store/storage.js"

/** What a service is made of. */
export interface Ingredients {
  readonly mailbox: Mailbox
  readonly book: RuleBook
  /** Makes the server play the rules of the book. */
  readonly play: Effect.Effect<void>
  /** Makes the next attempt of every recipient the first one. */
  readonly forgetAttempts: Effect.Effect<void>
  readonly smtp: Service["smtp"]
  readonly maxMessages: number
  /** The clients whose support is checked, by their names in the data. */
  readonly clients: ReadonlyArray<string>
  readonly relay: Relay | undefined
  readonly keeps: string
}

/** So many messages have their parts at hand, without their octets. */
const maxSeen = 16

/** Loaded when it is asked for. */
const clientSupport: Effect.Effect<ClientSupport> = Effect.promise(async () => (await import("#clients")).support)

const unavailable = (error: StorageError): InboxUnavailable => new InboxUnavailable({ description: error.message })

/** The service over a mailbox. */
export const makeService = (
  { book, clients, forgetAttempts, keeps, mailbox, maxMessages, play, relay, smtp }: Ingredients
): Service => {
  const changed = Effect.suspend(() => Effect.zipRight(play, mailbox.publish({ _tag: "Rules", rules: book.shown })))
  const change = (mutate: () => void): Effect.Effect<void> => Effect.zipRight(Effect.sync(mutate), changed)

  const source: Service["source"] = (id) =>
    Effect.flatMap(
      Effect.mapError(mailbox.source(id), unavailable),
      Option.match({
        onNone: () => Effect.fail(new MessageNotFound({ id })),
        onSome: Effect.succeed
      })
    )

  const received: Service["received"] = Stream.filterMap(
    mailbox.events(),
    (numbered) => numbered?.event._tag === "Received" ? Option.some(numbered.event.message) : Option.none()
  )

  const get: Service["get"] = (id) =>
    Effect.flatMap(source(id), (octets) =>
      Effect.suspend(() =>
        Option.match(mailbox.get(id), {
          onNone: () => Effect.fail(new MessageNotFound({ id })),
          onSome: ({ summary, transmission }) =>
            Effect.sync(() => detailOf(summary, MailReader.read(octets), transmission))
        })
      ))

  const shelf = new PreviewShelf(mailbox)
  const seen = new Map<number, MailReader.Mail["parts"]>()
  const parts: Service["parts"] = (id) =>
    Effect.suspend(() => {
      const known = seen.get(id)
      if (known !== undefined && Option.isSome(mailbox.get(id))) return Effect.succeed(known)
      return Effect.map(source(id), (octets) => {
        const { parts } = MailReader.read(octets)
        seen.set(id, parts)
        const [oldest] = seen.keys()
        if (seen.size > maxSeen && oldest !== undefined) seen.delete(oldest)
        return parts
      })
    })

  const stream: Service["stream"] = (id, part) =>
    Option.match(mailbox.pieces(id, part?.bodyStart, part?.end), {
      onNone: () => Effect.fail(new MessageNotFound({ id })),
      onSome: (pieces) =>
        Effect.succeed(
          Stream.mapError(part === undefined ? pieces : Decoder.decoded(pieces, part.encoding), unavailable)
        )
    })

  return {
    received,
    events: (last) => mailbox.events(last),
    list: (query = "") => Effect.sync(() => mailbox.select(query)),
    get,
    checks: (id) =>
      Effect.gen(function*() {
        const support = yield* clientSupport
        const detail = yield* get(id)
        return check(MailReader.read(yield* source(id)), detail, { support, chosen: clients })
      }),
    source,
    parts,
    stream,
    wait: (query = "") =>
      // The list is read once the subscription is there, so that nothing falls in between.
      Stream.merge(mailbox.events(), Stream.succeed(undefined)).pipe(
        Stream.filterMap(() => Option.fromNullable(mailbox.select(query)[0])),
        Stream.runHead,
        Effect.flatMap(Option.match({ onNone: () => Effect.never, onSome: Effect.succeed }))
      ),
    add: (octets, envelope) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const foreign = mailbox.foreign(octets, now, "api")
        const recipients = envelope?.to.map((address) => ({ address, verdict: "accepted" as const, reply: "" }))
        const transmission = {
          ...foreign,
          from: envelope?.from ?? foreign.from,
          recipients: recipients ?? foreign.recipients
        }
        return Effect.mapError(mailbox.add(octets, transmission), unavailable)
      }),
    release: (id, to) =>
      Effect.flatMap(
        Effect.all([get(id), source(id)]),
        ([{ envelope }, octets]) => release(relay, octets, envelope.from, to)
      ),
    previews: Effect.sync(() => shelf.list),
    setPreviews: (sources) => Effect.mapError(shelf.replace(sources), unavailable),
    renderPreview: (id, params, locale) =>
      Effect.filterOrFail(
        Effect.mapError(shelf.render(id, params, locale), unavailable),
        Predicate.isNotUndefined,
        () => new PreviewNotFound({ id })
      ),
    relay: relay === undefined ? undefined : { allow: relay.allow },
    remove: (ids) => Effect.mapError(mailbox.remove(ids), unavailable),
    clear: Effect.zipRight(forgetAttempts, Effect.mapError(mailbox.clear, unavailable)),
    mark: (ids, isRead) => mailbox.mark(ids, isRead),
    counts: Effect.sync(() => ({ ...mailbox.count, event: mailbox.eventNumber })),
    rules: Effect.sync(() => book.shown),
    addRule: (spec) => change(() => book.add(spec, true)),
    switchRule: (id, isOn) => change(() => book.turn(id, isOn)),
    removeRule: (id) => change(() => book.remove(id)),
    replaceRules: (specs) => change(() => book.replace(specs)),
    rulesOff: change(() => book.allOff()),
    smtp,
    maxMessages,
    keeps
  }
}
