import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Event } from "../model/event.js"
import type { Service } from "../service.js"

const encode = Schema.encodeSync(Schema.parseJson(Event))
const heartbeat = "15 seconds"
const comment = ": here\n\n"

const lastEventId = (request: HttpServerRequest.HttpServerRequest): number | undefined => {
  const value = request.headers["last-event-id"] ??
    new URL(request.url, "http://localhost").searchParams.get("last") ?? ""
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined
}

/**
 * Server-sent events: what has changed, each with its number as `id`. A reader that was away for too long gets `Restart`,
 * and reads the list again.
 */
const events = (inbox: Service) =>
  Effect.map(HttpServerRequest.HttpServerRequest, (request) => {
    const beats = Stream.as(Stream.fromSchedule(Schedule.spaced(heartbeat)), comment)
    const changes = Stream.map(inbox.events(lastEventId(request)), (numbered) =>
      numbered === undefined
        ? "event: Restart\ndata: {}\n\n"
        : `id: ${numbered.number}\nevent: ${numbered.event._tag}\ndata: ${encode(numbered.event)}\n\n`)
    const text = Stream.concat(Stream.make("retry: 1000\n\n"), Stream.merge(changes, beats))
    return HttpServerResponse.stream(Stream.encodeText(text), {
      contentType: "text/event-stream",
      headers: { "cache-control": "no-store", "x-accel-buffering": "no" }
    })
  })

export const eventRoutes = (inbox: Service): Effect.Effect<void, never, HttpApiBuilder.Router> =>
  Effect.flatMap(HttpApiBuilder.Router, (router) => router.get("/api/events", events(inbox)))
