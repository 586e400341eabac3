import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { DevInboxApi } from "../../../DevInboxApi.js"
import type { Service } from "../service.js"
import { testMessage } from "./testMessage.js"

const defaultLimit = 200
const version = "0.1.0"

const messages = (inbox: Service) =>
  HttpApiBuilder.group(DevInboxApi, "messages", (handlers) =>
    handlers
      .handle("list", ({ urlParams: { limit = defaultLimit, query = "", start = 0 } }) =>
        Effect.gen(function*() {
          const { event, total, unread } = yield* inbox.counts
          const found = yield* inbox.list(query)
          return { total, unread, event, matched: found.length, start, messages: found.slice(start, start + limit) }
        }))
      .handle("wait", ({ urlParams: { query, seconds = 10 } }) =>
        Effect.map(
          Effect.timeoutOption(inbox.wait(query), `${seconds} seconds`),
          (found) => ({ message: Option.getOrNull(found) })
        ))
      .handle("get", ({ path: { id } }) => inbox.get(id))
      .handle("checks", ({ path: { id } }) => inbox.checks(id))
      .handle("mark", ({ payload: { ids, isRead } }) => Effect.as(inbox.mark(ids, isRead), { done: true }))
      .handle("remove", ({ payload: { ids } }) => Effect.as(inbox.remove(ids), { done: true }))
      .handle("clear", () => Effect.as(inbox.clear, { done: true }))
      .handle("release", ({ path: { id }, payload: { to } }) => inbox.release(id, to))
      .handle("copy", ({ path: { id } }) =>
        Effect.flatMap(
          Effect.all([inbox.get(id), inbox.source(id)]),
          ([{ envelope: { from, recipients } }, octets]) =>
            inbox.add(octets, { from, to: recipients.map(({ address }) => address) })
        ))
      .handle("sendTest", () => Effect.flatMap(testMessage, inbox.add)))

const previews = (inbox: Service) =>
  HttpApiBuilder.group(DevInboxApi, "previews", (handlers) =>
    handlers
      .handle("previews", () => inbox.previews)
      .handle("render", ({ payload: { id, locale, params } }) => inbox.renderPreview(id, params, locale)))

const rules = (inbox: Service) =>
  HttpApiBuilder.group(DevInboxApi, "rules", (handlers) =>
    handlers
      .handle("rules", () => inbox.rules)
      .handle("addRule", ({ payload }) => Effect.zipRight(inbox.addRule(payload), inbox.rules))
      .handle(
        "switchRule",
        ({ path: { id }, payload: { isOn } }) => Effect.zipRight(inbox.switchRule(id, isOn), inbox.rules)
      )
      .handle("removeRule", ({ path: { id } }) => Effect.zipRight(inbox.removeRule(id), inbox.rules))
      .handle("allOff", () => Effect.zipRight(inbox.rulesOff, inbox.rules)))

const status = (inbox: Service) =>
  HttpApiBuilder.group(
    DevInboxApi,
    "inbox",
    (handlers) =>
      handlers.handle("status", () =>
        Effect.map(inbox.counts, ({ total }) => ({
          version,
          smtp: inbox.smtp === undefined ? null : { host: inbox.smtp.host, port: inbox.smtp.port },
          maxMessages: inbox.maxMessages,
          keeps: inbox.keeps,
          total,
          canFail: inbox.smtp !== undefined,
          relay: inbox.relay ?? null
        })))
  )

/** The handlers of the API. */
export const handlers = (
  inbox: Service
): Layer.Layer<
  | HttpApiGroup.ApiGroup<"inbox", "messages">
  | HttpApiGroup.ApiGroup<"inbox", "previews">
  | HttpApiGroup.ApiGroup<"inbox", "rules">
  | HttpApiGroup.ApiGroup<"inbox", "inbox">
> => Layer.mergeAll(messages(inbox), previews(inbox), rules(inbox), status(inbox))
