/**
 * What an outbox keeps of a message, and the states that it goes through.
 *
 * @since 0.1.0
 */
import * as DeliveryReport from "@effect-mail/core/DeliveryReport"
import type * as Envelope from "@effect-mail/core/Envelope"
import type * as Brand from "effect/Brand"
import type * as DateTime from "effect/DateTime"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/**
 * What an outbox calls a message: 26 characters, in the order in which messages came.
 *
 * @since 0.1.0
 * @category models
 */
export type TicketId = string & Brand.Brand<"@effect-mail/outbox/TicketId">

/**
 * @since 0.1.0
 * @category schemas
 */
export const TicketId: Schema.Schema<TicketId, string> = Schema.String.pipe(
  Schema.pattern(/^[0-9a-hjkmnp-tv-z]{26}$/),
  Schema.brand("@effect-mail/outbox/TicketId")
)

/**
 * - `scheduled`: its time has not come: it was asked for later, or is tried again later
 * - `queued`: waits for a runner
 * - `claimed`: a runner has it; nothing was sent, and if the runner dies it goes back
 * - `sending`: the backend may be responsible for it at any moment
 * - `delivered`: no recipient is open, and some were accepted
 * - `failed`: no recipient is open, and none was accepted, or the time to give up has passed
 * - `cancelled`: taken back before it was sent to anybody
 * - `unknown`: it may have been sent, and it may not: the runner or the connection was lost between the message and its reply
 *
 * @since 0.1.0
 * @category models
 */
export const State = Schema.Literal(
  "scheduled",
  "queued",
  "claimed",
  "sending",
  "delivered",
  "failed",
  "cancelled",
  "unknown"
)

/**
 * @since 0.1.0
 * @category models
 */
export type State = typeof State.Type

/**
 * - `pending`: not sent yet, and will be
 * - `accepted`: the server took responsibility
 * - `rejected`: the server refused for good
 * - `notSent`: no copy went out, and none will
 * - `unknown`: a copy may have gone out
 *
 * @since 0.1.0
 * @category models
 */
export const RecipientState = Schema.Literal("pending", "accepted", "rejected", "notSent", "unknown")

/**
 * @since 0.1.0
 * @category models
 */
export type RecipientState = typeof RecipientState.Type

/**
 * A recipient of the envelope. `reply` is the last one that a server gave to it.
 *
 * @since 0.1.0
 * @category models
 */
export const Recipient = Schema.Struct({
  address: Schema.String,
  state: RecipientState,
  reply: Schema.optional(DeliveryReport.Reply)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Recipient = typeof Recipient.Type

/**
 * Why a message is in the state in which it is.
 *
 * - of `failed`: `rejected`: refused for good; `gaveUp`: its time has passed; `notSendable`: the server lacks what it needs,
 *   or its octets cannot be read
 * - of `unknown`: `lost`: the runner died or lost its lease; `unanswered`: the connection was lost before the reply
 * - `resolved`: a person said what became of it
 *
 * @since 0.1.0
 * @category models
 */
export const Reason = Schema.Literal("rejected", "gaveUp", "notSendable", "lost", "unanswered", "resolved")

/**
 * @since 0.1.0
 * @category models
 */
export type Reason = typeof Reason.Type

/**
 * What `enqueue` gives: `isNew` is `false` where a message with the same key was there before.
 *
 * @since 0.1.0
 * @category models
 */
export interface Ticket {
  readonly id: TicketId
  readonly isNew: boolean
}

/**
 * A message in a list. `dueAt` is when it may be sent, `settledAt` when its state became final or unknown, `tenant` for whom
 * it was queued.
 *
 * @since 0.1.0
 * @category models
 */
export interface Summary {
  readonly id: TicketId
  readonly key: Option.Option<string>
  readonly mailer: string
  readonly priority: number
  readonly state: State
  readonly reason: Option.Option<Reason>
  readonly messageId: string
  readonly attempts: number
  readonly createdAt: DateTime.Utc
  readonly dueAt: DateTime.Utc
  readonly giveUpAt: DateTime.Utc
  readonly settledAt: Option.Option<DateTime.Utc>
  readonly lastError: Option.Option<string>
  readonly tenant: Option.Option<string>
}

/**
 * One try. `startedAt` is absent where it ended before anything could have been sent; `endedAt` is absent while it lasts, and
 * where its runner was never heard of again. `detail` is the error, with the dialogue where the runner was told how to get it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Attempt {
  readonly fence: number
  readonly owner: string
  readonly startedAt: Option.Option<DateTime.Utc>
  readonly endedAt: Option.Option<DateTime.Utc>
  readonly outcome: Option.Option<string>
  readonly detail: Option.Option<string>
}

/**
 * All that is known of a message, without its octets. An erased one has no envelope and no recipients.
 *
 * @since 0.1.0
 * @category models
 */
export interface Entry extends Summary {
  readonly envelope: Option.Option<Envelope.Envelope>
  readonly size: number
  readonly recipients: ReadonlyArray<Recipient>
  readonly history: ReadonlyArray<Attempt>
}

/**
 * Which messages to find; what is not given does not matter.
 *
 * - `recipient`: an address of the envelope, as it was written there
 * - `incomplete`: delivered, but not to all recipients
 * - `before`: only what was queued before this message: the next page of a list
 *
 * @since 0.1.0
 * @category models
 */
export interface Filter {
  readonly states?: ReadonlyArray<State> | undefined
  readonly mailer?: string | undefined
  readonly key?: string | undefined
  readonly tenant?: string | undefined
  readonly recipient?: string | undefined
  readonly incomplete?: boolean | undefined
  readonly before?: TicketId | undefined
}

/**
 * How many messages there are, by mailer and state.
 *
 * @since 0.1.0
 * @category models
 */
export interface Count {
  readonly mailer: string
  readonly state: State
  readonly count: number
}

/**
 * `oldestDue` is when the message was due that waits longest.
 *
 * @since 0.1.0
 * @category models
 */
export interface Counts {
  readonly counts: ReadonlyArray<Count>
  readonly oldestDue: Option.Option<DateTime.Utc>
}

/**
 * A mailer by which nothing is sent for a while.
 *
 * @since 0.1.0
 * @category models
 */
export interface Pause {
  readonly mailer: string
  readonly until: DateTime.Utc
  readonly reason: string
}

/**
 * @since 0.1.0
 * @category models
 */
export type CancelResult = "Cancelled" | "TooLate" | "AlreadySettled" | "NotFound"

/**
 * What a person says of a message whose outcome is unknown. `resend` may deliver it twice.
 *
 * @since 0.1.0
 * @category models
 */
export type Resolution = "delivered" | "failed" | "resend"

/**
 * The states in which nothing more happens by itself.
 *
 * @since 0.1.0
 * @category getters
 */
export const isSettled = (state: State): boolean =>
  state === "delivered" || state === "failed" || state === "cancelled" || state === "unknown"
