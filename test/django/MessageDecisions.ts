/**
 * Where a message comes out otherwise than in Django 6.2, or where Django 5.2 and 6.2 do not agree: what is done here,
 * and why. Everything else means what Django 6.2 makes it mean.
 */
import * as Meaning from "@effect-mail/test-kit/MessageMeaning"
import type { Compared, Envelope, MessageCase, Outcome } from "./MessageCase.js"

export interface Decision {
  readonly what: string
  readonly why: string
  readonly isAbout: (given: MessageCase) => boolean
  readonly outcome: (compared: Compared) => Outcome
}

const invalidAddress = (): Outcome => ({ _tag: "InvalidAddressError" })

const badHeader = (): Outcome => ({ _tag: "BadHeaderError" })

const asNewest = ({ django62 }: Compared): Outcome => django62

const changing = (
  change: (meaning: Meaning.Meaning, given: MessageCase) => Meaning.Meaning,
  changeEnvelope: (envelope: Envelope) => Envelope = (envelope) => envelope
) =>
({ given, rendered }: Compared): Outcome =>
  rendered._tag === "Sent"
    ? { ...rendered, meaning: change(rendered.meaning, given), envelope: changeEnvelope(rendered.envelope) }
    : rendered

const changingAttachment = (change: (part: Meaning.Part, octets: Uint8Array, name: string) => Meaning.Part) =>
  changing((meaning, given) => {
    const [text, part] = meaning.body.children ?? []
    const [attachment] = given.attachments ?? []
    if (text === undefined || part === undefined || attachment?.contentBase64 === undefined) return meaning
    const octets = new Uint8Array(Buffer.from(attachment.contentBase64, "base64"))
    return { ...meaning, body: { ...meaning.body, children: [text, change(part, octets, attachment.filename ?? "")] } }
  })

const replaceAll = (addresses: Meaning.Meaning["addresses"], from: string, to: string): Meaning.Meaning["addresses"] =>
  Object.fromEntries(
    Object.entries(addresses).map(([field, lists]) => [
      field,
      lists.map((list) => list.map(({ addr, name }) => ({ name, addr: addr.replace(from, to) })))
    ])
  )

const recipients = ({ bcc = [], cc = [], to }: MessageCase): ReadonlyArray<string> => [...to, ...cc, ...bcc]

const allAddresses = (
  given: MessageCase
): ReadonlyArray<string> => [given.from, ...recipients(given), ...given.replyTo ?? []]

const addrSpec = (written: string): string => written.replace(/^.*<(.*)>$/, "$1")

const headerNames = ({ headers = {} }: MessageCase): ReadonlyArray<string> => Object.keys(headers)

const attachmentNames = ({ attachments = [] }: MessageCase): ReadonlyArray<string> =>
  attachments.flatMap(({ filename }) => filename ?? [])

const octetsOf = ({ attachments = [] }: MessageCase): ReadonlyArray<string> =>
  attachments.map(({ contentBase64 = "" }) => Buffer.from(contentBase64, "base64").toString("latin1"))

const withoutLoneAlternative = (part: Meaning.Part): Meaning.Part => {
  const children = part.children?.map(withoutLoneAlternative)
  const [only] = children ?? []
  if (part.type === "multipart/alternative" && children?.length === 1 && only !== undefined) return only
  return children === undefined ? part : { ...part, children }
}

const replacedAddresses = ({ headers = {} }: MessageCase): Meaning.Meaning["addresses"] =>
  Object.fromEntries(Object.entries(headers).map(([name, addr]) => [name, [[{ name: "", addr }]]]))

export const all: ReadonlyArray<Decision> = [
  {
    what: "an address without a domain is refused",
    why: "SMTP has no path without one, but for postmaster",
    isAbout: (given) => allAddresses(given).some((written) => written !== "" && !written.includes("@")),
    outcome: invalidAddress
  },
  {
    what: "an empty address is refused",
    why: "a list with a hole is a mistake of the caller; dropped in silence, somebody would not get the message",
    isAbout: (given) => allAddresses(given).includes(""),
    outcome: invalidAddress
  },
  {
    what: "the domain of an address is encoded by UTS-46, non-transitional, so that \u00df stays \u00df",
    why: "IDNA 2003 turns fa\u00df.example.com into fass.example.com, which is somebody else's",
    isAbout: (given) => allAddresses(given).some((written) => written.includes("\u00df")),
    outcome: changing(
      (meaning) => ({ ...meaning, addresses: replaceAll(meaning.addresses, "@fass.", "@xn--fa-hia.") }),
      (envelope) => ({ ...envelope, to: envelope.to.map((address) => address.replace("@fass.", "@xn--fa-hia.")) })
    )
  },
  {
    what: "a name may hold dots without quotes",
    why: "people write Dr. No <...>; it is quoted in the header, where it has to be",
    isAbout: (given) => recipients(given).some((written) => /^[\w ]*\.[\w ]*<.+>$/.test(written)),
    outcome: changing((meaning) => meaning, (envelope) => ({ ...envelope, to: envelope.to.map(addrSpec) }))
  },
  {
    what: "a local part that is not ASCII is accepted, and marks the envelope as SMTPUTF8",
    why: "RFC 6531 has a way to send it; a server that does not offer it makes a CapabilityError",
    isAbout: (given) => recipients(given).some((written) => /[^\x00-\x7f][^@]*@/.test(addrSpec(written))),
    outcome: changing(
      (meaning) => meaning,
      (envelope) => ({ ...envelope, to: envelope.to.map(addrSpec), smtpUtf8: true })
    )
  },
  {
    what: "a label of a domain is no longer than 63 octets",
    why: "DNS has no such name (RFC 1035 section 2.3.4)",
    isAbout: (given) => allAddresses(given).some((written) => /[@.][^@.]{64}/.test(written)),
    outcome: invalidAddress
  },
  {
    what: "a control character is refused, wherever it stands in an address or a header",
    why: "no reader needs one, and in some readers VT, FF or NEL end the line",
    isAbout: (given) => [given.subject, ...given.bcc ?? []].some((text) => /[\0\n\v\f\r\x85]/.test(text)),
    outcome: ({ given }) => given.bcc === undefined ? badHeader() : invalidAddress()
  },
  {
    what: "the name of a header is printable ASCII without blanks and colons",
    why: "anything else ends the header for a reader, or names another field (RFC 5322 section 2.2)",
    isAbout: (given) => headerNames(given).some((name) => !/^[\x21-\x39\x3b-\x7e]+$/.test(name)),
    outcome: badHeader
  },
  {
    what: "Bcc and Subject are refused as extra headers",
    why: "the one would show who is hidden, the other would stand twice",
    isAbout: (given) => headerNames(given).some((name) => /^(?:bcc|subject)$/i.test(name)),
    outcome: badHeader
  },
  {
    what: "a subject that looks like an encoded-word is shown as it was written",
    why: "what was put in comes out; nobody can smuggle text past a check by encoding it",
    isAbout: ({ subject }) => subject.includes("=?"),
    outcome: changing((meaning, { subject }) => ({
      ...meaning,
      headers: meaning.headers.map(([name, value]) => [name, name === "subject" ? subject : value])
    }))
  },
  {
    what: "an extra header replaces the generated one in whatever case its name is written",
    why: "names of fields have no case; Django drops the lower-case ones in silence",
    isAbout: (given) => headerNames(given).some((name) => /^(?:from|to|cc|reply-to)$/.test(name)),
    outcome: changing((meaning, given) => ({
      ...meaning,
      addresses: { ...meaning.addresses, ...replacedAddresses(given) }
    }))
  },
  {
    what: "html without text is one text/html part",
    why: "an alternative of one form is none",
    isAbout: ({ body, html }) => body === "" && html !== undefined,
    outcome: changing((meaning) => ({ ...meaning, body: withoutLoneAlternative(meaning.body) }))
  },
  {
    what: "an attachment without a filename still says that it is an attachment",
    why: "readers show what says nothing (RFC 2183 section 2.8)",
    isAbout: ({ attachments = [] }) => attachments.some(({ filename }) => filename === null),
    outcome: asNewest
  },
  {
    what: "a filename keeps the blanks that it begins with",
    why: "what was put in comes out: it is encoded by RFC 2231, because readers trim what stands in quotes",
    isAbout: (given) => attachmentNames(given).some((name) => name.startsWith(" ")),
    outcome: changingAttachment((part, _, filename) => ({ ...part, filename }))
  },
  {
    what: "a text attachment arrives octet by octet",
    why: "it is a file, and a CR may mean something in it; the last line end is not compared here",
    isAbout: (given) => octetsOf(given).some((text) => /\r(?!\n)/.test(text)),
    outcome: changingAttachment((part, octets) => ({
      ...part,
      octets: Meaning.digest(new TextEncoder().encode(Meaning.withoutLastLineEnds(new TextDecoder().decode(octets))))
    }))
  },
  {
    what: "the type of a.tar.gz is application/gzip",
    why: "that is what its octets are; Django names what is inside and says nothing of the gzip around it",
    isAbout: (given) => attachmentNames(given).some((name) => name.endsWith(".tar.gz")),
    outcome: changingAttachment((part) => ({ ...part, type: "application/gzip" }))
  }
]

export const about = (given: MessageCase): ReadonlyArray<Decision> => all.filter(({ isAbout }) => isAbout(given))
