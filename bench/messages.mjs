/** The messages: each is described once, and made anew, in the words of each library, every time that it is needed. */
import { Attachment, Message } from "@effect-mail/core"

const asciiText = `Hello Bob,

your order has left our warehouse today. You can expect it within three
working days. Please have a look at the tracking page for its whereabouts.

Kind regards,
Ada
`

const paragraph = "Schöne Grüße aus Köln! Für Ihre Bestellung über 12,50 € möchten wir Ihnen herzlich danken; " +
  "die Lieferung erfolgt voraussichtlich nächste Woche, natürlich ohne zusätzliche Gebühren."

const text = (name) =>
  `Liebe Frau ${name},\n\n${paragraph}\n\n${paragraph}\n\n${paragraph}\n\nHerzliche Grüße\nIhre Ada\n`

const html = (name) =>
  `<!doctype html>\n<html><body style="font-family: sans-serif">\n<h1>Liebe Frau ${name},</h1>\n` +
  `<p>${paragraph}</p>\n`.repeat(4) +
  `<p><a href="https://example.com/bestellung?id=4711&amp;lang=de">Zur Bestellung</a></p>\n</body></html>\n`

const noise = (length) => {
  const octets = Buffer.alloc(length)
  for (let i = 0, state = 1; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    octets[i] = state >>> 24
  }
  return octets
}

const file = (filename, contentType, length) => {
  const content = noise(length)
  return {
    attachment: Attachment.bytes(content, { filename, contentType }),
    options: { filename, contentType, content }
  }
}

const from = "Ada Lovelace <ada@example.com>"
const reader = (n) => `Bob Müller <reader-${n}@example.org>`

/** One kind of message. `describe` says what the n-th of them holds, `openFiles` gives what all of them carry. */
class Kind {
  constructor(name, describe, openFiles = () => []) {
    this.name = name
    this.describe = describe
    this.openFiles = openFiles
  }

  /** Files are made when they are wanted: a child process that sends letters holds none of them. */
  get files() {
    return this.opened ??= this.openFiles()
  }

  /** The n-th message as a value of effect-mail. */
  ours(n) {
    const options = this.describe(n)
    if (this.files.length > 0) options.attachments = this.files.map(({ attachment }) => attachment)
    return Message.make(options)
  }

  /** The n-th message as options for nodemailer. */
  theirs(n) {
    const options = this.describe(n)
    if (this.files.length > 0) options.attachments = this.files.map(({ options }) => ({ ...options }))
    return options
  }
}

export const ascii = new Kind("short, ASCII", (n) => ({
  from,
  to: [`reader-${n}@example.org`],
  subject: `Your order ${n}`,
  text: asciiText
}))

/** Each to somebody else, who is called by name in it. */
export const letter = new Kind("2 KB text + html, non-ASCII", (n) => ({
  from,
  to: [reader(n)],
  subject: `Ihre Bestellung für März, Nr. ${n}`,
  text: text(`Müller-${n}`),
  html: html(`Müller-${n}`)
}))

const newsText = text("Leserin")
const newsHtml = html("Leserin")

/** The same to everybody. */
const newsletter = new Kind("the same text + html for all", (n) => ({
  from,
  to: [reader(n)],
  subject: "Neuigkeiten im März",
  text: newsText,
  html: newsHtml
}))

const manyRecipients = new Kind("20 recipients", (n) => ({
  from,
  to: Array.from({ length: 20 }, (_, i) => reader(`${n}-${i}`)),
  subject: `Rundbrief für März, Nr. ${n}`,
  text: text(`Müller-${n}`)
}))

const smallFiles = new Kind("3 small attachments", letter.describe, () => [
  file("Rechnung.pdf", "application/pdf", 20_000),
  file("Umsätze 2026.png", "image/png", 12_000),
  file("logo.png", "image/png", 4000)
])

const largeFile = new Kind("one 10 MB attachment", letter.describe, () => [file("Film.mp4", "video/mp4", 10_000_000)])

export const kinds = [ascii, letter, newsletter, manyRecipients, smallFiles, largeFile]
