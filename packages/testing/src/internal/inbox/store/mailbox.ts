import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import * as MailReader from "../../../MailReader.js"
import { plainOf, textOf } from "../../mail/decode.js"
import type { Event } from "../model/event.js"
import type { Summary, Transmission } from "../model/message.js"
import { type Candidate, compile, type Searchable } from "./search.js"
import type { Storage, StorageError } from "./storage.js"
import { fieldOf, summaryOf } from "./summary.js"

/** An event with its number, by which a reader that was away says where it was. */
export interface Numbered {
  readonly number: number
  readonly event: Event
}

export interface Limits {
  readonly maxMessages: number
  readonly maxOctets: number
}

interface Entry extends Candidate {
  readonly key: string
  readonly transmission: Transmission
}

/** Text beyond this is not searched. */
const maxSearched = 16 * 1024
const maxPast = 1_024

const searchableOf = (mail: MailReader.Mail, transmission: Transmission): Searchable => {
  const field = fieldOf(mail)
  const list = (name: string): string =>
    MailReader.addresses(mail, name).map(({ address, name }) => `${name} ${address}`).join("\n").toLowerCase()
  const part = mail.text ?? mail.html
  const start = part === undefined ? undefined : { ...part, end: Math.min(part.end, part.bodyStart + maxSearched) }
  return {
    from: `${list("From")}\n${transmission.from.toLowerCase()}`,
    to: list("To"),
    cc: list("Cc"),
    bcc: transmission.recipients.map(({ address }) => address)
      .filter((address) => field(address).startsWith("Bcc")).join("\n").toLowerCase(),
    messageId: (MailReader.header(mail, "Message-ID") ?? "").toLowerCase(),
    text: start === undefined
      ? ""
      : (start.type === "text/html" ? textOf(mail.octets, start) : plainOf(mail.octets, start)).toLowerCase()
  }
}

/** A preview has a number, and can be read, but did not arrive: it is not in the list. */
const isPreview = ({ transmission }: Entry): boolean => transmission.source === "preview"

/** The messages of an inbox: what was kept, in which order, and what happens to it. */
export class Mailbox {
  private readonly entries = new Map<number, Entry>()
  private readonly past: Array<Numbered> = []
  private octets = 0
  private lastId = 0
  private lastEvent = 0

  constructor(
    private readonly storage: Storage,
    private readonly limits: Limits,
    private readonly hub: PubSub.PubSub<Numbered>
  ) {}

  static make(storage: Storage, limits: Limits): Effect.Effect<Mailbox, StorageError> {
    return Effect.gen(function*() {
      const mailbox = new Mailbox(storage, limits, yield* PubSub.sliding<Numbered>(maxPast))
      yield* Stream.runForEach(
        storage.found,
        ({ key, octets, time, transmission }) =>
          Effect.sync(() => mailbox.enter(key, octets, transmission ?? mailbox.foreign(octets, time), true))
      )
      return mailbox
    })
  }

  /** A message that came without an envelope has that of its header. */
  foreign(octets: Uint8Array, time: number, source: Transmission["source"] = "folder"): Transmission {
    const mail = MailReader.read(octets)
    const addresses = ["To", "Cc", "Bcc"].flatMap((name) => MailReader.addresses(mail, name))
    return {
      source,
      time,
      duration: 0,
      from: MailReader.addresses(mail, "From")[0]?.address ?? "",
      recipients: addresses.map(({ address }) => ({ address, verdict: "accepted", reply: "" })),
      fromReply: "",
      reply: "",
      tls: "",
      auth: "",
      isComplete: true,
      outcome: {
        verdict: "accepted",
        name: "",
        detail: source === "preview" ? "a preview: nothing was sent" : "read from a file: no envelope is known",
        isReal: false
      },
      dialogue: []
    }
  }

  private enter(key: string, octets: Uint8Array, transmission: Transmission, isRead: boolean): Entry {
    const id = ++this.lastId
    const mail = MailReader.read(octets)
    const entry: Entry = {
      key,
      transmission,
      summary: summaryOf(id, mail, transmission, isRead),
      searchable: searchableOf(mail, transmission)
    }
    this.entries.set(id, entry)
    this.octets += octets.length
    return entry
  }

  publish(event: Event): Effect.Effect<void> {
    return Effect.suspend(() => {
      const numbered = { number: ++this.lastEvent, event }
      this.past.push(numbered)
      if (this.past.length > maxPast) this.past.shift()
      return PubSub.publish(this.hub, numbered)
    })
  }

  /** Removes the oldest until the limits hold. The newest stays, whatever its size. */
  private get trim(): Effect.Effect<void, StorageError> {
    return Effect.suspend(() => {
      const gone: Array<number> = []
      let octets = this.octets
      for (const [id, entry] of this.entries) {
        if (isPreview(entry)) continue
        const { summary } = entry
        const left = this.entries.size - gone.length
        if (left <= 1 || (left <= this.limits.maxMessages && octets <= this.limits.maxOctets)) break
        gone.push(id)
        octets -= summary.size
      }
      return gone.length === 0 ? Effect.void : this.take(gone, this.storage.evict)
    })
  }

  add(octets: Uint8Array, transmission: Transmission): Effect.Effect<Summary, StorageError> {
    return Effect.gen(this, function*() {
      const now = yield* Clock.currentTimeMillis
      const key = `${new Date(now).toISOString().replaceAll(/[-:]/g, "").slice(0, 19)}-${
        String(this.lastId + 1).padStart(6, "0")
      }`
      yield* this.storage.save(key, octets, transmission)
      const entry = this.enter(key, octets, transmission, false)
      if (!isPreview(entry)) yield* this.publish({ _tag: "Received", message: entry.summary })
      yield* this.trim
      return entry.summary
    })
  }

  /** Messages that others put into the storage, and took out of it, as long as it is run. */
  get follow(): Effect.Effect<void, StorageError> {
    return Stream.runForEach(this.storage.changes, ({ added, gone }) =>
      Effect.gen(this, function*() {
        const keys = new Set(gone)
        const ids = Array.from(this.entries).filter(([, { key }]) => keys.has(key)).map(([id]) => id)
        yield* this.take(ids, () => Effect.void)
        for (const { key, octets, time, transmission } of added) {
          const { summary } = this.enter(key, octets, transmission ?? this.foreign(octets, time), false)
          yield* this.publish({ _tag: "Received", message: summary })
        }
        yield* this.trim
      }))
  }

  /** What became known of a message after it had arrived. */
  settle(id: number, transmission: Transmission): Effect.Effect<void, StorageError> {
    return Effect.gen(this, function*() {
      const entry = this.entries.get(id)
      if (entry === undefined) return
      const mail = MailReader.read(yield* this.storage.read(entry.key))
      const summary = summaryOf(id, mail, transmission, entry.summary.isRead)
      this.entries.set(id, { ...entry, transmission, summary })
      yield* this.storage.note(entry.key, transmission)
      yield* this.publish({ _tag: "Changed", message: summary })
    })
  }

  readonly get = (id: number): Option.Option<Candidate & { readonly transmission: Transmission }> =>
    Option.fromNullable(this.entries.get(id))

  readonly source = (id: number): Effect.Effect<Option.Option<Uint8Array>, StorageError> =>
    Effect.suspend(() => {
      const entry = this.entries.get(id)
      return entry === undefined ? Effect.succeedNone : Effect.asSome(this.storage.read(entry.key))
    })

  /** The octets of a message from one offset to another; all without them. */
  readonly pieces = (id: number, start = 0, end = Infinity): Option.Option<Stream.Stream<Uint8Array, StorageError>> =>
    Option.map(
      Option.fromNullable(this.entries.get(id)),
      ({ key, summary }) => this.storage.range(key, start, Math.min(end, summary.size))
    )

  /** The newest first. */
  select(query: string): ReadonlyArray<Summary> {
    const test = compile(query)
    return Array.from(this.entries.values()).reverse().filter((entry) => !isPreview(entry) && test(entry)).map((
      { summary }
    ) => summary)
  }

  get count(): { readonly total: number; readonly unread: number } {
    const messages = Array.from(this.entries.values()).filter((entry) => !isPreview(entry))
    return { total: messages.length, unread: messages.filter(({ summary }) => !summary.isRead).length }
  }

  /** The number of the last event. */
  get eventNumber(): number {
    return this.lastEvent
  }

  get latest(): number | undefined {
    return Array.from(this.entries.keys()).at(-1)
  }

  remove(ids: ReadonlyArray<number>): Effect.Effect<void, StorageError> {
    return this.take(ids, this.storage.remove)
  }

  private take(ids: ReadonlyArray<number>, leave: Storage["remove"]): Effect.Effect<void, StorageError> {
    return Effect.gen(this, function*() {
      const gone = ids.filter((id) => this.entries.has(id))
      for (const id of gone) {
        const entry = this.entries.get(id)
        if (entry === undefined) continue
        this.entries.delete(id)
        this.octets -= entry.summary.size
        yield* leave(entry.key)
      }
      if (gone.length > 0) yield* this.publish({ _tag: "Removed", ids: gone })
    })
  }

  readonly clear: Effect.Effect<void, StorageError> = Effect.suspend(() =>
    this.remove(Array.from(this.entries).filter(([, entry]) => !isPreview(entry)).map(([id]) => id))
  )

  mark(ids: ReadonlyArray<number>, isRead: boolean): Effect.Effect<void> {
    return Effect.forEach(ids, (id) =>
      Effect.suspend(() => {
        const entry = this.entries.get(id)
        if (entry === undefined || entry.summary.isRead === isRead) return Effect.void
        const summary = { ...entry.summary, isRead }
        this.entries.set(id, { ...entry, summary })
        return this.publish({ _tag: "Changed", message: summary })
      }), { discard: true })
  }

  /**
   * Events from now on; after those since `last`, where they are still known. `undefined` for a `last` that is not known
   * any more: the reader has to read the list again.
   */
  events(last?: number): Stream.Stream<Numbered | undefined> {
    return Stream.unwrapScoped(Effect.map(PubSub.subscribe(this.hub), (queue) => {
      const first = this.past[0]?.number ?? this.lastEvent + 1
      const isKnown = last === undefined || (last >= first - 1 && last <= this.lastEvent)
      const missed = last === undefined ? [] : isKnown ? this.past.filter(({ number }) => number > last) : [undefined]
      const newest = this.lastEvent
      const live = Stream.filter(Stream.fromQueue(queue), ({ number }) => number > newest)
      return Stream.concat(Stream.fromIterable(missed), live)
    }))
  }
}
