import { Attachment, Message } from "@effect-mail/core"
import type { FileSystem } from "@effect/platform"
import { Path } from "@effect/platform"
import type { PlatformError } from "@effect/platform/Error"
import { Effect } from "effect"

const shop = "Bücherstube Lovelace <shop@example.com>"

const assets = Effect.flatMap(
  Path.Path,
  (path) =>
    Effect.map(
      path.fromFileUrl(new URL("../assets", import.meta.url)),
      (folder) => (name: string) => path.join(folder, name)
    )
)

/** Text and html, an image inside the html, a file, a visible and a hidden copy. */
export const invoice: Effect.Effect<
  Message.Message,
  PlatformError,
  FileSystem.FileSystem | Path.Path
> = Effect.gen(function*() {
  const asset = yield* Effect.orDie(assets)
  const logo = yield* Attachment.file(asset("logo.png"))
  const chart = yield* Attachment.file(asset("Umsätze 2026.png"))
  return Message.make({
    from: shop,
    to: { name: "Jürgen Groß", address: "juergen@example.org" },
    cc: "\"Sørensen, Åse\" <aase@example.org>",
    bcc: "archive@example.com",
    subject: "Ihre Rechnung – danke schön!",
    text: "Guten Tag Jürgen Groß,\n\nanbei Ihre Rechnung über 42,00 €.\n",
    html: `<p>Guten Tag <b>Jürgen Groß</b>,</p><p>anbei Ihre Rechnung über 42,00 €.</p><img src="cid:logo" alt="">`,
    attachments: [logo.pipe(Attachment.inline("logo")), chart]
  })
})

/** One message for each of many readers. */
export const newsletter: ReadonlyArray<Message.Message> = Array.from({ length: 50 }, (_, i) =>
  Message.empty.pipe(
    Message.from(shop),
    Message.to(`reader-${i + 1}@example.org`),
    Message.subject("Neu im November"),
    Message.text("Drei neue Bücher warten auf Sie.\n"),
    Message.listUnsubscribe(`https://example.com/unsubscribe/${i + 1}`)
  ))

/** A server may take a message for one recipient and refuse it for another. */
export const halfRefused = Message.make({
  from: shop,
  to: ["juergen@example.org", "nobody@example.org"],
  subject: "Lesung am Freitag",
  text: "Sie sind herzlich eingeladen.\n"
})

/** What comes from a form may hold anything. */
export const injected = Message.make({
  from: shop,
  to: "juergen@example.org",
  subject: "Hello\r\nBcc: everybody@example.net",
  text: "This is never sent.\n"
})
