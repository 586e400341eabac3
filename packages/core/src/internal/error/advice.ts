import type {
  AttachmentError,
  AuthenticationError,
  BadHeaderError,
  CapabilityError,
  ConnectionError,
  ConnectionErrorDetail,
  ConnectionErrorReason,
  InvalidAddressError,
  InvalidMessageError,
  RejectedError
} from "../../MailError.js"

/** What a reason says, and what is to be done then. */
type Rule = readonly [reason: RegExp, advice: string]

const choose = (rules: ReadonlyArray<Rule>, reason: string, otherwise: string): string =>
  rules.find(([pattern]) => pattern.test(reason))?.[1] ?? otherwise

/**
 * Why an extra header is refused that has another way, or none.
 *
 * @internal
 */
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
    "Take out line breaks and control characters: whoever wrote them may be trying to add headers of their own."
  ],
  [/twice/, "Give the field once, by the option of the message or among `headers`."],
  [/filename is a path/, "Give the name alone, without its folders."]
]

/**
 * @internal
 */
export const ofHeader = ({ field, reason }: Pick<BadHeaderError, "field" | "reason">): string =>
  reason === notForAuthors
    ? ofFieldNotForAuthors(field.toLowerCase())
    : choose(inHeaders, reason, "Change the name or the value of the field.")

/** Fields, and parameters of ours, that hold one mailbox. */
const ofOneMailbox = new Set(["address", "from", "sender", "resent-sender", "mail from"])

const inAddresses: ReadonlyArray<Rule> = [
  [/is empty/, "Leave it out, or give an address."],
  [/quotes|encoded-word|the name/, "Give name and address apart, as `{ name, address }`."],
  [/no @|no domain/, "Write the whole address, with its domain."]
]

/**
 * Why several mailboxes in one text are refused.
 *
 * @internal
 */
export const severalMailboxes = "it holds several addresses"

/**
 * @internal
 */
export const ofAddress = ({ field, reason }: Pick<InvalidAddressError, "field" | "reason">): string => {
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

/**
 * @internal
 */
export const ofMessage = ({ reason }: Pick<InvalidMessageError, "reason">): string =>
  choose(inMessages, reason, "Change the message: as it is, it will fail again.")

const later = "Try again later."
const otherTls = "Try again later, or use port 465 with `tls: \"implicit\"`, which needs no STARTTLS."

const ofReason: Readonly<Record<ConnectionErrorReason, string>> = {
  Dns: "Check the host's name.",
  Refused: "Check the address, and that the server is running.",
  Timeout: `${later} \`timeouts\` says how long to wait.`,
  Tls: "Ask who runs the server which TLS it speaks, and whether it wants a client certificate (`certificates.cert`).",
  Certificate: "Have the server get a certificate that can be trusted.",
  Greeting: "Ask who runs the server whether it blocks this machine, or send by the relay of your provider.",
  Unavailable: `${later} Where the server counts connections, open fewer: \`pool.maxConnections\`.`,
  Protocol: "Check that host and port are those of an SMTP server.",
  Lost: "Try again: nothing was sent. Where it happens each time, check port and `tls`.",
  Configuration: "Mend the settings that the description names: the backend does nothing until then.",
  Io: "Check that the place to write to is there, may be written to, and has room."
}

const ofDetail: Readonly<Record<ConnectionErrorDetail, string>> = {
  UnknownHost: "Check `host` for a misspelling.",
  NameServer: "Check the name server and the network of this machine, and try again.",
  NotListening: "Check `host` and `port`, and that the server is running.",
  Unreachable: "Check `host`, and the network of this machine.",
  Forbidden: "Allow the connection in the firewall of this machine, or use another port, such as 587.",
  Connecting:
    "Check `host` and `port`. Many networks block port 25: use 587 or 465. `timeouts.connect` says how long to wait.",
  AwaitingGreeting:
    "Where the port wants TLS from the start, as 465 does, set `tls: \"implicit\"`. `timeouts.greeting` says how long to wait.",
  AwaitingTls:
    "Where the port begins in clear text, as 587 and 25 do, set `tls: \"required\"`. `timeouts.greeting` says how long to wait.",
  TlsFromStart: "Set `tls: \"implicit\"`, or use the port for STARTTLS, which is mostly 587.",
  ClearText: "Set `tls: \"required\"`, which is STARTTLS, or use the port for TLS from the start, which is mostly 465.",
  ClientCertificate:
    "Give a certificate that the server knows, and its key, in `certificates.cert` and `certificates.key`.",
  PrivateAuthority:
    "Give the authority's certificate in `certificates.ca`, or in the file that NODE_EXTRA_CA_CERTS names. "
    + "A public server may leave out an intermediate certificate, which is for who runs it to mend.",
  SelfSigned: "Give this certificate in `certificates.ca`, or in the file that NODE_EXTRA_CA_CERTS names.",
  WrongName: "Use a name that the certificate is for as `host`, or give it as `certificates.serverName`.",
  Expired: "Have the server's certificate renewed. Check the clock of this machine, too.",
  NotYetValid: "Check the clock of this machine; if it is right, the server has its certificate too early.",
  Untrusted: "Have the server get another certificate: no setting makes this one good."
}

/**
 * @internal
 */
export const ofConnection = (
  { code, detail, reason }: Pick<ConnectionError, "code" | "detail" | "reason">
): string => {
  if (detail !== undefined) return ofDetail[detail]
  if (reason === "Greeting" && code !== undefined && code < 500) return later
  return reason === "Tls" && code !== undefined ? otherTls : ofReason[reason]
}

const wantsTls = (response: string | undefined): boolean => /\bTLS\b|STARTTLS|encrypt/i.test(response ?? "")
const useTls = "Encrypt the connection: set `tls: \"required\"`, or \"implicit\" on port 465."
const logIn = "Log in: give `auth`."

/**
 * @internal
 */
export const ofAuthentication = (
  { code, enhancedCode, reason, response }: Pick<AuthenticationError, "code" | "enhancedCode" | "reason" | "response">
): string => {
  switch (reason) {
    case "NotOffered":
      return "Encrypt the connection, since many servers offer it only then (`tls: \"required\"`), give the other kind of "
        + "credentials, or leave `auth` out where the server wants none."
    case "Credentials":
      return "Look into what gives the access token."
    case "Refused":
      if (code !== undefined && code < 500) return later
      if (response?.startsWith("HTTP ") === true) {
        return "Check the key or token: whether it is right, still good, and may send."
      }
      if (code === 538 || (code === 530 && wantsTls(response))) return useTls
      return code === 534 || enhancedCode === "5.7.9"
        ? "Make an app password at the provider and use that, or an OAuth 2 access token: it takes no other password here."
        : "Check the user and the password in `auth`. Some providers want an app password or an access token instead."
  }
}

const ofCapabilities: Readonly<Record<CapabilityError["capability"], string>> = {
  "SMTPUTF8": "Use an address in ASCII, or a server that offers SMTPUTF8.",
  "8BITMIME": "Embed a message in ASCII, or use a server that offers 8BITMIME.",
  "SIZE": "Send less, such as a link in place of an attachment.",
  "STARTTLS": "Use a port where the server encrypts: 587, or 465 with `tls: \"implicit\"`. "
    + "Only on a network that you trust, set `tls: \"none\"`.",
  "DSN": "Leave `deliveryNotification` out, or use a server that offers DSN.",
  "REQUIRETLS": "Leave `requireTls` out, or use a server that offers REQUIRETLS over TLS.",
  "ENVELOPE": "Send it by SMTP or by a provider that takes MIME: this one delivers to all whom the header names.",
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

/**
 * @internal
 */
export const ofCapability = ({ capability }: Pick<CapabilityError, "capability">): string => ofCapabilities[capability]

const ofCommands: Readonly<Record<RejectedError["command"], string>> = {
  MAIL: "See `response`; check that the server takes mail from this sender.",
  RCPT: "See the reply to each of `recipients`; check the addresses.",
  DATA: "See `response`, and ask who runs the server.",
  message: "See `response`: mostly it is the size, the content, or the sender's domain."
}

/**
 * @internal
 */
export const ofRejection = (
  { code, command, isTransient, response }: Pick<RejectedError, "code" | "command" | "isTransient" | "response">
): string => {
  if (code === 530 || code === 538) return wantsTls(response) ? useTls : logIn
  if (isTransient) return "Try again later, such as by `MailPolicy.retry`."
  return command !== "message" && /authenticat|relay/i.test(response) ? logIn : ofCommands[command]
}

/**
 * @internal
 */
export const ofAttachment = ({ reason }: Pick<AttachmentError, "reason">): string =>
  reason === "Failed"
    ? "See `cause`, and try again when the content can be read."
    : "Give a `Uint8Array`, or a text by `Attachment.text`."

/**
 * @internal
 */
export const ofRepeatableOutcome =
  "Send it once more by the same backend, such as by `MailPolicy.retry`: the provider knows it by its idempotency key."

/**
 * @internal
 */
export const ofUnknownOutcome =
  "Look for its Message-ID in the server's log, or ask a recipient, before you send it again: it may arrive twice."
