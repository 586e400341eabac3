import * as Effect from "effect/Effect"
import * as Crypto from "../crypto.js"
import { type Facts, type Type, typeOf } from "../event.js"
import * as Json from "../json.js"
import type { Incoming, Provider, Refusal } from "../request.js"

const host = /^https:\/\/sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?\//

/** Whether a URL is of Amazon's SNS: nothing else is asked for a certificate, or told that a subscription is wanted. */
export const isSns = (url: string): boolean => host.test(url) && URL.canParse(url) && new URL(url).username === ""

const signedFields: Readonly<Record<string, ReadonlyArray<string>>> = {
  Notification: ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
  SubscriptionConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
  UnsubscribeConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
}

const hashes: Readonly<Record<string, string>> = { "1": "SHA-1", "2": "SHA-256" }

/** What the signature covers: names and values, each in a line. */
const signedText = (raw: unknown): string | undefined => {
  const fields = signedFields[Json.textAt(raw, "Type") ?? ""]
  return fields?.map((name) => [name, Json.at(raw, name)] as const)
    .flatMap(([name, value]) => typeof value === "string" ? [`${name}\n${value}\n`] : []).join("")
}

const hour = 60 * 60 * 1000

export interface Options {
  readonly topics: ReadonlyArray<string>
  /** The text of the certificate at a URL of SNS. */
  readonly certificate: (url: string) => Effect.Effect<string, unknown>
}

const verify =
  ({ certificate, topics }: Options) => ({ body }: Incoming, now: number): Effect.Effect<string, Refusal> => {
    const raw = Json.parse(new TextDecoder().decode(body))
    if (raw === undefined) return Effect.fail("Unreadable")
    const text = signedText(raw)
    const id = Json.textAt(raw, "MessageId")
    const url = Json.textAt(raw, "SigningCertURL") ?? ""
    const signature = Crypto.fromBase64(Json.textAt(raw, "Signature") ?? "")
    const hash = hashes[Json.textAt(raw, "SignatureVersion") ?? ""]
    if (text === undefined || id === undefined || signature === undefined || hash === undefined) {
      return Effect.fail("Unsigned")
    }
    if (!isSns(url) || !topics.includes(Json.textAt(raw, "TopicArn") ?? "")) return Effect.fail("BadSignature")
    const time = Json.timeAt(1000, raw, "Timestamp")
    // SNS tries again for up to an hour, with the first time.
    if (time === undefined || Math.abs(time.epochMillis - now) > hour) return Effect.fail("Expired")
    return certificate(url).pipe(
      Effect.orElseSucceed(() => ""),
      Effect.flatMap((pem) =>
        Crypto.verifies(async () => {
          const spki = Crypto.publicKeyOf(pem)
          if (spki === undefined) return false
          const algorithm = { name: "RSASSA-PKCS1-v1_5", hash }
          const key = await crypto.subtle.importKey("spki", spki, algorithm, false, ["verify"])
          return crypto.subtle.verify("RSASSA-PKCS1-v1_5", key, signature, Crypto.encode(text))
        })
      ),
      Effect.flatMap((isSigned) => isSigned ? Effect.succeed(id) : Effect.fail("BadSignature" as const))
    )
  }

const types: Readonly<Record<string, Type>> = {
  Bounce: "bounced",
  Complaint: "complained",
  Delivery: "delivered",
  DeliveryDelay: "deferred",
  Reject: "rejected",
  Open: "opened",
  Click: "clicked",
  "Rendering Failure": "failed",
  Subscription: "unsubscribed"
}

/** Where the recipients of each type are. */
const recipients: Readonly<Record<string, readonly [section: string, list: string]>> = {
  Bounce: ["bounce", "bouncedRecipients"],
  Complaint: ["complaint", "complainedRecipients"],
  Delivery: ["delivery", "recipients"],
  DeliveryDelay: ["deliveryDelay", "delayedRecipients"]
}

const read = (body: string): ReadonlyArray<Facts> | undefined => {
  const outer = Json.parse(body)
  if (Json.textAt(outer, "Type") !== "Notification") {
    return outer === undefined ? undefined : [{ type: "unknown", raw: outer }]
  }
  const raw = Json.parse(String(Json.at(outer, "Message")))
  const word = Json.textAt(raw, "eventType") ?? Json.textAt(raw, "notificationType")
  // The first notification of a topic is a text.
  if (word === undefined) return [{ type: "unknown", raw: outer }]
  const [section, list] = recipients[word] ?? [word.toLowerCase(), ""]
  const found = Json.listAt(raw, section, list)
  const isPermanent = Json.textAt(raw, "bounce", "bounceType") === "Permanent"
  const mailTo = Json.listAt(raw, "mail", "destination")
  const type = typeOf(types, word)
  return (found.length > 0 ? found : mailTo.length > 0 ? mailTo : [undefined]).map((recipient): Facts => ({
    type,
    recipient: typeof recipient === "string" ? recipient : Json.textAt(recipient, "emailAddress"),
    remoteId: Json.textAt(raw, "mail", "messageId"),
    at: Json.timeAt(1000, raw, section, "timestamp") ?? Json.timeAt(1000, raw, "mail", "timestamp"),
    kind: type !== "bounced" ? undefined : isPermanent ? "Hard" : "Soft",
    status: Json.textAt(recipient, "status"),
    diagnostic: Json.textAt(recipient, "diagnosticCode"),
    url: Json.textAt(raw, "click", "link"),
    raw
  }))
}

/** The URL that confirms a subscription, of a message whose signature was checked. */
export const subscribeUrl = (body: string): string | undefined => {
  const raw = Json.parse(body)
  const url = Json.textAt(raw, "Type") === "SubscriptionConfirmation" ? Json.textAt(raw, "SubscribeURL") : undefined
  return url !== undefined && isSns(url) ? url : undefined
}

export const make = (options: Options): Provider => ({
  name: "SES",
  isTimed: true,
  verify: verify(options),
  read
})
