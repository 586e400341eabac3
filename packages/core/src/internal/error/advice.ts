import type { Command, ConnectionDetail, ConnectionReason, NeededCapability } from "./reasons.js"

/** What an error says of a field. */
interface FieldReason {
  readonly field: string
  readonly reason: string
}

/** What an error says of the reply of a server. */
interface Reply {
  readonly code?: number | undefined
  readonly enhancedCode?: string | undefined
  readonly response?: string | undefined
}

/** A pattern of a reason, and what to do then. */
type Rule = readonly [reason: RegExp, advice: string]

const choose = (rules: ReadonlyArray<Rule>, reason: string, otherwise: string): string =>
  rules.find(([pattern]) => pattern.test(reason))?.[1] ?? otherwise

/** Why a custom field is refused that is written in another way, or only by servers. */
export const notForAuthors = "this field is not for the author of a message to write"

const ofFieldNotForAuthors = (lowerCaseName: string): string => {
  if (lowerCaseName === "subject") return "Use `subject`."
  if (lowerCaseName === "bcc" || lowerCaseName === "resent-bcc") {
    return "Give blind copies by `bcc`: a field would show them."
  }
  return lowerCaseName === "mime-version" || lowerCaseName.startsWith("content-")
    ? "Leave it out: it follows from what the message holds."
    : "Leave it out: servers write it."
}

const inHeaders: ReadonlyArray<Rule> = [
  [
    /control character/,
    "Remove line breaks and control characters: they may be an attempt to add header fields."
  ],
  [/twice/, "Give the field once, by the option of the message or among `headers`."],
  [/filename is a path/, "Give the name alone, without its folders."]
]

export const ofHeader = ({ field, reason }: FieldReason): string =>
  reason === notForAuthors
    ? ofFieldNotForAuthors(field.toLowerCase())
    : choose(inHeaders, reason, "Change the name or the value of the field.")

/** Fields, and parameters of this library, that hold one mailbox. */
const ofOneMailbox = new Set(["address", "from", "sender", "resent-sender", "mail from"])

const inAddresses: ReadonlyArray<Rule> = [
  [/is empty/, "Leave it out, or give an address."],
  [/quotes|encoded-word|the name/, "Give name and address apart, as `{ name, address }`."],
  [/no @|no domain/, "Write the whole address, with its domain."]
]

/** Why several mailboxes in one text are refused. */
export const severalMailboxes = "it holds several addresses"

export const ofAddress = ({ field, reason }: FieldReason): string => {
  if (reason !== severalMailboxes) {
    return choose(inAddresses, reason, "Give one mailbox: an address, or a name and an address in angle brackets.")
  }
  return ofOneMailbox.has(field.toLowerCase())
    ? "Give one address: there is no list here."
    : "Pass an array, with one address in each entry."
}

const inMessages: ReadonlyArray<Rule> = [
  [/no recipient/, "Give `to`, `cc` or `bcc`."],
  [/no sender/, "Give `from`, or set `defaultFrom` of `MailConfig`."],
  [/recipients: one message/, "Send several messages, or raise `maxRecipients` of `MailConfig`."],
  [
    /Attachment module/,
    "Read a file by `Attachment.file(path)`, and make any other one by `Attachment.bytes` or `text`."
  ],
  [/cannot hold/, "Use the charset utf-8, which holds every character."]
]

export const ofMessage = ({ reason }: { readonly reason: string }): string =>
  choose(inMessages, reason, "Change the message: as it is, it will fail again.")

const later = "Try again later."
const otherTls = "Try again later, or use port 465 with `tls: \"implicit\"`, which needs no STARTTLS."

const ofReason: Readonly<Record<ConnectionReason, string>> = {
  Dns: "Check the host's name.",
  Refused: "Check the address, and that the server is running.",
  Timeout: `${later} \`timeouts\` says how long to wait.`,
  Tls:
    "Ask the operator of the server which TLS versions it supports, and whether it demands a client certificate (`certificates.cert`).",
  Certificate: "Have the server's certificate replaced by one that can be trusted.",
  Greeting: "Ask the operator of the server whether it blocks this machine, or send by the relay of your provider.",
  Unavailable: `${later} If the server limits connections, open fewer: \`pool.maxConnections\`.`,
  Protocol:
    "Check that host and port are those of an SMTP server, or of one that speaks LMTP where `protocol` says so.",
  Lost: "Try again: nothing was sent. If it happens each time, check port and `tls`.",
  Configuration: "Correct the settings that the description names: nothing is sent until then.",
  Io: "Check that the target exists, is writable, and has room."
}

const ofDetail: Readonly<Record<ConnectionDetail, string>> = {
  UnknownHost: "Check `host` for a misspelling.",
  NameServer: "Check the name server and the network of this machine, and try again.",
  NotListening: "Check `host` and `port`, and that the server is running.",
  Unreachable: "Check `host`, and the network of this machine.",
  Forbidden: "Allow the connection in the firewall of this machine, or use another port, such as 587.",
  Connecting:
    "Check `host` and `port`. Many networks block port 25: use 587 or 465. `timeouts.connect` says how long to wait.",
  AwaitingGreeting:
    "If the port expects TLS from the start, as 465 does, set `tls: \"implicit\"`. `timeouts.greeting` says how long to wait.",
  AwaitingTls:
    "If the port starts in clear text, as 587 and 25 do, set `tls: \"required\"`. `timeouts.greeting` says how long to wait.",
  TlsFromStart: "Set `tls: \"implicit\"`, or use the port for STARTTLS, which is mostly 587.",
  ClearText: "Set `tls: \"required\"`, which is STARTTLS, or use the port for TLS from the start, which is mostly 465.",
  ClientCertificate:
    "Give a certificate that the server knows, and its key, in `certificates.cert` and `certificates.key`.",
  PrivateAuthority:
    "Give the authority's certificate in `certificates.ca`, or in the file that NODE_EXTRA_CA_CERTS names. "
    + "If a public server leaves out an intermediate certificate, its operator has to correct that.",
  SelfSigned: "Give this certificate in `certificates.ca`, or in the file that NODE_EXTRA_CA_CERTS names.",
  WrongName: "Use a name that the certificate is for as `host`, or give it as `certificates.serverName`.",
  Expired: "Have the server's certificate renewed. Check the clock of this machine, too.",
  NotYetValid: "Check the clock of this machine. If it is right, have the server's certificate replaced.",
  Untrusted: "Have the server's certificate replaced: no setting makes this one valid."
}

export const ofConnection = (
  { code, detail, reason }: Reply & {
    readonly reason: ConnectionReason
    readonly detail?: ConnectionDetail | undefined
  }
): string => {
  if (detail !== undefined) return ofDetail[detail]
  if (reason === "Greeting" && code !== undefined && code < 500) return later
  return reason === "Tls" && code !== undefined ? otherTls : ofReason[reason]
}

const wantsTls = (response: string | undefined): boolean => /\bTLS\b|STARTTLS|encrypt/i.test(response ?? "")
const useTls = "Encrypt the connection: set `tls: \"required\"`, or \"implicit\" on port 465."
const logIn = "Log in: give `auth`."

export const ofAuthentication = (
  { code, enhancedCode, reason, response }: Reply & { readonly reason: "Refused" | "NotOffered" | "Credentials" }
): string => {
  switch (reason) {
    case "NotOffered":
      return "Encrypt the connection, since many servers offer it only then (`tls: \"required\"`), give the other kind of "
        + "credentials, or leave `auth` out if the server needs none."
    case "Credentials":
      return "Check the source of the access token."
    case "Refused":
      if (code !== undefined && code < 500) return later
      if (response?.startsWith("HTTP ") === true) {
        return "Check the key or token: whether it is right, still valid, and permitted to send."
      }
      if (code === 538 || (code === 530 && wantsTls(response))) return useTls
      return code === 534 || enhancedCode === "5.7.9"
        ? "Create an app password at the provider and use that, or an OAuth 2 access token: other passwords are not accepted here."
        : "Check the user and the password in `auth`. Some providers demand an app password or an access token instead."
  }
}

const ofCapabilities: Readonly<Record<NeededCapability, string>> = {
  "SMTPUTF8": "Use an address in ASCII, or a server that offers SMTPUTF8.",
  "8BITMIME": "Embed a message in ASCII, or use a server that offers 8BITMIME.",
  "SIZE": "Send less, such as a link in place of an attachment.",
  "STARTTLS": "Use a port where the server encrypts: 587, or 465 with `tls: \"implicit\"`. "
    + "Only on a network that you trust, set `tls: \"none\"`.",
  "DSN": "Leave `deliveryNotification` out, or use a server that offers DSN.",
  "REQUIRETLS": "Leave `requireTls` out, or use a server that offers REQUIRETLS over TLS.",
  "ENVELOPE": "Send it by SMTP or by a provider that takes MIME: this one delivers to every address in To and Cc.",
  "RETURN-PATH": "Leave `envelopeFrom` out, or drop it by `MailPolicy.without([\"RETURN-PATH\"])`.",
  "RECIPIENTS": "Send several messages, with fewer recipients each.",
  "MIME": "Send it by SMTP or by a provider that takes MIME: this one takes neither stored nor signed messages.",
  "HTML": "Give the message an `html` too, or use another provider.",
  "HEADERS": "Leave the field out, or use a provider that takes MIME.",
  "REPLY-TO": "Give one address in `replyTo`, or use a provider that takes MIME.",
  "ALTERNATIVES": "Leave `alternatives` out, or use a provider that takes MIME.",
  "INLINE": "Link to the image, or use a provider that takes MIME.",
  "ATTACHMENT-TYPE": "Name the file by its type, such as `report.pdf`, or use a provider that takes MIME.",
  "TAGS": "Change the tags to what the provider takes, or drop them by `MailPolicy.without([\"TAGS\"])`.",
  "METADATA": "Change the metadata to what the provider takes, or drop it by `MailPolicy.without([\"METADATA\"])`.",
  "SCHEDULE": "Send it when it is time, or at once by `MailPolicy.without([\"SCHEDULE\"])`.",
  "IDEMPOTENCY":
    "Leave the key out, or drop it by `MailPolicy.without([\"IDEMPOTENCY\"])`: then nothing prevents duplicates."
}

export const ofCapability = ({ capability }: { readonly capability: NeededCapability }): string =>
  ofCapabilities[capability]

const ofCommands: Readonly<Record<Command, string>> = {
  MAIL: "See `response`; check that the server takes mail from this sender.",
  RCPT: "See the reply to each of `recipients`; check the addresses.",
  DATA: "See `response`, and ask the operator of the server.",
  message: "See `response`: mostly it is the size, the content, or the sender's domain."
}

export const ofRejection = (
  { code, command, isTransient, response }: {
    readonly code: number
    readonly command: Command
    readonly isTransient: boolean
    readonly response: string
  }
): string => {
  if (code === 530 || code === 538) return wantsTls(response) ? useTls : logIn
  if (isTransient) return "Try again later, such as by `MailPolicy.retry`."
  return command !== "message" && /authenticat|relay/i.test(response) ? logIn : ofCommands[command]
}

export const ofAttachment = ({ reason }: { readonly reason: "Failed" | "Invalid" }): string =>
  reason === "Failed"
    ? "See `cause`, and try again when the content can be read."
    : "Give a `Uint8Array`, or a text by `Attachment.text`."

export const ofRepeatableOutcome =
  "Send it once more by the same backend, such as by `MailPolicy.retry`: the provider knows it by its idempotency key."

export const ofUnknownOutcome =
  "Look for its Message-ID in the server's log, or ask a recipient, before you send it again: it may arrive twice."
