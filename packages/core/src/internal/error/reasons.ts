/** The literals of the errors, which `MailError` describes. */

export const connectionReasons = [
  "Dns",
  "Refused",
  "Timeout",
  "Tls",
  "Certificate",
  "Greeting",
  "Unavailable",
  "Protocol",
  "Lost",
  "Io",
  "Configuration"
] as const

export type ConnectionReason = typeof connectionReasons[number]

export const connectionDetails = [
  "UnknownHost",
  "NameServer",
  "NotListening",
  "Unreachable",
  "Forbidden",
  "Connecting",
  "AwaitingGreeting",
  "AwaitingTls",
  "TlsFromStart",
  "ClearText",
  "ClientCertificate",
  "PrivateAuthority",
  "SelfSigned",
  "WrongName",
  "Expired",
  "NotYetValid",
  "Untrusted"
] as const

export type ConnectionDetail = typeof connectionDetails[number]

export const capabilities = [
  "SMTPUTF8",
  "8BITMIME",
  "SIZE",
  "STARTTLS",
  "DSN",
  "REQUIRETLS",
  "ENVELOPE",
  "RETURN-PATH",
  "RECIPIENTS",
  "MIME",
  "HTML",
  "HEADERS",
  "REPLY-TO",
  "ALTERNATIVES",
  "INLINE",
  "ATTACHMENT-TYPE",
  "TAGS",
  "METADATA",
  "SCHEDULE",
  "IDEMPOTENCY"
] as const

export type NeededCapability = typeof capabilities[number]

export const commands = ["MAIL", "RCPT", "DATA", "message"] as const

export type Command = typeof commands[number]
