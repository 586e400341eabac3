import * as MailReader from "../../../MailReader.js"
import { type Check, count } from "./check.js"

/** What may be there once (RFC 5322 section 3.6). */
const single = new Set(
  "date from sender reply-to to cc bcc message-id in-reply-to references subject".split(" ")
)

const missingDate: Check = {
  id: "no-date",
  grade: "error",
  source: "RFC 5322 §3.6.1",
  run: ({ mail }) =>
    MailReader.header(mail, "Date") === undefined
      ? { title: "No Date", detail: "Every message has one; receivers take its lack for a sign of spam." }
      : undefined
}

const missingFrom: Check = {
  id: "no-from",
  grade: "error",
  source: "RFC 5322 §3.6.2",
  run: ({ mail }) =>
    MailReader.addresses(mail, "From").length === 0
      ? { title: "No From", detail: "Every message says who wrote it." }
      : undefined
}

const repeated: Check = {
  id: "repeated-header",
  grade: "error",
  source: "RFC 5322 §3.6",
  run: ({ mail: { root } }) => {
    const seen = new Set<string>()
    const twice = root.headers.find(({ name }) => {
      const key = name.toLowerCase()
      const isSecond = single.has(key) && seen.has(key)
      seen.add(key)
      return isSecond
    })
    return twice === undefined ? undefined : {
      title: `${twice.name.slice(0, 40)} is there more than once`,
      detail: "Which of them counts differs from program to program; large receivers refuse the message.",
      at: twice.start
    }
  }
}

const messageId: Check = {
  id: "message-id",
  grade: "warning",
  source: "RFC 5322 §3.6.4",
  run: ({ mail }) => {
    const id = MailReader.header(mail, "Message-ID")
    if (id === undefined) return { title: "No Message-ID", detail: "Replies cannot be told to belong to it." }
    return /^<[^\s<>@]+@[^\s<>@]+>$/.test(id.trim()) ? undefined : {
      title: "A Message-ID that is none",
      detail: "It is <something@domain>, and nothing else."
    }
  }
}

const bccInHeader: Check = {
  id: "bcc-in-header",
  grade: "error",
  source: "RFC 5322 §3.6.3",
  run: ({ mail }) =>
    MailReader.addresses(mail, "Bcc").length > 0
      ? { title: "Bcc is in the header", detail: "Every recipient can read who else got it." }
      : undefined
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1).toLowerCase()

const alignment: Check = {
  id: "domains-differ",
  grade: "taste",
  source: "RFC 7489 §3.1",
  run: ({ detail, mail }) => {
    const from = MailReader.addresses(mail, "From")[0]?.address ?? ""
    const sender = detail.envelope.from
    return sender === "" || from === "" || domainOf(from) === domainOf(sender) ? undefined : {
      title: "From and MAIL FROM have different domains",
      detail: `${domainOf(from).slice(0, 80)} and ${
        domainOf(sender).slice(0, 80)
      }: SPF alone does not pass DMARC then, DKIM has to.`
    }
  }
}

const unsubscribe: Check = {
  id: "unsubscribe",
  grade: "warning",
  source: "RFC 8058; Gmail's and Yahoo's rules for bulk mail",
  run: ({ detail, mail }) => {
    const isBulk = detail.recipients > 100 || /^(?:bulk|list)$/i.test(MailReader.header(mail, "Precedence") ?? "")
    const list = MailReader.header(mail, "List-Unsubscribe")
    const oneClick = MailReader.header(mail, "List-Unsubscribe-Post")
    if (list === undefined) {
      return isBulk
        ? { title: "No List-Unsubscribe", detail: `It goes to ${count(detail.recipients)} people or says it is bulk.` }
        : undefined
    }
    return /https:/i.test(list) && oneClick === undefined
      ? {
        title: "List-Unsubscribe without one click",
        detail: "Add List-Unsubscribe-Post: List-Unsubscribe=One-Click."
      }
      : undefined
  }
}

export const headerChecks: ReadonlyArray<Check> = [
  missingDate,
  missingFrom,
  repeated,
  messageId,
  bccInHeader,
  alignment,
  unsubscribe
]
