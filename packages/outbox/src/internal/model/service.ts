import type { AttachmentError } from "@effect-mail/core/MailError"
import type * as Outgoing from "@effect-mail/core/Outgoing"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type { DuplicateKeyError, OutboxError } from "../../OutboxError.js"
import type * as OutboxMessage from "../../OutboxMessage.js"

/**
 * Octets that were kept before by `stage`, under the id of the message.
 *
 * @since 0.1.0
 * @category models
 */
export interface Staged {
  readonly _tag: "Staged"
  readonly size: number
}

/**
 * The octets of a message: in memory, as a stream that is run once, or staged.
 *
 * @since 0.1.0
 * @category models
 */
export type Content = Uint8Array | Stream.Stream<Uint8Array, AttachmentError> | Staged

/**
 * How octets are kept in the database: to encrypt them, for instance. Large ones come in parts of 256 KiB and less. Where
 * `read` fails the message waits, and is tried again.
 *
 * @since 0.1.0
 * @category models
 */
export interface Transform {
  readonly store: (octets: Uint8Array) => Effect.Effect<Uint8Array, Error>
  readonly read: (octets: Uint8Array) => Effect.Effect<Uint8Array, Error>
}

/**
 * A message to keep.
 *
 * - `at`: in ms since 1970; due at once where it is absent
 * - `giveUpAfter`: in ms, from when it is due
 * - `trace`: the W3C `traceparent` of who queued it
 *
 * @since 0.1.0
 * @category models
 */
export interface NewMessage {
  readonly id: OutboxMessage.TicketId
  readonly key: string | undefined
  readonly mailer: string
  readonly priority: number
  readonly at: number | undefined
  readonly giveUpAfter: number
  readonly trace: string | undefined
  readonly tenant: string | undefined
  readonly onDuplicate: "existing" | "fail"
  readonly frozen: Outgoing.FrozenStored<Content>
}

/**
 * A message in the hand of a runner.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hold {
  readonly id: OutboxMessage.TicketId
  readonly fence: number
}

/**
 * A claimed message. Times are in ms of the store's clock, and `claimedAt` is when it was claimed. `octets` is absent where
 * they are too large to be brought along: see `octets` of the store. `recipients` are those that are still pending.
 *
 * @since 0.1.0
 * @category models
 */
export interface Claimed extends Hold {
  readonly mailer: string
  readonly attempts: number
  readonly createdAt: number
  readonly dueAt: number
  readonly giveUpAt: number
  readonly giveUpAfter: number
  readonly claimedAt: number
  readonly trace: string | undefined
  readonly recipients: ReadonlyArray<string>
  readonly format: number
  readonly messageId: string
  readonly envelope: unknown
  readonly annotations: unknown
  readonly size: number
  readonly octets: Uint8Array | undefined
}

/**
 * Which messages to claim, the most urgent first. An hour of waiting weighs as much as one step of priority.
 *
 * @since 0.1.0
 * @category models
 */
export interface Claim {
  readonly owner: string
  readonly mailer: string
  /** Only messages of these parts of the outbox. Default: all. */
  readonly lanes?: ReadonlyArray<number> | undefined
  readonly limit: number
  /** In ms. */
  readonly lease: number
}

/**
 * What became of an attempt.
 *
 * - `state`: `queued` where recipients are still pending; the others are final, or unknown
 * - `delay`: in ms, until a queued message is due
 * - `isCounted`: whether it was a try: what a runner gives back untouched was none
 * - `isProof`: whether a server said it, so that it corrects what was thought unknown
 *
 * @since 0.1.0
 * @category models
 */
export interface Settlement extends Hold {
  readonly owner: string
  readonly state: "queued" | "delivered" | "failed" | "unknown"
  readonly delay: number
  readonly reason: OutboxMessage.Reason | undefined
  readonly outcome: string
  readonly error: string | undefined
  readonly detail: string | undefined
  readonly isCounted: boolean
  readonly isProof: boolean
  readonly recipients: ReadonlyArray<OutboxMessage.Recipient>
}

/**
 * Messages whose attempts begin.
 *
 * @since 0.1.0
 * @category models
 */
export interface Starts {
  readonly holds: ReadonlyArray<Hold>
  readonly owner: string
  /** In ms. */
  readonly lease: number
}

/**
 * Starts and settlements that are recorded together.
 *
 * @since 0.1.0
 * @category models
 */
export interface Turn {
  readonly starts: Starts | undefined
  readonly settlements: ReadonlyArray<Settlement>
}

/**
 * Which of them applied.
 *
 * @since 0.1.0
 * @category models
 */
export interface Recorded {
  readonly started: ReadonlyArray<OutboxMessage.TicketId>
  readonly settled: ReadonlyArray<OutboxMessage.TicketId>
}

/**
 * What the store did about time that has passed.
 *
 * - `due`: scheduled messages whose time has come
 * - `returned`: claimed by a runner that was lost before it began
 * - `lost`: sending when their runner was lost
 * - `gaveUp`: their time has passed
 *
 * @since 0.1.0
 * @category models
 */
export interface Reaped {
  readonly due: number
  readonly returned: number
  readonly lost: number
  readonly gaveUp: number
}

/**
 * How long settled messages are kept, in ms.
 *
 * - `octets`: octets of delivered ones
 * - `delivered`: rows of delivered and cancelled ones
 * - `others`: rows of failed and unknown ones
 *
 * @since 0.1.0
 * @category models
 */
export interface Retention {
  readonly octets: number
  readonly delivered: number
  readonly others: number
}

/**
 * A message that was settled, and when, in ms.
 *
 * @since 0.1.0
 * @category models
 */
export interface Settled {
  readonly id: OutboxMessage.TicketId
  readonly state: OutboxMessage.State
  readonly settledAt: number
}

/**
 * What a store has to supply. No method waits for anything but the database.
 *
 * - `enqueue`: one ticket for each message, in their order; in the caller's transaction where there is one; all or none
 * - `stage`: keeps the octets of a message that is queued later, and gives their number; for a day
 * - `claim`: each message to one caller only
 * - `octets`: part by part, each read when it is asked for; none where they were removed
 * - `start`: those that are still held and whose lease is alive are `sending` from now on; the others must not be sent
 * - `renew`: those that are still held
 * - `settle`: those to which it applied. An attempt is settled by its own fence, and late only where no later attempt started
 * - `record`: `start` and `settle` at once, for different messages; all or nothing, with one commit
 * - `reap`: with `resendLost`, what was sending when its runner was lost is queued again, and may be sent twice
 * - `settledSince`: at this time and after this id, or later: in the order of time and id, at most 1,000
 * - `wake`: an element whenever something may be due; a hint, and never relied on
 *
 * The caller names a message at most once in a call of `start`, `renew`, `settle` or `record`: the answer names ids, not fences.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly enqueue: (
    messages: ReadonlyArray<NewMessage>
  ) => Effect.Effect<ReadonlyArray<OutboxMessage.Ticket>, OutboxError | DuplicateKeyError | AttachmentError>
  readonly stage: (
    id: OutboxMessage.TicketId,
    octets: Stream.Stream<Uint8Array, AttachmentError>
  ) => Effect.Effect<number, OutboxError | AttachmentError>
  readonly claim: (claim: Claim) => Effect.Effect<ReadonlyArray<Claimed>, OutboxError>
  readonly octets: (id: OutboxMessage.TicketId) => Stream.Stream<Uint8Array, OutboxError>
  readonly start: (
    holds: ReadonlyArray<Hold>,
    owner: string,
    lease: number
  ) => Effect.Effect<ReadonlyArray<OutboxMessage.TicketId>, OutboxError>
  readonly renew: (
    holds: ReadonlyArray<Hold>,
    lease: number
  ) => Effect.Effect<ReadonlyArray<OutboxMessage.TicketId>, OutboxError>
  readonly settle: (
    settlements: ReadonlyArray<Settlement>
  ) => Effect.Effect<ReadonlyArray<OutboxMessage.TicketId>, OutboxError>
  readonly record: (turn: Turn) => Effect.Effect<Recorded, OutboxError>
  readonly reap: (options: { readonly resendLost: boolean }) => Effect.Effect<Reaped, OutboxError>
  readonly retain: (retention: Retention) => Effect.Effect<number, OutboxError>
  readonly get: (id: OutboxMessage.TicketId) => Effect.Effect<Option.Option<OutboxMessage.Entry>, OutboxError>
  readonly find: (
    filter: OutboxMessage.Filter,
    page: { readonly before: OutboxMessage.TicketId | undefined; readonly limit: number }
  ) => Effect.Effect<ReadonlyArray<OutboxMessage.Summary>, OutboxError>
  readonly counts: Effect.Effect<OutboxMessage.Counts, OutboxError>
  readonly settledSince: (since: number, after: string) => Effect.Effect<ReadonlyArray<Settled>, OutboxError>
  readonly cancel: (id: OutboxMessage.TicketId) => Effect.Effect<OutboxMessage.CancelResult, OutboxError>
  readonly resolve: (
    id: OutboxMessage.TicketId,
    resolution: OutboxMessage.Resolution
  ) => Effect.Effect<boolean, OutboxError>
  readonly retry: (id: OutboxMessage.TicketId) => Effect.Effect<boolean, OutboxError>
  readonly erase: (id: OutboxMessage.TicketId) => Effect.Effect<boolean, OutboxError>
  readonly purge: (olderThan: number) => Effect.Effect<number, OutboxError>
  readonly pause: (mailer: string, duration: number, reason: string) => Effect.Effect<void, OutboxError>
  readonly resume: (mailer: string) => Effect.Effect<void, OutboxError>
  readonly pauses: Effect.Effect<ReadonlyArray<OutboxMessage.Pause>, OutboxError>
  readonly now: Effect.Effect<number, OutboxError>
  readonly wake: Stream.Stream<void>
}
