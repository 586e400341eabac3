import { AuthenticationError } from "@effect-mail/core/MailError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Client } from "./exchange.js"
import * as Lifetime from "./lifetime.js"

const Granted = Schema.Struct({
  access_token: Schema.NonEmptyString,
  expires_in: Schema.optional(Schema.Union(Schema.NonNegative, Schema.NumberFromString))
})

const shown = (value: string | Redacted.Redacted): string => Redacted.isRedacted(value) ? Redacted.value(value) : value

/**
 * Asks for an access token (RFC 6749 section 5), and notes how long it is valid. Nothing else of an answer is kept: it may
 * echo what was sent.
 */
export const token = (
  client: Client,
  url: string,
  fields: Readonly<Record<string, string | Redacted.Redacted>>
): Effect.Effect<Redacted.Redacted, AuthenticationError> => {
  const form = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, shown(value)]))
  const request = HttpClientRequest.bodyUrlParams(HttpClientRequest.post(url), form)
  return Effect.scoped(
    Effect.flatMap(client.execute(request), (response) =>
      response.status === 200
        ? HttpClientResponse.schemaBodyJson(Granted)(response)
        : Effect.fail(undefined))
  ).pipe(
    Effect.mapError(() => new AuthenticationError({ reason: "Credentials" })),
    Effect.zipWith(Clock.currentTimeMillis, ({ access_token, expires_in }, now) => {
      const token = Redacted.make(access_token)
      if (expires_in !== undefined) Lifetime.note(token, now, expires_in)
      return token
    })
  )
}
