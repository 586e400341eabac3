/**
 * What an operator does with an outbox, as JSON and over HTTP: `OutboxPage` serves it, and a client is derived from it by
 * `HttpApiClient.make(OutboxApi)`. Times are in ISO 8601, what is absent is `null`.
 *
 * @since 0.1.0
 */
import * as Envelope from "@effect-mail/core/Envelope"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import * as OutboxMessage from "./OutboxMessage.js"

/**
 * There is no message with that id: it was purged, or never queued.
 *
 * @since 0.1.0
 * @category errors
 */
export class MessageNotFound
  extends Schema.TaggedError<MessageNotFound>("@effect-mail/outbox/OutboxApi/MessageNotFound")(
    "MessageNotFound",
    { id: Schema.String },
    HttpApiSchema.annotations({ status: 404 })
  )
{
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `There is no message ${this.id}: it was purged, or never queued.`
  }
}

/**
 * The database did not do what it was asked to.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutboxUnavailable
  extends Schema.TaggedError<OutboxUnavailable>("@effect-mail/outbox/OutboxApi/OutboxUnavailable")(
    "OutboxUnavailable",
    { description: Schema.String },
    HttpApiSchema.annotations({ status: 503 })
  )
{
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return this.description
  }
}

const summaryFields = {
  id: OutboxMessage.TicketId,
  key: Schema.OptionFromNullOr(Schema.String),
  mailer: Schema.String,
  priority: Schema.Number,
  state: OutboxMessage.State,
  reason: Schema.OptionFromNullOr(OutboxMessage.Reason),
  messageId: Schema.String,
  attempts: Schema.Number,
  createdAt: Schema.DateTimeUtc,
  dueAt: Schema.DateTimeUtc,
  giveUpAt: Schema.DateTimeUtc,
  settledAt: Schema.OptionFromNullOr(Schema.DateTimeUtc),
  lastError: Schema.OptionFromNullOr(Schema.String)
}

/**
 * A message in a list.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Summary = Schema.Struct(summaryFields)

/**
 * One try.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Attempt = Schema.Struct({
  fence: Schema.Number,
  owner: Schema.String,
  startedAt: Schema.OptionFromNullOr(Schema.DateTimeUtc),
  endedAt: Schema.OptionFromNullOr(Schema.DateTimeUtc),
  outcome: Schema.OptionFromNullOr(Schema.String),
  detail: Schema.OptionFromNullOr(Schema.String)
})

/**
 * All that is known of a message, without its octets.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Entry = Schema.Struct({
  ...summaryFields,
  envelope: Schema.OptionFromNullOr(Envelope.Envelope),
  size: Schema.Number,
  recipients: Schema.Array(OutboxMessage.Recipient),
  history: Schema.Array(Attempt)
})

/**
 * A mailer by which nothing is sent for a while, and why.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Pause = Schema.Struct({ mailer: Schema.String, until: Schema.DateTimeUtc, reason: Schema.String })

/**
 * How many messages there are by mailer and state, when the one was due that waits longest, and what is paused.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Overview = Schema.Struct({
  counts: Schema.Array(
    Schema.Struct({ mailer: Schema.String, state: OutboxMessage.State, count: Schema.Number })
  ),
  oldestDue: Schema.OptionFromNullOr(Schema.DateTimeUtc),
  pauses: Schema.Array(Pause)
})

/**
 * Part of a list, the latest first. `hasMore`: the next part begins `before` the last of these.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Page = Schema.Struct({ messages: Schema.Array(Summary), hasMore: Schema.Boolean })

/**
 * Whether something was changed. It is not where the message is in another state by now.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Done = Schema.Struct({ done: Schema.Boolean })

/**
 * What became of the wish to cancel a message.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Cancelled = Schema.Struct({
  result: Schema.Literal("Cancelled", "TooLate", "AlreadySettled", "NotFound")
})

const id = HttpApiSchema.param("id", OutboxMessage.TicketId)
const text = Schema.String.pipe(Schema.maxLength(1_000))
const Mailer = Schema.NonEmptyString.pipe(Schema.maxLength(1_000))

const listParams = Schema.Struct({
  state: Schema.optional(OutboxMessage.State),
  mailer: Schema.optional(text),
  key: Schema.optional(text),
  recipient: Schema.optional(text),
  incomplete: Schema.optional(Schema.BooleanFromString),
  before: Schema.optional(OutboxMessage.TicketId),
  limit: Schema.optional(Schema.NumberFromString.pipe(Schema.int(), Schema.between(1, 500)))
})

const outbox = HttpApiGroup.make("outbox")
  .add(HttpApiEndpoint.get("overview", "/api/overview").addSuccess(Overview))
  .add(HttpApiEndpoint.get("list", "/api/messages").setUrlParams(listParams).addSuccess(Page))
  .add(HttpApiEndpoint.get("get")`/api/messages/${id}`.addSuccess(Entry).addError(MessageNotFound))
  .add(HttpApiEndpoint.post("cancel")`/api/messages/${id}/cancel`.addSuccess(Cancelled))
  .add(HttpApiEndpoint.post("retry")`/api/messages/${id}/retry`.addSuccess(Done))
  .add(
    HttpApiEndpoint.post("resolve")`/api/messages/${id}/resolve`.setPayload(
      Schema.Struct({ as: Schema.Literal("delivered", "failed", "resend") })
    ).addSuccess(Done)
  )
  .add(
    HttpApiEndpoint.post("pause", "/api/pause").setPayload(Schema.Struct({
      mailer: Mailer,
      seconds: Schema.Number.pipe(Schema.between(1, 366 * 86_400)),
      reason: text
    })).addSuccess(Done)
  )
  .add(HttpApiEndpoint.post("resume", "/api/resume").setPayload(Schema.Struct({ mailer: Mailer })).addSuccess(Done))
  .addError(OutboxUnavailable)

/**
 * The HTTP interface of an outbox.
 *
 * @example
 * ```ts
 * import { OutboxApi } from "@effect-mail/outbox/OutboxApi"
 * import { HttpApiClient } from "@effect/platform"
 * import { Effect } from "effect"
 *
 * const unknown = Effect.gen(function*() {
 *   const client = yield* HttpApiClient.make(OutboxApi, { baseUrl: "http://127.0.0.1:8026" })
 *   const page = yield* client.outbox.list({ urlParams: { state: "unknown" } })
 *   return page.messages.map(({ id }) => id)
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const OutboxApi = HttpApi.make("outbox").add(outbox)
  .annotate(OpenApi.Title, "effect-mail outbox")
  .annotate(OpenApi.Version, "0.1.0")
