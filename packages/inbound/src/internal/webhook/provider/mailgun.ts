import * as Effect from "effect/Effect"
import * as Hmac from "../../hmac.js"
import * as Crypto from "../crypto.js"
import { type Type, typeOf } from "../event.js"
import * as Json from "../json.js"
import { isRecent, type Provider } from "../request.js"

const types: Readonly<Record<string, Type>> = {
  delivered: "delivered",
  rejected: "rejected",
  complained: "complained",
  opened: "opened",
  clicked: "clicked",
  unsubscribed: "unsubscribed"
}

/** Mailgun signs a time and a random token, not the body: only the connection protects that. */
export const make = (key: Uint8Array<ArrayBuffer>): Provider => ({
  name: "Mailgun",
  isTimed: true,
  verify: ({ body }, now) => {
    const raw = Json.parse(new TextDecoder().decode(body))
    const [time, token, signature] = ["timestamp", "token", "signature"].map((name) =>
      Json.textAt(raw, "signature", name)
    )
    if (raw === undefined) return Effect.fail("Unreadable")
    if (time === undefined || token === undefined || signature === undefined) return Effect.fail("Unsigned")
    if (!isRecent(time, now)) return Effect.fail("Expired")
    return Effect.flatMap(
      Crypto.hmac(key, Crypto.encode(time + token)),
      (expected) =>
        Hmac.isEqual(expected, Crypto.fromHex(signature) ?? new Uint8Array(0))
          ? Effect.succeed(token)
          : Effect.fail("BadSignature")
    )
  },
  read: (body) => {
    const raw = Json.at(Json.parse(body), "event-data")
    const word = Json.textAt(raw, "event")
    if (word === undefined) return undefined
    const isPermanent = Json.textAt(raw, "severity") === "permanent"
    const isSuppressed = Json.textAt(raw, "reason")?.startsWith("suppress") === true
    const failure = isSuppressed ? "rejected" : isPermanent ? "bounced" : "deferred"
    const type = word === "failed" ? failure : typeOf(types, word)
    const status = Json.at(raw, "delivery-status")
    return [{
      type,
      recipient: Json.textAt(raw, "recipient"),
      remoteId: Json.textAt(raw, "message", "headers", "message-id"),
      at: Json.timeAt(1, raw, "timestamp"),
      kind: type !== "bounced" ? undefined : Json.textAt(raw, "reason") === "bounce" ? "Hard" : "Soft",
      status: Json.textAt(status, "enhanced-code"),
      diagnostic: Json.textAt(status, "message") ?? Json.textAt(status, "description"),
      url: Json.textAt(raw, "url"),
      raw
    }]
  }
})
