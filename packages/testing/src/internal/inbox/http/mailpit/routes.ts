import * as Mime from "@effect-mail/core/Mime"
import * as Outgoing from "@effect-mail/core/Outgoing"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as MailReader from "../../../../MailReader.js"
import type { Summary } from "../../model/message.js"
import type { Service } from "../../service.js"
import { messageRoutes } from "./message.js"
import { Chaos, chaosOf, messageOf, ReadStatus, Selection, Send, specsOf } from "./payloads.js"
import { bad, json, ok, paramsOf } from "./responses.js"
import { summary } from "./shapes.js"

const maxLimit = 1_000
const version = "v1.30.0 (effect-mail)"

/** The body as JSON; an empty one is an empty object. A wrong one is answered with 400. */
const withPayload = <A, I, E>(
  schema: Schema.Schema<A, I>,
  use: (payload: A) => Effect.Effect<HttpServerResponse.HttpServerResponse, E>
) =>
  Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    const text = yield* request.text
    return yield* use(yield* Schema.decodeUnknown(Schema.parseJson(schema))(text.trim() === "" ? "{}" : text))
  }).pipe(Effect.catchAll((error) => Effect.succeed(bad(String(error)))))

const number = (text: string | null, otherwise: number): number =>
  text !== null && /^\d{1,9}$/.test(text) ? Number(text) : otherwise

const page = (inbox: Service, query: string, params: URLSearchParams) =>
  Effect.gen(function*() {
    const start = number(params.get("start"), 0)
    const limit = Math.min(maxLimit, number(params.get("limit"), 50))
    const { total, unread } = yield* inbox.counts
    const found = yield* inbox.list(query)
    const messages = yield* Effect.forEach(
      found.slice(start, start + limit),
      ({ id }) =>
        Effect.zipWith(inbox.get(id), inbox.source(id), (detail, octets) => summary(detail, MailReader.read(octets)))
    )
    const unreadFound = found.filter(({ isRead }) => !isRead).length
    return json({
      total,
      unread,
      count: messages.length,
      messages_count: found.length,
      messages_unread: unreadFound,
      start,
      tags: Array.from(new Set(found.flatMap(({ tags }) => tags))).sort(),
      messages
    })
  }).pipe(Effect.catchAll(({ message }) => Effect.succeed(bad(message))))

const idsOf = (ids: ReadonlyArray<string>): ReadonlyArray<number> =>
  ids.filter((id) => /^\d{1,15}$/.test(id)).map(Number)

const numbers = (found: ReadonlyArray<Summary>): ReadonlyArray<number> => found.map(({ id }) => id)

const remove = (inbox: Service) =>
  withPayload(
    Selection,
    ({ IDs }) =>
      Effect.as(IDs === undefined || IDs === null || IDs.length === 0 ? inbox.clear : inbox.remove(idsOf(IDs)), ok)
  )

const markRead = (inbox: Service) =>
  withPayload(ReadStatus, ({ IDs, Read, Search }) =>
    Effect.gen(function*() {
      const ids = IDs !== undefined && IDs !== null && IDs.length > 0
        ? idsOf(IDs)
        : numbers(yield* inbox.list(Search ?? ""))
      yield* inbox.mark(ids, Read ?? false)
      return ok
    }))

const send = (inbox: Service) =>
  withPayload(Send, (payload) =>
    Outgoing.prepare(messageOf(payload)).pipe(
      Effect.flatMap((outgoing) =>
        Effect.flatMap(Mime.render(outgoing), (octets) => inbox.add(octets, outgoing.envelope))
      ),
      Effect.map(({ id }) => json({ ID: String(id) }))
    ))

const chaos = (inbox: Service) => Effect.map(inbox.rules, (rules) => json(chaosOf(rules)))

const setChaos = (inbox: Service) =>
  withPayload(Chaos, (payload) =>
    Effect.gen(function*() {
      yield* inbox.replaceRules(specsOf(payload, yield* inbox.rules))
      return json(chaosOf(yield* inbox.rules))
    }))

const info = (inbox: Service) =>
  Effect.map(inbox.counts, ({ total, unread }) =>
    json({
      Version: version,
      LatestVersion: version,
      Database: inbox.keeps,
      DatabaseSize: 0,
      Messages: total,
      Unread: unread,
      Tags: {},
      RuntimeStats: {
        Uptime: 0,
        Memory: 0,
        MessagesDeleted: 0,
        SMTPAccepted: total,
        SMTPAcceptedSize: 0,
        SMTPRejected: 0,
        SMTPIgnored: 0
      }
    }))

const configuration = json({
  Label: "effect-mail",
  ChaosEnabled: true,
  DuplicatesIgnored: false,
  HideDeleteAllButton: false,
  SpamAssassin: false,
  MessageRelay: {
    Enabled: false,
    SMTPServer: "",
    ReturnPath: "",
    AllowedRecipients: "",
    BlockedRecipients: "",
    OverrideFrom: "",
    PreserveMessageIDs: false,
    RecipientAllowlist: ""
  }
})

/** The part of Mailpit's API that tools use. What would need the outside world is not served: 404. */
export const mailpitRoutes = (inbox: Service): Effect.Effect<void, never, HttpApiBuilder.Router> =>
  Effect.gen(function*() {
    const router = yield* HttpApiBuilder.Router
    const list = Effect.flatMap(paramsOf, (params) => page(inbox, "", params))
    const search = Effect.flatMap(paramsOf, (params) => page(inbox, params.get("query") ?? "", params))
    const removeFound = Effect.flatMap(paramsOf, (params) =>
      inbox.list(params.get("query") ?? "").pipe(
        Effect.flatMap((found) => inbox.remove(numbers(found))),
        Effect.as(ok),
        Effect.catchAll(({ message }) => Effect.succeed(bad(message)))
      ))
    yield* router.get("/api/v1/messages", list)
    yield* router.put("/api/v1/messages", markRead(inbox))
    yield* router.del("/api/v1/messages", remove(inbox))
    yield* router.get("/api/v1/search", search)
    yield* router.del("/api/v1/search", removeFound)
    yield* router.post("/api/v1/send", send(inbox))
    yield* router.get("/api/v1/chaos", chaos(inbox))
    yield* router.put("/api/v1/chaos", setChaos(inbox))
    yield* router.get("/api/v1/info", info(inbox))
    yield* router.get("/api/v1/webui", Effect.succeed(configuration))
    yield* router.get(
      "/api/v1/tags",
      Effect.map(inbox.list(), (all) => json(Array.from(new Set(all.flatMap(({ tags }) => tags))).sort()))
    )
    yield* router.get("/livez", Effect.succeed(ok))
    yield* router.get("/readyz", Effect.succeed(ok))
    yield* messageRoutes(inbox)
  })
