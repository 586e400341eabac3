/**
 * The HTTP interface of `DevInbox` as a value, from which a client is derived: `HttpApiClient.make(DevInboxApi.DevInboxApi)`.
 * The inbox describes it as OpenAPI at `/api/openapi.json`, and shows it at `/api/docs`.
 *
 * @since 0.1.0
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import * as Messages from "./internal/inbox/model/message.js"
import * as Previews from "./internal/inbox/model/preview.js"
import * as Releases from "./internal/inbox/model/release.js"
import * as Rules from "./internal/inbox/model/rule.js"

/**
 * No message has that number: it was removed, or there never was one.
 *
 * @since 0.1.0
 * @category errors
 */
export class MessageNotFound
  extends Schema.TaggedError<MessageNotFound>("@effect-mail/testing/DevInbox/MessageNotFound")(
    "MessageNotFound",
    { id: Schema.Number },
    HttpApiSchema.annotations({ status: 404 })
  )
{
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `message ${this.id} is not there: it was removed, or never came`
  }
}

/**
 * The inbox cannot read or write its folder.
 *
 * @since 0.1.0
 * @category errors
 */
export class InboxUnavailable extends Schema.TaggedError<InboxUnavailable>(
  "@effect-mail/testing/DevInbox/InboxUnavailable"
)("InboxUnavailable", { description: Schema.String }, HttpApiSchema.annotations({ status: 503 })) {
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return this.description
  }
}

/**
 * A message is not sent on to a real server: there is none, an address is not among those that are allowed, or the message
 * cannot be sent as it is.
 *
 * @since 0.1.0
 * @category errors
 */
export class ReleaseRefused extends Schema.TaggedError<ReleaseRefused>("@effect-mail/testing/DevInbox/ReleaseRefused")(
  "ReleaseRefused",
  { reason: Schema.Literal("NoRelay", "NotAllowed", "Invalid"), description: Schema.String },
  HttpApiSchema.annotations({ status: 403 })
) {
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return this.reason === "NoRelay"
      ? "no real server is configured: give `relay`, or --relay and --allow-relay"
      : this.reason === "NotAllowed"
      ? `the relay may not send to ${this.description}: allow it by \`allow\`, or --allow-relay`
      : `the message cannot be sent as it is: ${this.description}`
  }
}

/**
 * There is no preview of that name.
 *
 * @since 0.1.0
 * @category errors
 */
export class PreviewNotFound
  extends Schema.TaggedError<PreviewNotFound>("@effect-mail/testing/DevInbox/PreviewNotFound")(
    "PreviewNotFound",
    { id: Schema.String },
    HttpApiSchema.annotations({ status: 404 })
  )
{
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `there is no preview ${this.id}`
  }
}

/**
 * A message that a program would make, shown without being sent.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Preview = Previews.Preview

/**
 * To whom a message is sent on.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ReleaseRequest = Releases.ReleaseRequest

/**
 * What the real server said.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Released = Releases.Released

/**
 * A row of the list.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Summary = Messages.Summary

/**
 * A whole message, its envelope, its dialogue and its parts.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Detail = Messages.Detail

/**
 * What the checks found in a message.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Checks = Messages.Checks

/**
 * A rule of the server, and how often it spoke.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Rule = Rules.Rule

/**
 * What a rule does.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RuleSpec = Rules.Spec

const id = HttpApiSchema.param("id", Schema.NumberFromString)
const Ids = Schema.Struct({ ids: Schema.Array(Schema.Number).pipe(Schema.maxItems(10_000)) })
const Ok = Schema.Struct({ done: Schema.Boolean })

/**
 * A page of the list, the newest first. `matched`: how many the query found.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Page = Schema.Struct({
  total: Schema.Number,
  unread: Schema.Number,
  matched: Schema.Number,
  start: Schema.Number,
  /** The number of the last event: what comes after it is in the stream. */
  event: Schema.Number,
  messages: Schema.Array(Messages.Summary)
})

/**
 * Where the inbox is, and what it keeps.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Status = Schema.Struct({
  version: Schema.String,
  smtp: Schema.NullOr(Schema.Struct({ host: Schema.String, port: Schema.Number })),
  maxMessages: Schema.Number,
  keeps: Schema.String,
  total: Schema.Number,
  canFail: Schema.Boolean,
  /** To whom messages may be sent on; null where there is no real server. */
  relay: Schema.NullOr(Schema.Struct({ allow: Schema.Array(Schema.String) }))
})

const listParams = Schema.Struct({
  query: Schema.optional(Schema.String.pipe(Schema.maxLength(1_000))),
  start: Schema.optional(Schema.NumberFromString.pipe(Schema.int(), Schema.nonNegative())),
  limit: Schema.optional(Schema.NumberFromString.pipe(Schema.int(), Schema.between(1, 1_000)))
})

const waitParams = Schema.Struct({
  query: Schema.optional(Schema.String.pipe(Schema.maxLength(1_000))),
  seconds: Schema.optional(Schema.NumberFromString.pipe(Schema.between(0, 300)))
})

const messages = HttpApiGroup.make("messages")
  .add(HttpApiEndpoint.get("list", "/api/messages").setUrlParams(listParams).addSuccess(Page))
  .add(
    HttpApiEndpoint.get("wait", "/api/messages/wait").setUrlParams(waitParams).addSuccess(
      Schema.Struct({ message: Schema.NullOr(Messages.Summary) })
    )
  )
  .add(HttpApiEndpoint.get("get")`/api/messages/${id}`.addSuccess(Messages.Detail).addError(MessageNotFound))
  .add(HttpApiEndpoint.get("checks")`/api/messages/${id}/checks`.addSuccess(Messages.Checks).addError(MessageNotFound))
  .add(
    HttpApiEndpoint.post("mark", "/api/messages/mark").setPayload(
      Schema.Struct({ ...Ids.fields, isRead: Schema.Boolean })
    ).addSuccess(Ok)
  )
  .add(HttpApiEndpoint.post("remove", "/api/messages/remove").setPayload(Ids).addSuccess(Ok))
  .add(HttpApiEndpoint.post("clear", "/api/messages/clear").addSuccess(Ok))
  .add(HttpApiEndpoint.post("sendTest", "/api/messages/test").addSuccess(Messages.Summary))
  .add(
    HttpApiEndpoint.post("release")`/api/messages/${id}/release`.setPayload(Releases.ReleaseRequest)
      .addSuccess(Releases.Released).addError(MessageNotFound).addError(ReleaseRefused)
  )
  .add(HttpApiEndpoint.post("copy")`/api/messages/${id}/copy`.addSuccess(Messages.Summary).addError(MessageNotFound))
  .addError(InboxUnavailable)

const previews = HttpApiGroup.make("previews")
  .add(HttpApiEndpoint.get("previews", "/api/previews").addSuccess(Schema.Array(Previews.Preview)))
  .add(
    HttpApiEndpoint.post("render", "/api/previews/render").setPayload(Previews.RenderRequest)
      .addSuccess(Previews.Preview).addError(PreviewNotFound)
  )
  .addError(InboxUnavailable)

const rules = HttpApiGroup.make("rules")
  .add(HttpApiEndpoint.get("rules", "/api/rules").addSuccess(Schema.Array(Rules.Rule)))
  .add(HttpApiEndpoint.post("addRule", "/api/rules").setPayload(Rules.Spec).addSuccess(Schema.Array(Rules.Rule)))
  .add(
    HttpApiEndpoint.put("switchRule")`/api/rules/${id}`.setPayload(Schema.Struct({ isOn: Schema.Boolean })).addSuccess(
      Schema.Array(Rules.Rule)
    )
  )
  .add(HttpApiEndpoint.del("removeRule")`/api/rules/${id}`.addSuccess(Schema.Array(Rules.Rule)))
  .add(HttpApiEndpoint.post("allOff", "/api/rules/off").addSuccess(Schema.Array(Rules.Rule)))

const inbox = HttpApiGroup.make("inbox")
  .add(HttpApiEndpoint.get("status", "/api/status").addSuccess(Status))

/**
 * The HTTP interface of an inbox.
 *
 * @example
 * ```ts
 * import { DevInboxApi } from "@effect-mail/testing"
 * import { HttpApiClient } from "@effect/platform"
 * import { Effect } from "effect"
 *
 * const subjects = Effect.gen(function*() {
 *   const client = yield* HttpApiClient.make(DevInboxApi.DevInboxApi, { baseUrl: "http://127.0.0.1:8025" })
 *   const page = yield* client.messages.list({ urlParams: { query: "is:refused" } })
 *   return page.messages.map(({ subject }) => subject)
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const DevInboxApi = HttpApi.make("inbox").add(messages).add(previews).add(rules).add(inbox)
  .annotate(OpenApi.Title, "effect-mail inbox")
  .annotate(OpenApi.Version, "0.1.0")
  .annotate(
    OpenApi.Description,
    "What a development inbox has received. Beside what is described here: the source at /api/messages/{id}/source, parts " +
      "at /api/messages/{id}/parts/{path}, and events at /api/events."
  )
