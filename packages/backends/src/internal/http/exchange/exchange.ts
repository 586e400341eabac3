import type { BackendError } from "@effect-mail/core/MailError"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Addressed, Answer } from "../provider.js"
import * as Fault from "./fault.js"

/** The most that is read of an answer, in octets. */
const longestBody = 64 * 1024

/** A client whose requests end with their scope. */
export type Client = HttpClient.HttpClient.With<HttpClientError, Scope.Scope>

/** `fetch` must not follow a redirect, even if it was told to: that would be a second request. */
const withoutRedirects = <A, E, R>(self: Effect.Effect<A, E, R>, built: Option.Option<RequestInit>) =>
  Effect.contextWithEffect((context: Context.Context<R>) =>
    Effect.provideService(self, FetchHttpClient.RequestInit, {
      ...Option.getOrUndefined(built),
      ...Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit)),
      redirect: "manual"
    })
  )

/** The client without spans of its own: they would hold headers with secrets, and addresses in paths. */
export const client: Effect.Effect<Client, never, HttpClient.HttpClient> = Effect.gen(function*() {
  const client = yield* HttpClient.HttpClient
  const built = yield* Effect.serviceOption(FetchHttpClient.RequestInit)
  return client.pipe(
    HttpClient.withTracerDisabledWhen(() => true),
    HttpClient.withScope,
    HttpClient.transform((response) => withoutRedirects(response, built))
  )
})

/** What came of the body until it ended, was cut off, or took too long. */
const readBody = (response: HttpClientResponse, limit: Duration.Duration) =>
  Effect.suspend(() => {
    const decoder = new TextDecoder()
    let body = ""
    let octets = 0
    const reading = Stream.runForEachWhile(response.stream, (chunk) =>
      Effect.sync(() => {
        octets += chunk.length
        if (octets <= longestBody) body += decoder.decode(chunk, { stream: true })
        return octets <= longestBody
      }))
    return reading.pipe(
      Effect.match({
        onFailure: (error) => error._tag === "ResponseError" && error.reason === "EmptyBody",
        onSuccess: () => octets <= longestBody
      }),
      Effect.timeoutTo({ duration: limit, onSuccess: (isWhole) => isWhole, onTimeout: () => false }),
      Effect.map((isWhole) => ({ body: body + decoder.decode(), isWhole }))
    )
  })

/** Shorter words, such as the name of a scheme, are no secrets. */
const shortestSecret = 8

/** A secret that a provider echoes must not get into an error. The longest come first: one may be a part of another. */
const strikeOut = (text: string, secrets: ReadonlyArray<string>): string =>
  secrets.filter(({ length }) => length >= shortestSecret).sort((one, other) => other.length - one.length)
    .reduce((text, secret) => text.replaceAll(secret, "<redacted>"), text)

/** Asks once, and gives the answer as far as it came within the time limit. */
export const ask = (
  client: Client,
  letter: Addressed,
  request: HttpClientRequest,
  secrets: ReadonlyArray<string>,
  timeLimit: Duration.Duration
): Effect.Effect<Answer, BackendError> =>
  Effect.scoped(Effect.gen(function*() {
    const begun = yield* Clock.currentTimeMillis
    const response = yield* client.execute(request).pipe(
      Effect.mapError((error) => Fault.ofClient(letter, error)),
      Effect.timeoutFail({ duration: timeLimit, onTimeout: () => Fault.silence(letter) })
    )
    const receivedAt = yield* Clock.currentTimeMillis
    yield* Effect.annotateCurrentSpan("http.response.status_code", response.status)
    const left = Duration.subtract(timeLimit, Duration.millis(receivedAt - begun))
    const { body, isWhole } = yield* readBody(response, left)
    return {
      status: response.status,
      headers: { ...response.headers },
      body: strikeOut(body, secrets),
      isWhole,
      receivedAt
    }
  }))

/** The host of a request, for errors and spans: its path and query may hold addresses. */
export const placeOf = (request: HttpClientRequest): { readonly host: string; readonly port?: number } => {
  const url = Either.getOrUndefined(Either.try(() => new URL(request.url)))
  return {
    host: url?.hostname.replace(/^\[(.*)\]$/, "$1") ?? "",
    ...url === undefined || url.port === "" ? {} : { port: Number(url.port) }
  }
}
