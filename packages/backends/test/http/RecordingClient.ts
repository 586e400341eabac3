/**
 * An `HttpClient` that reaches nothing: it keeps the requests, and answers as it is told.
 */
import type { HttpClientRequest } from "@effect/platform"
import { HttpClient, HttpClientError, HttpClientResponse } from "@effect/platform"
import { Context, Effect, Layer } from "effect"

export interface Recorded {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: HttpClientRequest.HttpClientRequest["body"]
}

export type Reply = Effect.Effect<Response, unknown>

export class Requests extends Context.Tag("test/Requests")<Requests, Array<Recorded>>() {}

/** A failure of it is a fault of the network. */
export const layer = (
  reply: (index: number, recorded: Recorded) => Reply
): Layer.Layer<Requests | HttpClient.HttpClient> =>
  Layer.effectContext(Effect.sync(() => {
    const requests: Array<Recorded> = []
    const client = HttpClient.make((request, url) =>
      Effect.suspend(() => {
        const recorded = { method: request.method, url, headers: { ...request.headers }, body: request.body }
        requests.push(recorded)
        return reply(requests.length - 1, recorded)
      }).pipe(
        Effect.mapBoth({
          onFailure: (cause) => new HttpClientError.RequestError({ request, reason: "Transport", cause }),
          onSuccess: (response) => HttpClientResponse.fromWeb(request, response)
        })
      )
    )
    return Context.make(Requests, requests).pipe(Context.add(HttpClient.HttpClient, client))
  }))

const none = new Set([101, 204, 205, 304])

export const response = (
  status: number,
  body = "",
  headers: Readonly<Record<string, string>> = {}
): Reply => Effect.sync(() => new Response(none.has(status) ? null : body, { status, headers }))

/** A body of which only the start comes. */
export const cutOff = (status: number, start: string, headers: Readonly<Record<string, string>> = {}): Reply =>
  Effect.sync(() =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(start))
        },
        pull(controller) {
          controller.error(Object.assign(new TypeError("terminated"), { cause: { code: "UND_ERR_SOCKET" } }))
        }
      }, { highWaterMark: 0 }),
      { status, headers }
    )
  )

export const textOf = ({ body }: Recorded): string =>
  body._tag === "Uint8Array" ? new TextDecoder().decode(body.body) : ""
