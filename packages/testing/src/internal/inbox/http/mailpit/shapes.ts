import { createHash } from "node:crypto"
import * as MailReader from "../../../../MailReader.js"
import { isInline } from "../../../mail/contents.js"
import type { Detail, Summary } from "../../model/message.js"

/** What tools that speak Mailpit's API expect, in its spelling. */
export interface Address {
  readonly Name: string
  readonly Address: string
}

const iso = (time: number): string => new Date(time).toISOString()

const addressesOf = (mail: MailReader.Mail, field: string): ReadonlyArray<Address> =>
  MailReader.addresses(mail, field).map(({ address, name }) => ({ Name: name, Address: address }))

/** The recipients that only the envelope names. */
const blindCopies = (detail: Detail): ReadonlyArray<Address> =>
  detail.envelope.recipients.filter(({ field }) => field.startsWith("Bcc"))
    .map(({ address }) => ({ Name: "", Address: address }))

const fromOf = ({ from: { address, name } }: Summary): Address => ({ Name: name, Address: address })

/** A row of a list. */
export const summary = (detail: Detail, mail: MailReader.Mail) => ({
  ID: String(detail.id),
  MessageID: detail.messageId,
  Read: detail.isRead,
  From: fromOf(detail),
  To: addressesOf(mail, "To"),
  Cc: addressesOf(mail, "Cc"),
  Bcc: blindCopies(detail),
  ReplyTo: addressesOf(mail, "Reply-To"),
  Subject: detail.subject,
  Created: iso(detail.time),
  Username: "",
  Tags: detail.tags,
  Size: detail.size,
  Attachments: detail.files,
  Snippet: detail.preview
})

const attachment = (mail: MailReader.Mail, part: MailReader.Part) => {
  const octets = MailReader.partOctets(mail, part)
  return {
    PartID: part.path,
    FileName: MailReader.fileName(part),
    ContentType: part.type,
    ContentID: part.contentId,
    Size: octets.length,
    Checksums: {
      MD5: createHash("md5").update(octets).digest("hex"),
      SHA1: createHash("sha1").update(octets).digest("hex"),
      SHA256: createHash("sha256").update(octets).digest("hex")
    }
  }
}

/** A message as a whole. `MessageID` is without its angle brackets. */
export const message = (detail: Detail, mail: MailReader.Mail) => {
  const unsubscribe = MailReader.header(mail, "List-Unsubscribe") ?? ""
  const date = Date.parse(MailReader.header(mail, "Date") ?? "")
  return {
    ID: String(detail.id),
    MessageID: detail.messageId,
    From: fromOf(detail),
    To: addressesOf(mail, "To"),
    Cc: addressesOf(mail, "Cc"),
    Bcc: blindCopies(detail),
    ReplyTo: addressesOf(mail, "Reply-To"),
    ReturnPath: detail.envelope.from,
    Subject: detail.subject,
    ListUnsubscribe: {
      Header: unsubscribe,
      HeaderPost: MailReader.header(mail, "List-Unsubscribe-Post") ?? "",
      Links: Array.from(unsubscribe.matchAll(/<([^<>]{1,2000})>/g), ([, link = ""]) => link).slice(0, 20),
      Errors: ""
    },
    Date: iso(Number.isNaN(date) ? detail.time : date),
    Tags: detail.tags,
    Username: "",
    Text: MailReader.text(mail) ?? "",
    HTML: MailReader.html(mail) ?? "",
    Size: detail.size,
    Inline: mail.files.filter(isInline).map((part) => attachment(mail, part)),
    Attachments: mail.files.filter((part) => !isInline(part)).map((part) => attachment(mail, part))
  }
}

/** Header values by name, in their order. */
export const headers = (mail: MailReader.Mail): Readonly<Record<string, ReadonlyArray<string>>> => {
  const all = new Map<string, Array<string>>()
  for (const { name, value } of mail.root.headers) {
    const list = all.get(name) ?? []
    list.push(value)
    all.set(name, list)
  }
  return Object.fromEntries(all)
}
