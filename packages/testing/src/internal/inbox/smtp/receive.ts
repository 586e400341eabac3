import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type * as SmtpScript from "../../../SmtpScript.js"
import type * as TestCertificates from "../../../TestCertificates.js"
import type { ServerEvent } from "../../smtpServer/events.js"
import * as Listener from "../../smtpServer/listener.js"
import { type Incoming, type MessageSink, SinkError } from "../../smtpServer/options.js"
import * as Server from "../../smtpServer/server.js"
import type { RuleBook } from "../rules/book.js"
import type { Mailbox } from "../store/mailbox.js"
import { type Pending, Recorder } from "./recorder.js"

/** Where to listen, and what to take at most. Without a host: on loopback, by IPv4 and by IPv6. */
export interface Options {
  readonly host: string | undefined
  readonly port: number
  readonly maxMessageOctets: number
  readonly certificates?: TestCertificates.TestCertificates | undefined
}

/** A server that puts what it receives into a mailbox. */
export interface Receiver {
  readonly host: string
  readonly port: number
  readonly ca: string
  readonly play: (script: SmtpScript.Script) => Effect.Effect<void>
  /** Makes the next attempt of every recipient the first one. */
  readonly forgetAttempts: Effect.Effect<void>
}

const nothing = new Uint8Array(0)
const maxConnections = 100
const maxRecipients = 5_000
const maxLineOctets = 1024 * 1024
const idleTimeout = "5 minutes"
/** A deferral of the first attempt is played again after so many milliseconds without one. */
const forgetAttemptsAfter = 15 * 60_000
/** So much is kept of a message that was refused because of a limit. */
const maxRefused = 64 * 1024
/** The ledger of the server is for tests. It is emptied after so many replies, so that an inbox may run for days. */
const clearEvery = 5_000

/** A client that was refused may say nothing more for minutes: after this its attempt is shown. */
const silence = "150 millis"

/** What one connection has under way. */
interface Connection {
  readonly recorder: Recorder
  /** An attempt that is shown although its transaction is not over. */
  attempt: Pending | undefined
  pending: Pending | undefined
  isClosed: boolean
  said: string
}

/** The connections of one server, and what becomes of their messages. */
class Reception {
  private readonly connections = new Map<number, Connection>()

  constructor(
    private readonly mailbox: Mailbox,
    private readonly book: RuleBook,
    private readonly later: (job: Effect.Effect<void>) => void,
    private readonly afterSilence: (job: Effect.Effect<void>) => void
  ) {}

  private of(number: number): Connection {
    const known = this.connections.get(number)
    if (known !== undefined) return known
    const connection: Connection = {
      recorder: new Recorder(),
      attempt: undefined,
      pending: undefined,
      isClosed: false,
      said: ""
    }
    this.connections.set(number, connection)
    return connection
  }

  /** A storage that fails loses a verdict, and never the server. */
  private readonly quietly = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<void> =>
    Effect.catchAllCause(
      Effect.asVoid(effect),
      (cause) => Effect.logWarning("The inbox could not store a verdict", cause)
    )

  private settle(connection: Connection, pending: Pending, time: number, ending: string): void {
    const transmission = connection.recorder.transmission(pending, time, ending)
    this.later(
      this.quietly(Effect.suspend(() =>
        pending.id === undefined
          ? this.mailbox.add(nothing, transmission)
          : this.mailbox.settle(pending.id, transmission)
      ))
    )
  }

  /** Shows an attempt that was refused, where nothing has followed. */
  private showAttempt(connection: Connection, seen: Pending): Effect.Effect<void> {
    return this.quietly(Effect.gen(this, function*() {
      const { attempt, recorder } = connection
      const now = recorder.hopeless
      const isSame = now?.transaction === seen.transaction && attempt?.transaction !== seen.transaction
      if (!isSame || connection.isClosed) return
      connection.attempt = seen
      const time = yield* Clock.currentTimeMillis
      const { id } = yield* this.mailbox.add(nothing, recorder.transmission(seen, time, "lost"))
      seen.id = id
    }))
  }

  readonly onEvent = ({ connection: number, time, what }: ServerEvent): void => {
    const connection = this.of(number)
    if (what._tag === "Ruled" && this.book.spoke(what.rule)) {
      this.later(this.mailbox.publish({ _tag: "Rules", rules: this.book.shown }))
    }
    if (what._tag === "Said") connection.said = what.text
    // Of a message that is over a limit from the start no octet comes to the sink.
    const unseen = what._tag === "Ended" && what.isComplete ? connection.recorder.begin() : undefined
    if (unseen !== undefined) {
      connection.recorder.complete(unseen, true)
      connection.pending = unseen
    }
    const over = connection.recorder.take({ connection: number, time, what })
    if (over !== undefined) {
      const { attempt } = connection
      this.settle(connection, attempt?.transaction === over.transaction ? attempt : over, time, "lost")
    }
    const { hopeless } = connection.recorder
    if (what._tag === "Said" && hopeless !== undefined) this.afterSilence(this.showAttempt(connection, hopeless))
    const { pending } = connection
    if (what._tag === "Answered" && pending !== undefined) {
      connection.pending = undefined
      this.settle(connection, pending, time, connection.said.trimEnd().split("\r\n").at(-1) ?? "")
    }
    if (what._tag === "Closed") {
      connection.isClosed = true
      connection.pending = undefined
      this.connections.delete(number)
      if (pending !== undefined) this.settle(connection, pending, time, "lost")
    }
  }

  /** Keeps the octets of a message, and the message before its end is answered. */
  readonly sink = (incoming: Incoming): Effect.Effect<MessageSink> =>
    Effect.sync(() => {
      const connection = this.of(incoming.connection)
      const pending = connection.recorder.begin()
      const pieces: Array<Uint8Array> = []
      const store = (octets: Uint8Array, isComplete: boolean) =>
        Effect.gen(this, function*() {
          if (pending === undefined) return
          const time = yield* Clock.currentTimeMillis
          connection.recorder.complete(pending, isComplete)
          if (!connection.isClosed) connection.pending = pending
          const ending = connection.isClosed ? "lost" : "waiting"
          const { attempt } = connection
          if (attempt?.transaction === pending.transaction && attempt.id !== undefined) {
            yield* this.mailbox.remove([attempt.id])
          }
          const { id } = yield* this.mailbox.add(octets, connection.recorder.transmission(pending, time, ending))
          pending.id = id
        })
      return {
        write: (octets) =>
          Effect.sync(() => {
            pieces.push(Uint8Array.from(octets))
          }),
        end: Effect.suspend(() => store(Buffer.concat(pieces), true)).pipe(
          Effect.mapError((cause) => new SinkError({ cause }))
        ),
        abort: Effect.suspend(() =>
          this.quietly(store(new Uint8Array(Buffer.concat(pieces).subarray(0, maxRefused)), false))
        )
      }
    })
}

/** Listens, and puts each message into the mailbox. Fails where the port cannot be had. */
export const receive = (
  mailbox: Mailbox,
  book: RuleBook,
  { certificates, host, maxMessageOctets, port }: Options
): Effect.Effect<Receiver, NodeJS.ErrnoException, Scope.Scope> =>
  Effect.gen(function*() {
    const jobs = yield* Effect.acquireRelease(Queue.unbounded<Effect.Effect<void>>(), Queue.shutdown)
    const scope = yield* Effect.scope
    const later = (job: Effect.Effect<void>): void => {
      jobs.unsafeOffer(job)
    }
    const afterSilence = (job: Effect.Effect<void>): void =>
      later(Effect.asVoid(Effect.forkIn(Effect.delay(job, silence), scope)))
    const reception = new Reception(mailbox, book, later, afterSilence)
    yield* Effect.forkScoped(Effect.forever(Effect.flatten(Queue.take(jobs))))
    const server = yield* Server.make(book.current, {
      certificates,
      sink: reception.sink,
      forgetAttemptsAfter,
      limits: { maxConnections, maxRecipients, maxLineOctets, maxMessageOctets, idleTimeout }
    })
    yield* server.events.listen(reception.onEvent)
    let said = 0
    yield* server.events.listen(({ what }) => {
      if (what._tag === "Said" && ++said % clearEvery === 0) jobs.unsafeOffer(server.ledger.clear)
    })
    const bound = yield* (host === undefined
      ? Listener.openOnLoopback(port, server.onConnection)
      : Listener.openAt({ host, port }, server.onConnection))
    return {
      host: host ?? Listener.loopback,
      port: bound,
      ca: server.certificates.ca,
      play: server.play,
      forgetAttempts: Effect.sync(() => server.attempts.forget())
    }
  })
