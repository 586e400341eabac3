import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Crypto from "../crypto.js"
import { type Facts, type Type, typeOf } from "../event.js"
import * as Json from "../json.js"
import type { Provider } from "../request.js"

/** Postmark and Brevo sign nothing: a password in the URL that they call is all there is. The body itself is the id. */
const verify = (user: string, password: string): Provider["verify"] => ({ body, headers }) => {
  const authorization = headers["authorization"]
  if (authorization === undefined) return Effect.fail("Unsigned")
  const expected = `Basic ${Encoding.encodeBase64(`${user}:${password}`)}`
  return Effect.flatMap(Crypto.isSame(authorization, expected), (isKnown) =>
    isKnown
      ? Effect.map(Crypto.sha256(body), (digest) => digest.join("."))
      : Effect.fail("BadSignature"))
}

const recordTypes: Readonly<Record<string, Type>> = {
  Delivery: "delivered",
  Bounce: "bounced",
  SpamComplaint: "complained",
  Open: "opened",
  Click: "clicked",
  SubscriptionChange: "unsubscribed"
}

const bounceTypes: Readonly<Record<string, Type>> = {
  HardBounce: "bounced",
  BadEmailAddress: "bounced",
  SoftBounce: "bounced",
  Blocked: "bounced",
  DnsError: "bounced",
  Transient: "deferred",
  AutoResponder: "autoresponded",
  AddressChange: "autoresponded",
  ChallengeVerification: "autoresponded",
  Unsubscribe: "unsubscribed",
  SpamNotification: "complained",
  SpamComplaint: "complained",
  ManuallyDeactivated: "rejected",
  InboundError: "failed",
  SMTPApiError: "failed"
}

const hardBounces = new Set(["HardBounce", "BadEmailAddress"])

const readPostmark = (body: string): ReadonlyArray<Facts> | undefined => {
  const raw = Json.parse(body)
  const record = Json.textAt(raw, "RecordType")
  if (record === undefined) return undefined
  const bounce = Json.textAt(raw, "Type")
  const isBack = record === "SubscriptionChange" && Json.at(raw, "SuppressSending") !== true
  const type = isBack ? "unknown" : record === "Bounce" ? typeOf(bounceTypes, bounce) : typeOf(recordTypes, record)
  const times = ["DeliveredAt", "BouncedAt", "ReceivedAt", "ChangedAt"].map((name) => Json.timeAt(1000, raw, name))
  return [{
    type,
    recipient: Json.textAt(raw, "Recipient") ?? Json.textAt(raw, "Email"),
    remoteId: Json.textAt(raw, "MessageID"),
    at: times.find((time) => time !== undefined),
    kind: type !== "bounced" ? undefined : hardBounces.has(bounce ?? "") ? "Hard" : "Soft",
    diagnostic: Json.textAt(raw, "Details") ?? Json.textAt(raw, "Description"),
    url: Json.textAt(raw, "OriginalLink"),
    raw
  }]
}

const brevoTypes: Readonly<Record<string, Type>> = {
  delivered: "delivered",
  deferred: "deferred",
  soft_bounce: "bounced",
  hard_bounce: "bounced",
  invalid_email: "bounced",
  blocked: "rejected",
  error: "failed",
  spam: "complained",
  complaint: "complained",
  unsubscribed: "unsubscribed",
  opened: "opened",
  unique_opened: "opened",
  proxy_open: "opened",
  unique_proxy_open: "opened",
  click: "clicked"
}

const readBrevo = (body: string): ReadonlyArray<Facts> | undefined => {
  const parsed = Json.parse(body)
  const events: ReadonlyArray<unknown> = Array.isArray(parsed) ? parsed : [parsed]
  if (events.some((event) => Json.textAt(event, "event") === undefined)) return undefined
  return events.map((raw) => {
    const word = Json.textAt(raw, "event")
    const type = typeOf(brevoTypes, word)
    return {
      type,
      recipient: Json.textAt(raw, "email"),
      remoteId: Json.textAt(raw, "message-id"),
      // ts_epoch is in seconds in some events, and in milliseconds in others.
      at: Json.timeAt(1, raw, "ts_event") ?? Json.timeAt(1, raw, "ts") ?? Json.timeAt(1000, raw, "ts_epoch"),
      kind: type !== "bounced" ? undefined : word === "soft_bounce" ? "Soft" : "Hard",
      diagnostic: Json.textAt(raw, "reason"),
      url: Json.textAt(raw, "link"),
      raw
    }
  })
}

export const postmark = (user: string, password: string): Provider => ({
  name: "Postmark",
  isTimed: false,
  verify: verify(user, password),
  read: readPostmark
})

export const brevo = (user: string, password: string): Provider => ({
  name: "Brevo",
  isTimed: false,
  verify: verify(user, password),
  read: readBrevo
})
