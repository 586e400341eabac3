/** What is rendered and sent, beside the letters in other scripts. */
import { Kind } from "./Kind.js"
import { letters } from "./letters.js"

const asciiText = `Hello Bob,

your order has left our warehouse today. You can expect it within three
working days. Please have a look at the tracking page for its whereabouts.

Kind regards,
Ada
`

const paragraph = "Schöne Grüße aus Köln! Für Ihre Bestellung über 12,50 € möchten wir Ihnen herzlich danken; " +
  "die Lieferung erfolgt voraussichtlich nächste Woche, natürlich ohne zusätzliche Gebühren."

const text = (name: string): string =>
  `Liebe Frau ${name},\n\n${paragraph}\n\n${paragraph}\n\n${paragraph}\n\nHerzliche Grüße\nIhre Ada\n`

const html = (name: string): string =>
  `<!doctype html>\n<html><body style="font-family: sans-serif">\n<h1>Liebe Frau ${name},</h1>\n` +
  `<p>${paragraph}</p>\n`.repeat(4) +
  `<p><a href="https://example.com/bestellung?id=4711&amp;lang=de">Zur Bestellung</a></p>\n</body></html>\n`

const from = "Ada Lovelace <ada@example.com>"
const reader = (n: number | string): string => `Bob Müller <reader-${n}@example.org>`

const ascii = new Kind("ascii", "short, ASCII", (n) => ({
  from,
  to: [`reader-${n}@example.org`],
  subject: `Your order ${n}`,
  text: asciiText
}))

const describeLetter = (n: number) => ({
  from,
  to: [reader(n)],
  subject: `Ihre Bestellung für März, Nr. ${n}`,
  text: text(`Müller-${n}`),
  html: html(`Müller-${n}`)
})

/** Each to another recipient, with the recipient's name in the text. */
export const letter = new Kind("letter", "2 KB text + html, non-ASCII", describeLetter)

const newsText = text("Leserin")
const newsHtml = html("Leserin")

const newsletter = new Kind("newsletter", "the same text + html for all", (n) => ({
  from,
  to: [reader(n)],
  subject: "Neuigkeiten im März",
  text: newsText,
  html: newsHtml
}))

const manyRecipients = new Kind("manyRecipients", "20 recipients", (n) => ({
  from,
  to: Array.from({ length: 20 }, (_, i) => reader(`${n}-${i}`)),
  subject: `Rundbrief für März, Nr. ${n}`,
  text: text(`Müller-${n}`)
}))

const smallFiles = new Kind("smallFiles", "3 small attachments", describeLetter, [
  { filename: "Rechnung.pdf", contentType: "application/pdf", length: 20_000 },
  { filename: "Umsätze 2026.png", contentType: "image/png", length: 12_000 },
  { filename: "logo.png", contentType: "image/png", length: 4000 }
])

const largeFile = new Kind("largeFile", "one 10 MB attachment", describeLetter, [
  { filename: "Film.mp4", contentType: "video/mp4", length: 10_000_000 }
])

export const kinds = [ascii, letter, ...letters, newsletter, manyRecipients, smallFiles, largeFile]
