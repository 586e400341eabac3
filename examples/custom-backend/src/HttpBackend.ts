/**
 * Sends through an API that takes `{ from, to, mime }` as JSON: the envelope, and the message in base64.
 */
import { MailBackend, MailError, Mime, type Outgoing } from "@effect-mail/core"
import { HttpClient, HttpClientRequest } from "@effect/platform"
import { Effect, Encoding, Layer, type Redacted } from "effect"

export interface Options {
  readonly url: URL
  readonly token: Redacted.Redacted
}

type Verdict = Effect.Effect<MailBackend.Delivery, MailError.BackendError>

/** The API may have taken the message before the answer was lost. */
const unknown = ({ envelope }: Outgoing.Outgoing, description: string, cause?: unknown): Verdict => {
  const recipients = envelope.to.map((recipient) => ({ _tag: "Unknown" as const, recipient }))
  return Effect.fail(new MailError.OutcomeUnknownError({ recipients, description, cause }))
}

const verdict = (outgoing: Outgoing.Outgoing, status: number): Verdict => {
  const text = `HTTP ${status}`
  if (status < 300) return Effect.succeed(MailBackend.acceptAll(outgoing))
  if (status === 401 || status === 403) return Effect.fail(new MailError.AuthenticationError({ reason: "Refused" }))
  if (status === 503) return Effect.fail(new MailError.ConnectionError({ reason: "Unavailable", description: text }))
  if (status >= 500) return unknown(outgoing, text)
  const isForNow = status === 408 || status === 429
  // Codes of replies are those of SMTP, where 4xx is for now and 5xx for good.
  const code = isForNow ? 451 : 554
  const recipients = outgoing.envelope.to.map((recipient) => ({
    _tag: isForNow ? "Deferred" as const : "Rejected" as const,
    recipient,
    reply: { code, text }
  }))
  return Effect.fail(new MailError.RejectedError({ command: "message", recipients, code, response: text }))
}

export const make = ({ token, url }: Options): Effect.Effect<MailBackend.Service, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (httpClient) => {
    const client = HttpClient.withScope(httpClient)
    const post = HttpClientRequest.post(url).pipe(HttpClientRequest.bearerToken(token))

    const deliver = (outgoing: Outgoing.Outgoing): Verdict =>
      Effect.scoped(Effect.gen(function*() {
        const bytes = yield* Mime.render(outgoing)
        const { from, to } = outgoing.envelope
        const request = HttpClientRequest.bodyUnsafeJson(post, { from, to, mime: Encoding.encodeBase64(bytes) })
        return yield* client.execute(request).pipe(
          Effect.timeout("1 minute"),
          Effect.matchEffect({
            onFailure: ({ cause }) => unknown(outgoing, "the API did not answer", cause),
            onSuccess: ({ status }) => verdict(outgoing, status)
          })
        )
      }))

    return MailBackend.make({ name: "http", open: Effect.succeed({ deliver }) })
  })

export const layer = (options: Options): Layer.Layer<MailBackend.MailBackend, never, HttpClient.HttpClient> =>
  Layer.effect(MailBackend.MailBackend, make(options))
