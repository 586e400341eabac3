import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Service } from "../../Outbox.js"
import { MessageNotFound, OutboxApi, OutboxUnavailable } from "../../OutboxApi.js"
import type { OutboxError } from "../../OutboxError.js"

const defaultLimit = 100

const available = <A>(self: Effect.Effect<A, OutboxError>): Effect.Effect<A, OutboxUnavailable> =>
  Effect.mapError(self, ({ message }) => new OutboxUnavailable({ description: message }))

const done = (self: Effect.Effect<boolean | void, OutboxError>) =>
  available(Effect.map(self, (result) => ({ done: result ?? true })))

/** The handlers of the API. */
export const handlers = (outbox: Service): Layer.Layer<HttpApiGroup.ApiGroup<"outbox", "outbox">> =>
  HttpApiBuilder.group(OutboxApi, "outbox", (api) =>
    api
      .handle("overview", () =>
        available(Effect.map(
          Effect.all([outbox.counts, outbox.pauses]),
          ([{ counts, oldestDue }, pauses]) => ({ counts, oldestDue, pauses })
        )))
      .handle("list", ({ urlParams: { limit = defaultLimit, state, ...filter } }) =>
        // One more than asked for tells whether there are more.
        outbox.find({ ...filter, ...state === undefined ? {} : { states: [state] } }).pipe(
          Stream.take(limit + 1),
          Stream.runCollect,
          Effect.map((found) => Array.from(found)),
          Effect.map((found) => ({ messages: found.slice(0, limit), hasMore: found.length > limit })),
          available
        ))
      .handle("get", ({ path: { id } }) =>
        Effect.flatMap(
          available(outbox.get(id)),
          Option.match({ onNone: () => new MessageNotFound({ id }), onSome: Effect.succeed })
        ))
      .handle("cancel", ({ path: { id } }) => available(Effect.map(outbox.cancel(id), (result) => ({ result }))))
      .handle("retry", ({ path: { id } }) => done(outbox.retry(id)))
      .handle("resolve", ({ path: { id }, payload }) => done(outbox.resolve(id, payload.as)))
      .handle(
        "pause",
        ({ payload: { mailer, reason, seconds } }) => done(outbox.pause(mailer, Duration.seconds(seconds), reason))
      )
      .handle("resume", ({ payload: { mailer } }) => done(outbox.resume(mailer))))
