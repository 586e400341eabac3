import * as Effect from "effect/Effect"
import * as Octets from "../../octets.js"
import * as Crypto from "../crypto.js"
import { type Type, typeOf } from "../event.js"
import * as Json from "../json.js"
import { isRecent, type Provider } from "../request.js"

const types: Readonly<Record<string, Type>> = {
  delivered: "delivered",
  deferred: "deferred",
  bounce: "bounced",
  dropped: "rejected",
  spamreport: "complained",
  open: "opened",
  click: "clicked",
  unsubscribe: "unsubscribed",
  group_unsubscribe: "unsubscribed"
}

/** ECDSA over the time and the body. */
export const make = (publicKey: Uint8Array<ArrayBuffer>): Provider => ({
  name: "SendGrid",
  isTimed: true,
  verify: ({ body, headers }, now) => {
    const signature = headers["x-twilio-email-event-webhook-signature"]
    const time = headers["x-twilio-email-event-webhook-timestamp"]
    if (signature === undefined || time === undefined) return Effect.fail("Unsigned")
    if (!isRecent(time, now)) return Effect.fail("Expired")
    const raw = Crypto.rawSignature(Crypto.fromBase64(signature) ?? new Uint8Array(0))
    if (raw === undefined) return Effect.fail("BadSignature")
    return Effect.flatMap(
      Crypto.verifies(async () => {
        const algorithm = { name: "ECDSA", namedCurve: "P-256" }
        const key = await crypto.subtle.importKey("spki", publicKey, algorithm, false, ["verify"])
        const signed = Octets.join(Crypto.encode(time), body)
        return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, raw, signed)
      }),
      // Another signature of the same octets is as good, so that the signature itself names nothing.
      (isSigned) =>
        isSigned
          ? Effect.map(Crypto.sha256(Octets.join(Crypto.encode(time), body)), (digest) => digest.join("."))
          : Effect.fail("BadSignature")
    )
  },
  read: (body) => {
    const raw = Json.parse(body)
    if (!Array.isArray(raw)) return undefined
    return raw.map((event: unknown) => {
      const type = typeOf(types, Json.textAt(event, "event"))
      return {
        type,
        recipient: Json.textAt(event, "email"),
        remoteId: Json.textAt(event, "sg_message_id")?.split(".")[0],
        at: Json.timeAt(1, event, "timestamp"),
        kind: type !== "bounced" ? undefined : Json.textAt(event, "type") === "bounce" ? "Hard" : "Soft",
        status: Json.textAt(event, "status"),
        diagnostic: Json.textAt(event, "reason") ?? Json.textAt(event, "response"),
        url: Json.textAt(event, "url"),
        raw: event
      }
    })
  }
})
