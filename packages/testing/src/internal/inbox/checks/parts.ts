import * as MailReader from "../../../MailReader.js"
import { charsetOf, wireOf } from "../../mail/decode.js"
import { givenName } from "../../mail/filename.js"
import { type Check, plural } from "./check.js"

const maxExamined = 1024 * 1024

const noText: Check = {
  id: "no-text-part",
  grade: "warning",
  source: "RFC 2046 §5.1.4",
  run: ({ html, text }) =>
    html !== undefined && text === undefined
      ? { title: "No text part", detail: "Some people read only text, and filters miss it." }
      : undefined
}

const wordsOf = (text: string): ReadonlyArray<string> =>
  text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}.,'’-]*/gu) ?? []

/** Html without the elements that a person does not read. What is not closed ends with the document. */
const withoutUnread = (html: string): string => {
  const start = /<(style|script|head|title)\b/gi
  let out = ""
  let at = 0
  for (let match = start.exec(html); match !== null; match = start.exec(html)) {
    out += html.slice(at, match.index)
    const end = new RegExp(`</${match[1]}\\b`, "gi")
    end.lastIndex = start.lastIndex
    const close = end.exec(html)
    if (close === null) return out
    at = start.lastIndex = close.index
  }
  return out + html.slice(at)
}

const textOfHtml = (html: string): string =>
  withoutUnread(html).replace(/<[^<>]*>/g, " ")
    .replace(/&(?:nbsp|zwnj|#8203);/g, " ").replace(/&amp;/g, "&").replace(/&quot;/g, "\"")

const textDiffers: Check = {
  id: "text-differs",
  grade: "warning",
  source: "RFC 2046 §5.1.4",
  run: ({ html, text }) => {
    if (html === undefined || text === undefined || html.length > maxExamined || text.length > maxExamined) {
      return undefined
    }
    const said = new Set(wordsOf(text).map((word) => word.replace(/[.,'’-]+$/, "")))
    const words = wordsOf(textOfHtml(html)).map((word) => word.replace(/[.,'’-]+$/, ""))
    const missing = words.filter((word) => !said.has(word))
    return words.length > 0 && missing.length > words.length * 0.15
      ? {
        title: "The text part leaves things out",
        detail: `${missing.length} of ${words.length} words of the html are not in it: ${
          Array.from(new Set(missing)).slice(0, 4).join(", ").slice(0, 120)
        }. Some people read only this part.`
      }
      : undefined
  }
}

const isLatin = (name: string): boolean => /^[\x20-\x7e]*$/.test(name)

const fileName: Check = {
  id: "file-name",
  grade: "warning",
  source: "RFC 2231 §3",
  run: ({ mail: { files } }) => {
    const part = files.find((file) =>
      file.headers.some(({ name, value }) =>
        /^content-(?:disposition|type)$/i.test(name) && /(?:file)?name="?=\?/i.test(value)
      ) ||
      (!isLatin(givenName(file)) &&
        !file.headers.some(({ value }) => /name\*(?:0\*?)?=/i.test(value)))
    )
    return part === undefined ? undefined : {
      title: "A file name that is not written as RFC 2231 says",
      detail: "Encoded words are not allowed in parameters; some programs show them as they are.",
      at: part.start
    }
  }
}

const base64Text: Check = {
  id: "base64-ascii",
  grade: "taste",
  source: "RFC 2045 §6.7",
  run: ({ mail }) => {
    const part = mail.parts.find((one) =>
      one.type.startsWith("text/") && one.encoding === "base64" && one.end - one.bodyStart < maxExamined &&
      !one.isEmbedded && MailReader.partOctets(mail, one).every((octet) => octet < 128)
    )
    return part === undefined ? undefined : {
      title: "Base64 for plain ASCII",
      detail: `Part ${part.path} is a third larger than it has to be, and filters look twice.`,
      at: part.start
    }
  }
}

const badEncoding: Check = {
  id: "bad-encoding",
  grade: "error",
  source: "RFC 2045 §6",
  run: ({ mail }) => {
    const part = mail.parts.find((one) =>
      one.encoding === "base64" && one.end - one.bodyStart < maxExamined &&
      /[^A-Za-z0-9+/=\s]/.test(wireOf(mail.octets, one).toString("latin1"))
    ) ?? mail.parts.find((one) => !/^(?:7bit|8bit|binary|base64|quoted-printable)$/.test(one.encoding))
    return part === undefined ? undefined : {
      title: `Part ${part.path === "" ? "0" : part.path} is not ${part.encoding.slice(0, 40)}`,
      detail: "The transfer encoding that is declared is not the one that is used, or none that programs know.",
      at: part.start
    }
  }
}

const charset: Check = {
  id: "charset",
  grade: "error",
  source: "RFC 2045 §2.8",
  run: ({ mail }) => {
    const part = mail.parts.find((one) => {
      if (!one.type.startsWith("text/") || one.isEmbedded || one.end - one.bodyStart > maxExamined) return false
      const label = charsetOf(one)
      const octets = MailReader.partOctets(mail, one)
      if (label === "us-ascii") return octets.some((octet) => octet > 127)
      try {
        new TextDecoder(label, { fatal: true }).decode(octets)
        return false
      } catch {
        return true
      }
    })
    return part === undefined ? undefined : {
      title: `Part ${part.path} is not ${charsetOf(part).slice(0, 40)}`,
      detail: "Its octets are no text in the charset that it declares, or the charset is not known to browsers.",
      at: part.start
    }
  }
}

const broken: Check = {
  id: "broken",
  grade: "error",
  source: "RFC 2046 §5.1",
  run: ({ mail }) => {
    const empty = mail.parts.find((part) => part.type.startsWith("multipart/") && part.children.length === 0)
    if (mail.cuts.length > 0) return { title: "Reading was cut", detail: mail.cuts.join("; ") }
    return empty === undefined ? undefined : {
      title: "A multipart without parts",
      detail: "Its boundary never comes: programs show nothing, or everything as text.",
      at: empty.start
    }
  }
}

const unusedImages: Check = {
  id: "unused-inline",
  grade: "warning",
  source: "RFC 2392",
  run: ({ html, mail: { files } }) => {
    const unused = files.filter(({ contentId, disposition }) =>
      contentId !== "" && disposition === "inline" && !(html ?? "").includes(contentId)
    )
    return unused.length === 0 ? undefined : {
      title: `${plural(unused.length, "inline part")} that no cid: names`,
      detail: "They appear as attachments, or not at all.",
      at: unused[0]?.start
    }
  }
}

export const partChecks: ReadonlyArray<Check> = [
  noText,
  textDiffers,
  fileName,
  base64Text,
  badEncoding,
  charset,
  broken,
  unusedImages
]
