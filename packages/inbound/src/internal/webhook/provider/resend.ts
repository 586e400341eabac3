import * as Effect from "effect/Effect"
import * as Hmac from "../../hmac.js"
import * as Octets from "../../octets.js"
import * as Crypto from "../crypto.js"
import { type Type, typeOf } from "../event.js"
import * as Json from "../json.js"
import { isRecent, type Provider } from "../request.js"

const types: Readonly<Record<string, Type>> = {
  "email.delivered": "delivered",
  "email.delivery_delayed": "deferred",
  "email.bounced": "bounced",
  "email.complained": "complained",
  "email.opened": "opened",
  "email.clicked": "clicked",
  "email.failed": "failed",
  "email.suppressed": "rejected"
}

/** Standard Webhooks, as Svix sends them. `key` is the secret without its prefix. */
export const make = (key: Uint8Array<ArrayBuffer>): Provider => ({
  name: "Resend",
  isTimed: true,
  verify: ({ body, headers }, now) => {
    const id = headers["svix-id"] ?? headers["webhook-id"]
    const time = headers["svix-timestamp"] ?? headers["webhook-timestamp"]
    const signatures = headers["svix-signature"] ?? headers["webhook-signature"]
    if (id === undefined || time === undefined || signatures === undefined) return Effect.fail("Unsigned")
    if (!isRecent(time, now)) return Effect.fail("Expired")
    return Effect.flatMap(Crypto.hmac(key, Octets.join(Crypto.encode(`${id}.${time}.`), body)), (expected) => {
      const isSigned = signatures.split(" ").slice(0, 10).some((signature) => {
        const octets = signature.startsWith("v1,") ? Crypto.fromBase64(signature.slice(3)) : undefined
        return octets !== undefined && Hmac.isEqual(expected, octets)
      })
      return isSigned ? Effect.succeed(id) : Effect.fail("BadSignature")
    })
  },
  read: (body) => {
    const raw = Json.parse(body)
    const type = Json.textAt(raw, "type")
    if (type === undefined) return undefined
    const permanence = Json.textAt(raw, "data", "bounce", "type")
    const recipients = Json.listAt(raw, "data", "to")
    return (recipients.length === 0 ? [undefined] : recipients).map((_, i) => ({
      type: typeOf(types, type),
      recipient: Json.textAt(raw, "data", "to", i),
      remoteId: Json.textAt(raw, "data", "email_id"),
      at: Json.timeAt(1000, raw, "created_at"),
      kind: type !== "email.bounced" ? undefined : permanence === "Permanent" ? "Hard" as const : "Soft" as const,
      diagnostic: Json.textAt(raw, "data", "bounce", "message"),
      url: Json.textAt(raw, "data", "click", "link"),
      raw
    }))
  }
})
