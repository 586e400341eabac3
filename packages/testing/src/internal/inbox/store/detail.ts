import * as MailReader from "../../../MailReader.js"
import { charsetOf, decodedSize, wireOf } from "../../mail/decode.js"
import { givenName, visible, withoutPath } from "../../mail/filename.js"
import { decoded, textOf } from "../../mail/header.js"
import { outsideHosts } from "../html/outside.js"
import type { Detail, HeaderField, Part, Summary, Transmission } from "../model/message.js"
import { fieldOf, shown } from "./summary.js"

const maxHeaderFields = 500
const maxText = 1024 * 1024
/** Beyond this, why an encoding was chosen is not looked into. */
const maxExamined = 1024 * 1024

/** Why the sender needed, or did not need, the transfer encoding. */
const whyOf = (mail: MailReader.Mail, part: MailReader.Part): string => {
  const wire = wireOf(mail.octets, part)
  if (wire.length === 0) return "empty"
  const content = wire.length > maxExamined ? undefined : Buffer.from(MailReader.partOctets(mail, part))
  const growth = part.encoding === "base64" || part.encoding === "quoted-printable"
    ? `+${Math.max(0, Math.round((wire.length / Math.max(1, content?.length ?? decodedSize(part)) - 1) * 100))} %`
    : ""
  if (content === undefined) return growth
  let long = 0
  let high = 0
  let line = 0
  for (const octet of content) {
    if (octet === 10) {
      if (line > 998) long++
      line = 0
    } else line++
    if (octet > 127) high++
  }
  if (line > 998) long++
  const reasons = [
    ...long > 0 ? [`${long} ${long === 1 ? "line" : "lines"} over 998 octets`] : [],
    ...high > 0 ? [`${high} octets beyond ASCII`] : [],
    ...content.includes(0) ? ["holds NUL"] : []
  ]
  const why = reasons.length > 0 ? reasons.join(", ") : "only ASCII, short lines"
  return growth === "" ? why : `${growth}: ${why}`
}

const partOf = (mail: MailReader.Mail, part: MailReader.Part, depth: number): Part => {
  const isContainer = part.type.startsWith("multipart/")
  return {
    path: part.path,
    depth,
    type: visible(part.type),
    charset: part.type.startsWith("text/") ? visible(charsetOf(part)) : "",
    encoding: visible(part.encoding),
    why: isContainer || part.type === "message/rfc822" ? "" : whyOf(mail, part),
    disposition: visible(part.disposition),
    name: visible(withoutPath(givenName(part))),
    fileName: MailReader.fileName(part),
    contentId: visible(part.contentId),
    wire: part.end - part.bodyStart,
    decoded: part.encoding === "base64" ? decodedSize(part) : part.end - part.bodyStart,
    isContainer,
    isFile: mail.files.includes(part)
  }
}

/** The parts in their order, each with its depth in the tree. */
const partsOf = (mail: MailReader.Mail): ReadonlyArray<Part> => {
  const below = (part: MailReader.Part, depth: number): ReadonlyArray<Part> => [
    partOf(mail, part, depth),
    ...part.children.flatMap((child) => below(child, depth + 1))
  ]
  return below(mail.root, 0)
}

const headersOf = (mail: MailReader.Mail): ReadonlyArray<HeaderField> => {
  const counts = new Map<string, number>()
  for (const { name } of mail.root.headers) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1)
  return mail.root.headers.slice(0, maxHeaderFields).map(({ end, name, start, value }) => ({
    name: shown(name),
    raw: shown(textOf(mail.octets.subarray(start, end)).replace(/\r?\n$/, "")),
    decoded: shown(decoded(value)),
    isRepeated: (counts.get(name.toLowerCase()) ?? 0) > 1
  }))
}

/** Everything that the page shows of a message but its contents. */
export const detailOf = (summary: Summary, mail: MailReader.Mail, transmission: Transmission): Detail => {
  const field = fieldOf(mail)
  const html = MailReader.html(mail)
  const text = MailReader.text(mail)
  return {
    ...summary,
    messageId: shown((MailReader.header(mail, "Message-ID") ?? "").trim().replace(/^<|>$/g, "")),
    fromField:
      MailReader.addresses(mail, "From").some(({ address }) =>
          address.toLowerCase() === transmission.from.toLowerCase()
        )
        ? "From"
        : "not in From",
    envelope: {
      from: transmission.from,
      fromReply: transmission.fromReply,
      reply: transmission.reply,
      recipients: transmission.recipients.map((recipient) => ({ ...recipient, field: field(recipient.address) })),
      tls: transmission.tls,
      auth: transmission.auth,
      duration: transmission.duration
    },
    isComplete: transmission.isComplete,
    outcome: transmission.outcome,
    dialogue: transmission.dialogue,
    text: text === undefined ? null : text.slice(0, maxText),
    htmlSize: mail.html === undefined ? null : mail.html.end - mail.html.bodyStart,
    outside: html === undefined ? [] : outsideHosts(html),
    parts: partsOf(mail),
    cuts: mail.cuts,
    headers: headersOf(mail)
  }
}
