/** Messages as a shop sends them, for states of the page that are looked at. */
import { Smtp } from "@effect-mail/backends"
import { Attachment, Message } from "@effect-mail/core"
import type { DevInbox } from "@effect-mail/testing"
import { Effect, Redacted } from "effect"

const from = "Ada’s Books <receipts@example.com>"

const html = `<!doctype html><html><head><style>
.total { font-weight: bold; color: var(--ink) }
@media (max-width: 400px) { .row { display: flex } }
</style></head><body style="margin:0;font:15px/1.6 Georgia,serif;color:#222">
<div style="background:#1f3b2d;color:#fff;padding:26px 32px;font:600 20px Georgia,serif">Ada’s Books</div>
<div style="padding:26px 32px"><p style="margin-top:0">Dear Bob,</p>
<p>thank you for your order. Your receipt is attached.</p>
<table style="width:100%;border-collapse:collapse"><tr class=row><td>Notes by the Translator</td><td align=right>24.00</td></tr>
<tr class=row><td>Postage</td><td align=right>3.90</td></tr><tr class="total"><td>Total</td><td align=right>27.90</td></tr></table>
<p><a href="https://shop.example.com/orders/218" style="background:#1f3b2d;color:#fff;padding:9px 18px;border-radius:5px;text-decoration:none">See your order</a></p>
<img src="https://cdn.example.com/a.png" width=16 height=16><img src="https://cdn.example.com/b.png" width=16 height=16 alt="">
</div></body></html>`

const text = `Dear Bob,

thank you for your order. Your receipt is attached.

Notes by the Translator  24.00
Postage                   3.90
Total                    27.90

See your order: https://shop.example.com/orders/218
`

const messages: ReadonlyArray<Message.Message> = [
  Message.make({
    from,
    to: "Ελένη <eleni@example.com>",
    subject: "Η παραγγελία σας είναι καθ’ οδόν",
    text: "Καλημέρα"
  }),
  Message.make({
    from: "cron@example.com",
    to: "ops@example.com",
    subject: "Nightly import: 3 rows skipped",
    text: "3"
  }),
  Message.make({
    from,
    to: Array.from({ length: 120 }, (_, n) => `reader${n}@example.com`),
    subject: "What we read in March",
    text: "Dear readers"
  }),
  Message.make({ from, to: "450@fail.test", subject: "Try again", text: "Hello" }),
  Message.make({ from, to: "drop@fail.test", subject: "Confirm your address", text: "Hello", html: "<p>Hello" }),
  Message.make({
    from,
    envelopeFrom: "bounce+a81f@example.com",
    to: "bob@example.com",
    cc: "550@fail.test",
    bcc: "archive@example.com",
    subject: "Your receipt for March",
    text,
    html,
    attachments: [
      Attachment.bytes(new Uint8Array(100_000).fill(37), { filename: "receipt.pdf", contentType: "application/pdf" }),
      Attachment.text("terms", { filename: "terms.txt" })
    ]
  })
]

/** Sends all of them to an inbox that offers STARTTLS, with a login. The receipt is the newest. */
export const sendAll = (inbox: DevInbox.Service) =>
  Effect.scoped(Effect.gen(function*() {
    const backend = yield* Smtp.make({
      host: "localhost",
      port: inbox.smtp?.port,
      tls: "required",
      auth: { user: "ada", password: Redacted.make("correct horse") },
      certificates: { ca: inbox.smtp?.ca }
    })
    yield* Effect.forEach(messages, (message) => Effect.either(backend.send(message)), { discard: true })
    yield* inbox.wait("subject:receipt -is:waiting")
  }))

/** A message nested deeper than is read. */
export const tooDeep: Uint8Array = new TextEncoder().encode(
  `Subject: deep\r\n${
    Array.from({ length: 80 }, (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`).join("")
  }\r\n`
)

export const invitation: DevInbox.PreviewSource = {
  id: "mails/invitation.ts#invitation",
  file: "mails/invitation.ts",
  name: "invitation",
  schema: {
    type: "object",
    required: ["name", "seats", "day"],
    properties: {
      name: { type: "string" },
      seats: { type: "integer" },
      day: { type: "string", enum: ["Monday", "Tuesday"] },
      isVip: { type: "boolean" }
    }
  },
  params: { name: "Ada", seats: 2, day: "Tuesday", isVip: true },
  locales: ["en", "de"],
  render: (params, locale) => {
    const { name } = typeof params === "object" && params !== null && "name" in params ? params : { name: "" }
    return Effect.succeed(new TextEncoder().encode(
      `From: Reading club <club@example.com>\r\nTo: bob@example.com\r\nSubject: ${
        locale === "de" ? "Einladung für" : "An invitation for"
      } ${String(name)}\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <a@example.com>\r\n` +
        "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" +
        "<body style=\"font:16px/1.6 Georgia,serif;padding:24px\"><h2>The reading club</h2><p>We keep two seats for you.</p>\r\n"
    ))
  }
}
