import type { Envelope } from "@effect-mail/core/Envelope"

/** The keywords that EHLO offers, in upper case, with their parameters (RFC 5321 section 4.1.1.1). */
export type Offered = ReadonlyMap<string, string>

/** What a message asks of the server. */
export interface Demands {
  readonly envelope: Envelope
  /** In octets, where it is known. */
  readonly size: number | undefined
  readonly isEncrypted: boolean
}

/**
 * A service extension of SMTP (RFC 5321 section 2.2), and all that this client does with it.
 *
 * - `isNeeded`: whether the message cannot go to a server that does not offer it
 * - `isExceeded`: whether the message is more than the server takes
 * - `mail`, `rcpt`: parameters of the commands, where it is offered
 */
interface Extension {
  readonly keyword: Capability
  readonly isNeeded?: (demands: Demands) => boolean
  readonly isExceeded?: (demands: Demands, parameters: string) => boolean
  readonly lacking: (demands: Demands, parameters: string) => string
  readonly mail?: (demands: Demands) => string
  readonly rcpt?: (envelope: Envelope) => string
}

export type Capability = "SMTPUTF8" | "8BITMIME" | "REQUIRETLS" | "SIZE" | "DSN"

const beyondXtext = /[^\x21-\x2a\x2c-\x3c\x3e-\x7e]/g

/** RFC 3461 section 4: printable ASCII but "+" and "=", everything else as "+" and two hexadecimal digits. */
const xtext = (text: string): string =>
  text.replace(beyondXtext, (char) => `+${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`)

const extensions: ReadonlyArray<Extension> = [
  // RFC 6531
  {
    keyword: "SMTPUTF8",
    isNeeded: ({ envelope }) => envelope.smtpUtf8,
    lacking: () => "an address is not ASCII, and the server takes only those that are",
    mail: ({ envelope }) => envelope.smtpUtf8 ? " SMTPUTF8" : ""
  },
  // RFC 6152
  {
    keyword: "8BITMIME",
    isNeeded: ({ envelope }) => envelope.eightBit,
    lacking: () => "the message holds 8-bit octets, and the server takes none",
    mail: ({ envelope }) => envelope.eightBit ? " BODY=8BITMIME" : ""
  },
  // RFC 8689
  {
    keyword: "REQUIRETLS",
    isNeeded: ({ envelope }) => envelope.requireTls,
    isExceeded: ({ envelope, isEncrypted }) => envelope.requireTls && !isEncrypted,
    lacking: () => "the message must stay encrypted on its way, and the server does not promise that",
    mail: ({ envelope }) => envelope.requireTls ? " REQUIRETLS" : ""
  },
  // RFC 1870
  {
    keyword: "SIZE",
    isExceeded: ({ size = 0 }, parameters) => Number(parameters) > 0 && size > Number(parameters),
    lacking: ({ size = 0 }, parameters) => `the message has ${size} octets, and the server takes ${Number(parameters)}`,
    mail: ({ size }) => size === undefined ? "" : ` SIZE=${size}`
  },
  // RFC 3461
  {
    keyword: "DSN",
    lacking: () => "the server does not report on deliveries",
    mail: ({ envelope: { notification } }) => {
      const returned = notification?.return === undefined
        ? ""
        : notification.return === "full"
        ? " RET=FULL"
        : " RET=HDRS"
      return notification?.envelopeId === undefined ? returned : `${returned} ENVID=${xtext(notification.envelopeId)}`
    },
    rcpt: ({ notification }) => {
      const notify = notification?.notify
      if (notify === undefined || notify.length === 0) return ""
      return ` NOTIFY=${notify === "never" ? "NEVER" : notify.map((event) => event.toUpperCase()).join(",")}`
    }
  }
]

/** The first extension that the message needs and the server does not offer, and why the message needs it. */
export const lacking = (
  offered: Offered,
  demands: Demands
): { readonly capability: Capability; readonly description: string } | undefined => {
  for (const { isExceeded, isNeeded, keyword, lacking } of extensions) {
    const parameters = offered.get(keyword)
    const isLacking = parameters === undefined ? isNeeded?.(demands) : isExceeded?.(demands, parameters)
    if (isLacking === true) return { capability: keyword, description: lacking(demands, parameters ?? "") }
  }
  return undefined
}

/** The parameters of MAIL FROM for this message. */
export const mailParameters = (offered: Offered, demands: Demands): string => {
  let parameters = ""
  for (const { keyword, mail } of extensions) {
    if (mail !== undefined && offered.has(keyword)) parameters += mail(demands)
  }
  return parameters
}

/** The parameters of RCPT TO for this message. */
export const rcptParameters = (offered: Offered, envelope: Envelope): string => {
  let parameters = ""
  for (const { keyword, rcpt } of extensions) {
    if (rcpt !== undefined && offered.has(keyword)) parameters += rcpt(envelope)
  }
  return parameters
}

const offer = /^[0-9]{3}[ \t-]([A-Za-z0-9][A-Za-z0-9-]*)[ =]?([^]*)$/

/** Reads what a reply to EHLO offers. Its first line is the server's name, whatever it says. */
export const parse = (raw: string): Offered => {
  const offered = new Map<string, string>()
  for (const line of raw.split("\n").slice(1)) {
    const match = offer.exec(line)
    if (match === null) continue
    const keyword = (match[1] ?? "").toUpperCase()
    const earlier = offered.get(keyword)
    offered.set(keyword, earlier === undefined ? (match[2] ?? "").trim() : `${earlier} ${match[2] ?? ""}`)
  }
  return offered
}
