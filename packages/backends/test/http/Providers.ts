/**
 * The providers, by their names among the vectors, with credentials that must not be seen anywhere.
 */
import { Brevo, Gmail, Mailgun, MsGraph, Postmark, Resend, SendGrid, Ses } from "@effect-mail/backends"
import type { MailBackend } from "@effect-mail/core"
import type { HttpClient } from "@effect/platform"
import type { ConfigError, Duration, Layer } from "effect"
import { Redacted } from "effect"

export const secret = "s3cret-0123456789"

const key = Redacted.make(secret)

export interface Options {
  readonly baseUrl?: string
  readonly timeLimit?: Duration.DurationInput
}

export interface Provider {
  /** Its name among the vectors, and others of the same API. */
  readonly names: readonly [string, ...Array<string>]
  readonly layer: (
    options?: Options
  ) => Layer.Layer<MailBackend.MailBackend, ConfigError.ConfigError, HttpClient.HttpClient>
  readonly takes: "mime" | "mimeWithBcc" | "fields"
  /** What decides that a message was taken. */
  readonly decides: "status" | "body"
  readonly isIdempotent?: boolean
  readonly success: { readonly status: number; readonly body: string; readonly headers?: Record<string, string> }
}

const ok = (body: object) => ({ status: 200, body: JSON.stringify(body) })

export const providers: ReadonlyArray<Provider> = [
  {
    names: ["ses-raw", "ses-simple"],
    layer: (options) =>
      Ses.layer({
        region: "eu-central-1",
        credentials: { accessKeyId: "AKIA0123456789", secretAccessKey: key },
        ...options
      }),
    takes: "mime",
    decides: "status",
    success: ok({ MessageId: "0102" })
  },
  {
    names: ["sendgrid"],
    layer: (options) => SendGrid.layer({ apiKey: key, ...options }),
    takes: "fields",
    decides: "status",
    success: { status: 202, body: "", headers: { "x-message-id": "w5Lm" } }
  },
  {
    names: ["postmark"],
    layer: (options) => Postmark.layer({ serverToken: key, ...options }),
    takes: "fields",
    decides: "body",
    success: ok({ ErrorCode: 0, Message: "OK", MessageID: "0a12" })
  },
  {
    names: ["mailgun-mime", "mailgun"],
    layer: (options) => Mailgun.layer({ domain: "mail.example.com", apiKey: key, ...options }),
    takes: "mime",
    decides: "body",
    success: ok({ id: "<1@mail.example.com>", message: "Queued. Thank you." })
  },
  {
    names: ["resend"],
    layer: (options) => Resend.layer({ apiKey: key, ...options }),
    takes: "fields",
    decides: "status",
    isIdempotent: true,
    success: ok({ id: "49a3" })
  },
  {
    names: ["brevo"],
    layer: (options) => Brevo.layer({ apiKey: key, ...options }),
    takes: "fields",
    decides: "status",
    success: { status: 201, body: JSON.stringify({ messageId: "<1@smtp-relay.mailin.fr>" }) }
  },
  {
    names: ["graph-mime", "graph-json"],
    layer: (options) => MsGraph.layer({ accessToken: key, user: "ada@example.com", ...options }),
    takes: "mimeWithBcc",
    decides: "status",
    success: { status: 202, body: "" }
  },
  {
    names: ["gmail"],
    layer: (options) => Gmail.layer({ accessToken: key, ...options }),
    takes: "mimeWithBcc",
    decides: "status",
    success: ok({ id: "18c2" })
  }
]
