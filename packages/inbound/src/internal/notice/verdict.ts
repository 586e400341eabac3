/** What a failed or delayed delivery means for the next message. */
export type Kind = "Hard" | "Soft" | "Delayed" | "Delivered"

const noSuchRecipient = new Set(["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.4"])

/** The X.Y.Z (RFC 3463) in a text. */
export const statusIn = (text: string | undefined): string | undefined =>
  /(?:^|[^\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])/.exec(text ?? "")?.[1]

const isGeneric = (status: string | undefined): boolean => status === undefined || /^[245]\.(?:0\.0|5\.0)$/.test(status)

/** Status, or that of the diagnostic where it says nothing. */
export const effectiveStatus = (status: string | undefined, diagnostic: string | undefined): string | undefined => {
  const own = statusIn(status)
  return isGeneric(own) ? statusIn(diagnostic) ?? own : own
}

/** The reply code (RFC 5321 section 4.2) in a diagnostic. */
export const replyIn = (diagnostic: string | undefined): string | undefined =>
  /(?:^|[^\d.])([245][0-5]\d)(?=[ \-#]|$)/.exec(diagnostic ?? "")?.[1]

/** The recipient is there, or may be: the mailbox is full, or the sender or the content was refused. */
const notTheRecipient = new RegExp(
  [
    "quota|mailbox.{0,20}full|over.?limit|storage|too large|exceed|insufficient|frozen",
    "spam|virus|black.?list|block(?:ed|list)|(?<!not )listed|reputation|policy|\\bDNSBL\\b|\\bRBL\\b|poor|banned|not allowed",
    "\\bSPF\\b|\\bDKIM\\b|\\bDMARC\\b|authenticat|sender|relaying|relay (?:access )?denied|reverse|\\bPTR\\b|from address",
    "filter|disabled|inactive|suspend|temporar|try again|timed? ?out|loop|hop count|rate limit|greylist|preferences"
  ].join("|"),
  "i"
)

/** There is no such user, or no such host, beyond doubt. */
const noSuchText = new RegExp(
  [
    "(?:user|recipient|mailbox|account|addressee|alias).{0,20}(?:unknown|not found|invalid|does ?n[o']t exist|not exist)",
    "(?:unknown|no such|invalid|non-?existent).{0,20}(?:user|recipient|mailbox|account|addressee|person|alias|address)",
    "(?:user|recipient).{0,20}not (?:listed in|recogni[sz]ed)",
    "host.{0,20}(?:unknown|not found)|unknown host|domain.{0,20}(?:not found|does not exist)|\\bNXDOMAIN\\b"
  ].join("|"),
  "i"
)

/** The same, where the status does not say otherwise. */
const mayBeNoSuchText =
  /mailbox unavailable|address.{0,20}(?:unknown|not found|does not exist)|no longer|not known|no mailbox|couldn't be found|not our customer|undeliverable|bad destination/i

const longestText = 1000

/** Without addresses, since a word in one means nothing. */
const words = (diagnostic: string): string =>
  diagnostic.slice(0, longestText).split(" ").filter((word) => !word.includes("@")).join(" ")

/** Whether a text says that there is no such user or host. */
export const saysNoSuchRecipient = (text: string): boolean => {
  const said = words(text)
  return noSuchText.test(said) && !notTheRecipient.test(said)
}

const isPermanent = (status: string | undefined, reply: string | undefined): boolean =>
  status === undefined ? reply?.startsWith("5") === true : status.startsWith("5")

/** Whether the diagnostic is what a server said, and not what a program thinks of it. */
const isOfServer = (diagnostic: string): boolean =>
  replyIn(diagnostic) !== undefined || statusIn(diagnostic) !== undefined || /^x-[a-z-]+;/i.test(diagnostic)

/**
 * What a delivery that failed means. Hard is what suppresses an address: there is no such recipient, by its status or by
 * the words of a server; and never where these speak of quotas, spam or blocks.
 */
export const failed = (
  status: string | undefined,
  diagnostic: string | undefined
): Extract<Kind, "Hard" | "Soft"> => {
  const text = diagnostic ?? ""
  const said = words(text)
  if (notTheRecipient.test(said)) return "Soft"
  if (status !== undefined && noSuchRecipient.has(status)) return "Hard"
  if (!isPermanent(status, replyIn(text)) || !isOfServer(text)) return "Soft"
  return noSuchText.test(said) || (isGeneric(status) && mayBeNoSuchText.test(said)) ? "Hard" : "Soft"
}
