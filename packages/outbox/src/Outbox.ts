/**
 * What programs use: messages are queued, in the transaction of the program where there is one, and sent by an
 * `OutboxRunner`.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 * import { Outbox, OutboxStore, SqliteClient } from "@effect-mail/outbox"
 * import { SqlClient } from "@effect/sql"
 * import { Effect, Layer } from "effect"
 *
 * const order = (id: number, email: string) =>
 *   Effect.gen(function*() {
 *     const sql = yield* SqlClient.SqlClient
 *     const outbox = yield* Outbox.Outbox
 *     const receipt = yield* Outbox.prepare(
 *       Message.make({ from: "shop@example.com", to: email, subject: `Order ${id}`, text: "Thank you!" })
 *     )
 *     // Both, or none.
 *     return yield* sql.withTransaction(Effect.zipRight(
 *       sql`INSERT INTO orders (id) VALUES (${id})`,
 *       outbox.enqueue(receipt, { key: `receipt-${id}` })
 *     ))
 *   })
 *
 * const OutboxLive = Outbox.layer.pipe(
 *   Layer.provideMerge(OutboxStore.layerSql()),
 *   Layer.provideMerge(SqliteClient.layer({ filename: "shop.db" }))
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as MailBackend from "@effect-mail/core/MailBackend"
import {
  type AttachmentError,
  type BackendError,
  ConnectionError,
  type MessageError,
  OutcomeUnknownError
} from "@effect-mail/core/MailError"
import type * as Message from "@effect-mail/core/Message"
import * as Outgoing from "@effect-mail/core/Outgoing"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Prepared from "./internal/content/prepared.js"
import * as Staged from "./internal/content/staged.js"
import * as Listing from "./internal/model/listing.js"
import * as Retry from "./internal/model/retry.js"
import * as TicketId from "./internal/model/ticketId.js"
import * as TraceContext from "./internal/model/traceContext.js"
import type { DuplicateKeyError, OutboxError } from "./OutboxError.js"
import type * as OutboxMessage from "./OutboxMessage.js"
import * as OutboxStore from "./OutboxStore.js"

/**
 * - `key`: two messages with the same key are one: what is queued again with it is not queued. Printable text of the program
 *   such as `receipt-42`
 * - `mailer`: the name of the mailer that is to send it. Default: the one that was chosen by name, or `default`
 * - `tenant`: for whom it is queued, to find messages by it: a customer of the program, for instance
 * - `priority`: a higher number is sent earlier; one step weighs as much as an hour of waiting. Default: 0
 * - `at`: not before then
 * - `giveUpAfter`: how long to try, from when it is due. Default: 5 days
 * - `onDuplicate`: what to do where the key is there. Default: `"existing"`, its ticket
 *
 * @since 0.1.0
 * @category models
 */
export interface EnqueueOptions {
  readonly key?: string | undefined
  readonly mailer?: string | undefined
  readonly tenant?: string | undefined
  readonly priority?: number | undefined
  readonly at?: DateTime.DateTime | undefined
  readonly giveUpAfter?: Duration.DurationInput | undefined
  readonly onDuplicate?: "existing" | "fail" | undefined
}

export type {
  /**
   * A message whose octets are in the store already. It is queued once, under this id.
   *
   * @since 0.1.0
   * @category models
   */
  Staged
} from "./internal/content/staged.js"

/**
 * What can be queued: a message; one that was rendered before by `prepare`, or stored before by `stage`; one that a policy has
 * in its hand.
 *
 * @since 0.1.0
 * @category models
 */
export type Input = Message.Message | Outgoing.Outgoing | Outgoing.Frozen | Staged.Staged

/**
 * Why something cannot be queued.
 *
 * @since 0.1.0
 * @category errors
 */
export type EnqueueError = MessageError | AttachmentError | DuplicateKeyError | OutboxError

/**
 * What `Outbox` provides.
 *
 * - `enqueue`: inside `SqlClient.withTransaction` the message is there if and only if that commits. The octets of a large or
 *   streamed message go into the store in parts of 256 KiB, and are never in memory as a whole
 * - `stage`: stores the octets of a message, for a transaction that queues it within a day: then that is short, however large
 *   the message is. Outside a transaction
 * - `enqueueAll`: in one transaction: all or none
 * - `find`: the latest first
 * - `counts`: reads all rows: not for every second
 * - `cancel`: who did not get it yet will not; `TooLate` where it may be on its way
 * - `resolve`: a person's word on a message that is `unknown`; `false` for any other
 * - `retry`: sends a failed message again to those who did not get it; `false` where it is not failed, or its octets are gone
 * - `erase`: what is personal of a settled message: octets, addresses, replies, key; `false` where it is not settled
 * - `purge`: removes settled messages that are older than this, and says how many
 * - `pause`, `resume`: whether anything is sent by a mailer
 * - `changes`: messages as they are settled, from now on, at least once each
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly enqueue: (message: Input, options?: EnqueueOptions) => Effect.Effect<OutboxMessage.Ticket, EnqueueError>
  readonly stage: (message: Message.Message) => Effect.Effect<Staged.Staged, Exclude<EnqueueError, DuplicateKeyError>>
  readonly enqueueAll: (
    entries: Iterable<readonly [message: Input, options?: EnqueueOptions]>
  ) => Effect.Effect<ReadonlyArray<OutboxMessage.Ticket>, EnqueueError>
  readonly get: (id: OutboxMessage.TicketId) => Effect.Effect<Option.Option<OutboxMessage.Entry>, OutboxError>
  readonly find: (filter?: OutboxMessage.Filter) => Stream.Stream<OutboxMessage.Summary, OutboxError>
  readonly counts: Effect.Effect<OutboxMessage.Counts, OutboxError>
  readonly cancel: (id: OutboxMessage.TicketId) => Effect.Effect<OutboxMessage.CancelResult, OutboxError>
  readonly resolve: (
    id: OutboxMessage.TicketId,
    resolution: OutboxMessage.Resolution
  ) => Effect.Effect<boolean, OutboxError>
  readonly retry: (id: OutboxMessage.TicketId) => Effect.Effect<boolean, OutboxError>
  readonly erase: (id: OutboxMessage.TicketId) => Effect.Effect<boolean, OutboxError>
  readonly purge: (olderThan: Duration.DurationInput) => Effect.Effect<number, OutboxError>
  readonly pause: (
    mailer: string,
    duration: Duration.DurationInput,
    reason: string
  ) => Effect.Effect<void, OutboxError>
  readonly resume: (mailer: string) => Effect.Effect<void, OutboxError>
  readonly pauses: Effect.Effect<ReadonlyArray<OutboxMessage.Pause>, OutboxError>
  readonly changes: Stream.Stream<OutboxStore.Settled, OutboxError>
}

/**
 * @since 0.1.0
 * @category tags
 */
export class Outbox extends Context.Tag("@effect-mail/outbox/Outbox")<Outbox, Service>() {}

/**
 * Checks a message and renders it, once and for all: before a transaction, so that the transaction is short. What was
 * rendered has its Message-ID and its date.
 *
 * Fails with a `MessageError` for what cannot be sent, and with an `AttachmentError` where an attachment cannot be read.
 *
 * @since 0.1.0
 * @category constructors
 */
export const prepare: (message: Message.Message) => Effect.Effect<Outgoing.Frozen, MessageError | AttachmentError> =
  Prepared.freeze

/** A message that is stored, with its id. */
const stored = (
  input: Input
): Effect.Effect<Pick<OutboxStore.NewMessage, "id" | "frozen">, MessageError | AttachmentError> => {
  if (Staged.isStaged(input)) return Effect.succeed({ id: input.id, frozen: input.stored })
  const frozen = Outgoing.isFrozen(input)
    ? Effect.succeed(Prepared.ofFrozen(input))
    : Outgoing.isOutgoing(input)
    ? Prepared.storable(input)
    : Prepared.ofMessage(input)
  return Effect.all({ id: TicketId.make, frozen })
}

const newMessage = (
  input: Input,
  { at, giveUpAfter = Retry.defaultGiveUpAfter, key, mailer, onDuplicate = "existing", priority = 0, tenant }:
    EnqueueOptions
): Effect.Effect<OutboxStore.NewMessage, MessageError | AttachmentError> =>
  Effect.gen(function*() {
    const { frozen, id } = yield* stored(input)
    return {
      id,
      key,
      mailer: mailer ?? frozen.mailer ?? "default",
      priority: Math.trunc(priority),
      at: at?.epochMillis,
      giveUpAfter: Duration.toMillis(giveUpAfter),
      trace: yield* TraceContext.current,
      tenant,
      onDuplicate,
      frozen
    }
  })

const enqueueOne = (
  store: OutboxStore.Service,
  input: Input,
  options: EnqueueOptions
): Effect.Effect<OutboxMessage.Ticket, EnqueueError> =>
  newMessage(input, options).pipe(
    Effect.flatMap((message) => store.enqueue([message])),
    Effect.flatMap(([ticket]) =>
      ticket === undefined ? Effect.dieMessage("a store gave no ticket") : Effect.succeed(ticket)
    )
  )

const stage = (store: OutboxStore.Service, message: Message.Message) =>
  Effect.gen(function*() {
    const { bytes, ...head } = yield* Prepared.ofMessage(message)
    const id = yield* TicketId.make
    const size = yield* store.stage(id, bytes instanceof Uint8Array ? Stream.make(bytes) : bytes)
    return Staged.make(id, { ...head, bytes: { _tag: "Staged", size } })
  })

/**
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, OutboxStore.OutboxStore> = Effect.map(
  OutboxStore.OutboxStore,
  (store) => {
    const enqueueAll = (entries: ReadonlyArray<readonly [Input, EnqueueOptions]>) =>
      Effect.flatMap(Effect.forEach(entries, ([message, options]) => newMessage(message, options)), store.enqueue)
    return {
      enqueue: (message, options = {}) => enqueueOne(store, message, options),
      stage: (message) => stage(store, message),
      enqueueAll: (entries) =>
        enqueueAll(Array.from(entries, ([message, options = {}]) => [message, options] as const)),
      get: store.get,
      find: (filter = {}) => Listing.find(store, filter),
      counts: store.counts,
      cancel: store.cancel,
      resolve: store.resolve,
      retry: store.retry,
      erase: store.erase,
      purge: (olderThan) => store.purge(Duration.toMillis(olderThan)),
      pause: (mailer, duration, reason) => store.pause(mailer, Duration.toMillis(duration), reason),
      resume: store.resume,
      pauses: store.pauses,
      changes: Listing.changes(store)
    }
  }
)

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Outbox, never, OutboxStore.OutboxStore> = Layer.effect(Outbox, make)

/** What a program that sends is told. In a transaction that failed nothing remains. */
const toBackendError = (error: EnqueueError, recipients: ReadonlyArray<string>): Effect.Effect<never, BackendError> =>
  Effect.flatMap(
    Effect.serviceOption(SqlClient.TransactionConnection),
    (transaction): Effect.Effect<never, BackendError> => {
      if (error._tag === "AttachmentError") return Effect.fail(error)
      const isCertain = error._tag !== "OutboxError" || error.isRefused || Option.isSome(transaction)
      return Effect.fail(
        isCertain
          ? new ConnectionError({ reason: "Io", description: error.message, cause: error })
          : new OutcomeUnknownError({
            recipients: recipients.map((recipient) => ({ _tag: "Unknown", recipient })),
            description: error.message,
            cause: error
          })
      )
    }
  )

/**
 * A backend whose messages go into the outbox: every recipient is `Queued`, and none is `Accepted`. The same message is
 * queued once, however often it is delivered to this backend: its Message-ID is the key.
 *
 * Policies over this backend act when a message is queued. Those that decide who gets a message, such as `suppress` and
 * `redirectAll`, belong over the backend of the runner, where they act when it is sent.
 *
 * @example
 * ```ts
 * import { Mail } from "@effect-mail/core"
 * import { Outbox, OutboxStore } from "@effect-mail/outbox"
 * import { Effect, Layer } from "effect"
 *
 * const program = Mail.sendMail({ from: "a@example.com", to: "b@example.com", subject: "Hello", text: "Hello" }).pipe(
 *   Effect.provide(Outbox.layerBackend.pipe(Layer.provide(Outbox.layer), Layer.provide(OutboxStore.layerMemory)))
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerBackend: Layer.Layer<MailBackend.MailBackend, never, Outbox> = Layer.effect(
  MailBackend.MailBackend,
  Effect.map(
    Outbox,
    (outbox) =>
      Prepared.backend((outgoing) =>
        outbox.enqueue(outgoing, { key: outgoing.messageId }).pipe(
          Effect.map(({ id }): string | undefined => id),
          Effect.catchAll((error) => toBackendError(error, outgoing.envelope.to))
        )
      )
  )
)
