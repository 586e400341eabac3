/**
 * Where a message can be when the server speaks, and what the server can do there.
 */
import type { SessionOptions } from "../../src/internal/smtp/protocol/session.js"
import { Client, type Mail, mailOf, told, type Way } from "./Client.js"

const ok = "250 ok\r\n"
const go = "354 go\r\n"
const no = "550 no\r\n"
const what = "503 what\r\n"

/** What the server said up to there, and how the content goes. */
interface Position {
  readonly heard: ReadonlyArray<string>
  readonly way?: Way
  readonly then?: (client: Client, mail: Mail) => void
}

/** Where message 1 is, which has two recipients; or message 2, which was written behind it. */
const positions: Readonly<Record<string, Position>> = {
  RSET: { heard: [] },
  MAIL: { heard: [] },
  "RCPT 1": { heard: [ok] },
  "last RCPT": { heard: [ok, no] },
  DATA: { heard: [ok, ok, no] },
  "DATA, nobody": { heard: [ok, no, no] },
  "DATA, no sender": { heard: [no, no, no] },
  asked: { heard: [ok, ok, no, go], way: "gated" },
  body: { heard: [ok, ok, no, go], way: "pieces", then: (client, mail) => client.writePiece(mail) },
  empty: { heard: [ok, no, no, go] },
  sent: { heard: [ok, ok, no, go] },
  "2 MAIL": { heard: [ok, ok, no, go, ok] },
  "2 RCPT": { heard: [ok, ok, no, go, ok, ok] },
  "2 DATA": { heard: [ok, ok, no, go, ok, ok, ok] },
  "2 DATA, nobody": { heard: [ok, ok, no, go, ok, ok, no] },
  "2 RCPT, unread": { heard: [ok, ok, no, go, ok, what] },
  "2 DATA, unread": { heard: [ok, ok, no, go, ok, what, what] },
  "2 sent": { heard: [ok, ok, no, go, ok, ok, ok, go] },
  "chunk MAIL": { heard: [], way: "chunk" },
  "chunk RCPT": { heard: [ok, no], way: "chunk" },
  "chunk, nobody": { heard: [ok, no, no], way: "chunk" },
  "chunk sent": { heard: [ok, ok, no], way: "chunk" },
  "chunk 2 RSET": { heard: [ok, ok, no, ok], way: "chunk" },
  "chunk 2 sent": { heard: [ok, ok, no, ok, ok, ok, ok], way: "chunk" }
}

const signals: Readonly<Record<string, (client: Client) => void>> = {
  lost: (client) => client.session.lost(),
  silent: (client) => client.session.timedOut()
}

/** What the server does: a signal, or replies that come at once, of which the last may be only begun. */
export const act = (client: Client, what: string): void => {
  const signal = signals[what]
  if (signal === undefined) client.hear(what.replaceAll(" & ", "\r\n").concat("\r\n").replace(/\.\.\r\n$/, ""))
  else signal(client)
}

/** A session on which a message was accepted before, so that what is sent now is not the first. */
export const later = (settings: Partial<SessionOptions>): Client => {
  const client = Client.ready(settings, "PIPELINING", "CHUNKING")
  client.submit(mailOf(0, 1))
  for (const reply of [ok, ok, go, ok]) client.hear(reply)
  client.mails.length = 0
  client.take()
  return client
}

/** Brings the messages to a position: message 1, and as many more as are submitted with it. */
export const bring = (client: Client, name: string, behind: number): Client => {
  const { heard, then, way } = positions[name] ?? { heard: [] }
  if (name === "RSET") client.session.resetFirst()
  const mail = mailOf(1, 2, way)
  client.submit(mail)
  for (let number = 2; number < 2 + behind; number++) client.submit(mailOf(number, 1, way === "chunk" ? way : "whole"))
  for (const reply of heard) client.hear(reply)
  then?.(client, mail)
  client.take()
  return client
}

/** Octets in a few words: commands by their verb and the number of the message, contents by that number. */
export const shown = (octets: string): string =>
  octets.replaceAll(/MAIL FROM:<(\d+)>\r\n/g, "MAIL$1 ")
    .replaceAll(/RCPT TO:<(\d+)\.\d+>\r\n/g, "RCPT$1 ")
    .replaceAll(/(DATA|RSET|QUIT)\r\n/g, "$1 ")
    .replaceAll(/BDAT \d+ LAST\r\nmessage (\d+)\r\n/g, "BDAT$1 ")
    .replaceAll(/message (\d+)\r\n\.\r\n/g, "<$1> ")
    .replaceAll(/(?<![^ ])\.\r\n/g, "<nothing> ")
    .trim() || "-"

export const outcomes = (client: Client): string => client.mails.map(told).join(" | ")
