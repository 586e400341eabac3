import type { DeliveryReport, MailError } from "@effect-mail/core"
import { Console, Effect } from "effect"
import PostalMime, { type Address as ParsedAddress } from "postal-mime"
import type { Received } from "./LocalServer.js"

type Row = readonly [message: string, recipient: string, outcome: string, reply: string]

const titles: Row = ["message", "recipient", "outcome", "reply"]

/** Rows as a table of aligned columns. */
export const columns = (
  titles: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>
): Effect.Effect<void> => {
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: ReadonlyArray<string>) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()
  return Console.log([line(titles), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n"))
}

/** What became of each recipient. */
export const table = (rows: ReadonlyArray<Row>): Effect.Effect<void> => columns(titles, rows)

/** One row for each recipient of a message that was handed over. */
export const delivered = (message: string, report: DeliveryReport.DeliveryReport): ReadonlyArray<Row> =>
  report.recipients.map((status) => {
    const reply = "reply" in status ? status.reply : undefined
    return [message, status.recipient, status._tag, reply === undefined ? "" : `${reply.code} ${reply.text}`]
  })

/** One row for a message that failed. */
export const failed = (message: string, error: MailError.MailError): ReadonlyArray<Row> => [
  [message, "(no recipient)", error._tag, error.message]
]

/** One row for a message that was not tried. */
export const notTried = (message: string): ReadonlyArray<Row> => [[message, "(no recipient)", "NotTried", ""]]

const printAddress = ({ address, name }: ParsedAddress): string => name === "" ? address ?? "" : `${name} <${address}>`

/** What a reader that knows nothing of this library makes of what the server got. */
export const received = (message: Received): Effect.Effect<void> =>
  Effect.gen(function*() {
    const parsed = yield* Effect.promise(() => PostalMime.parse(message.bytes))
    const parts = [
      parsed.text === undefined ? [] : ["text"],
      parsed.html === undefined ? [] : ["html"],
      parsed.attachments.map(({ content, contentId, disposition, filename, mimeType }) =>
        `${disposition} ${filename} (${mimeType}, ${
          typeof content === "string" ? content.length : content.byteLength
        } octets${contentId === undefined ? "" : `, cid ${contentId}`})`
      )
    ].flat()
    yield* Console.log([
      `  envelope  ${message.from} -> ${message.to.join(", ")}`,
      `  from      ${parsed.from === undefined ? "" : printAddress(parsed.from)}`,
      `  to        ${(parsed.to ?? []).map(printAddress).join(", ")}`,
      `  cc        ${(parsed.cc ?? []).map(printAddress).join(", ")}`,
      `  subject   ${parsed.subject}`,
      `  parts     ${parts.join(" + ")}`,
      ""
    ].join("\n"))
  })
