/** A message as a terminal shows it. */
import type { DevInboxApi } from "@effect-mail/testing"
import type { Colours } from "./colours.js"
import { columns, cut, visible } from "./visible.js"

type Detail = typeof DevInboxApi.Detail.Type
type Recipient = Detail["envelope"]["recipients"][number]
type Finding = (typeof DevInboxApi.Checks.Type)["findings"][number]

export interface Options {
  readonly width: number
  readonly colours: Colours
  /** The address of the page; empty where there is none. */
  readonly url: string
  readonly findings: ReadonlyArray<Finding>
}

const indent = "          "
const maxRecipients = 6

const two = (value: number): string => String(value).padStart(2, "0")

const timeOf = (time: number): string => {
  const date = new Date(time)
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

const sizeOf = (octets: number): string =>
  octets < 1024
    ? `${octets} B`
    : octets < 1_048_576
    ? `${(octets / 1024).toFixed(octets < 10_240 ? 1 : 0)} KB`
    : `${(octets / 1_048_576).toFixed(1)} MB`

const signOf = ({ reply, verdict }: Recipient, colours: Colours): string => {
  switch (verdict) {
    case "accepted":
      return colours.good("✓")
    case "deferred":
      return colours.late(`… ${visible(reply)}`)
    case "refused":
      return colours.bad(`✗ ${visible(reply)}`)
    case "unknown":
      return colours.lost("? outcome unknown")
    case "failed":
      return colours.bad("✗ not sent")
    case "waiting":
      return colours.dim("waiting")
  }
}

const recipientLines = (detail: Detail, { colours, width }: Options): ReadonlyArray<string> => {
  const { recipients } = detail.envelope
  const from = visible(detail.from.name === "" ? detail.from.address : detail.from.name)
  const start = `${cut(from, 30)} → `
  const shown = [...recipients].sort((one, other) =>
    Number(one.verdict === "accepted") - Number(other.verdict === "accepted")
  )
  const list = recipients.length > maxRecipients ? shown.slice(0, maxRecipients) : recipients
  const lines = list.map((recipient, i) => {
    const lead = i === 0 ? start : " ".repeat(columns(start))
    const address = cut(visible(recipient.address), Math.max(12, width - 40 - columns(lead)))
    const hidden = recipient.field.startsWith("Bcc") ? ` ${colours.dim("bcc")}` : ""
    return `${indent}${lead}${address} ${signOf(recipient, colours)}${hidden}`
  })
  const more = recipients.length - list.length
  return more > 0 ? [...lines, `${indent}${" ".repeat(columns(start))}${colours.dim(`and ${more} more`)}`] : lines
}

/** A few lines: what it is, who got it, how it begins, and what the checks say. */
export const printed = (detail: Detail, options: Options): string => {
  const { colours, findings, url, width } = options
  const facts = [
    ...detail.size === 0 ? [] : [sizeOf(detail.size)],
    ...detail.files === 0 ? [] : [`${detail.files} ${detail.files === 1 ? "file" : "files"}`]
  ].join("  ")
  const room = Math.max(10, width - 10 - facts.length - 2)
  const subject = cut(
    detail.subject === "" ? detail.size === 0 ? "(no message came)" : "(no subject)" : visible(detail.subject),
    room
  )
  const space = " ".repeat(Math.max(1, width - 10 - columns(subject) - facts.length))
  const preview = visible(detail.preview)
  const [worst] = findings.filter(({ grade }) => grade === "error")
  const link = url === "" ? "" : `${url}/#/${detail.id}`
  return [
    `${colours.dim(timeOf(detail.time))}  ${colours.bold(subject)}${space}${colours.dim(facts)}`,
    ...recipientLines(detail, options),
    ...preview === "" ? [] : [`${indent}${colours.dim(cut(preview, width - 10))}`],
    ...worst === undefined ? [] : [`${indent}${colours.late(`! ${cut(visible(worst.title), width - 14)}`)}`],
    ...link === "" ? [] : [`${indent}${colours.dim(link)}`],
    ""
  ].join("\n")
}
