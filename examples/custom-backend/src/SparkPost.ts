/**
 * Sends by SparkPost, which takes MIME and the recipients beside it: a provider of one's own in sixty lines.
 */
import { HttpBackend } from "@effect-mail/backends"
import { type Capability, MailBackend, MailError } from "@effect-mail/core"
import { type HttpClient, HttpClientRequest } from "@effect/platform"
import { DateTime, Either, Layer, Option, type Redacted, Schema } from "effect"

export interface Options {
  readonly apiKey: Redacted.Redacted
  readonly url?: string
}

const lacks = (capability: Capability.Capability, description: string) =>
  Either.left(new MailError.CapabilityError({ capability, description }))

const request =
  (url: string) => ({ annotations: { metadata, sendAt, tags = [] }, bytes, envelope }: HttpBackend.MimeLetter) => {
    if (envelope.eightBit) return lacks("8BITMIME", "the message is text in JSON")
    if (tags.length > 1) return lacks("TAGS", "there may be one tag")
    const start_time = sendAt && DateTime.formatIso(sendAt).replace(/\.\d+Z$/, "+00:00")
    return Either.right(HttpClientRequest.bodyUnsafeJson(HttpClientRequest.post(`${url}/api/v1/transmissions`), {
      content: { email_rfc822: new TextDecoder().decode(bytes) },
      recipients: envelope.to.map((email) => ({ address: { email } })),
      campaign_id: tags[0],
      metadata,
      options: start_time && { start_time }
    }))
  }

const Results = Schema.Struct({
  results: Schema.Struct({
    id: Schema.String,
    total_accepted_recipients: Schema.Number,
    total_rejected_recipients: Schema.Number
  })
})

const verdict = (letter: HttpBackend.Addressed, answer: HttpBackend.Answer): HttpBackend.Verdict => {
  if (answer.status !== 200) return HttpBackend.byStatus(letter, answer)
  const body = HttpBackend.json(answer, Results)
  if (Option.isNone(body)) return HttpBackend.unknown(letter, answer)
  const { id, total_accepted_recipients: taken, total_rejected_recipients: refused } = body.value.results
  if (taken === 0) return HttpBackend.rejected(letter, answer, "RCPT")
  // It does not say which recipients it refused.
  return refused === 0 ? HttpBackend.accepted(letter, id) : HttpBackend.partly(letter, id)
}

const provider = (url: string): HttpBackend.Provider => ({
  name: "sparkpost",
  takes: "mime",
  carries: [...HttpBackend.mime, "ENVELOPE", "TAGS", "METADATA", "SCHEDULE"],
  limits: { recipients: 2000, octets: 20 * 1024 * 1024 },
  authorize: HttpBackend.header("authorization"),
  request: request(url),
  verdict
})

export const layer = (
  { apiKey, url = "https://api.sparkpost.com" }: Options
): Layer.Layer<MailBackend.MailBackend, never, HttpClient.HttpClient> =>
  Layer.effect(MailBackend.MailBackend, HttpBackend.make(provider(url), { credentials: apiKey }))
