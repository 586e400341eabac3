import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Crypto from "../crypto.js"
import * as Json from "../json.js"
import type { Provider } from "../request.js"

const mostNotifications = 1000

const notifications = (body: unknown): ReadonlyArray<unknown> => Json.listAt(body, "value").slice(0, mostNotifications)

/** Events are logged and stored: the secret must not be in them. */
const withoutSecret = (notification: unknown): unknown =>
  Predicate.isRecord(notification)
    ? Object.fromEntries(Object.entries(notification).filter(([key]) => key !== "clientState"))
    : notification

/**
 * Change notifications of Microsoft Graph, of mail that came. Each holds the secret that the subscription was made with; the
 * body is not signed, so that TLS alone protects it.
 */
export const make = (clientState: string): Provider => ({
  name: "Microsoft Graph",
  isTimed: false,
  verify: ({ body }) => {
    const values = notifications(Json.parse(new TextDecoder().decode(body)))
    if (values.length === 0) return Effect.fail("Unreadable")
    const states = values.map((value) => Json.textAt(value, "clientState"))
    if (states.some((state) => state === undefined)) return Effect.fail("Unsigned")
    return Effect.flatMap(
      Effect.every(states, (state) => Crypto.isSame(state ?? "", clientState)),
      (isOurs) =>
        isOurs
          ? Effect.map(Crypto.sha256(body), (digest) => digest.join("."))
          : Effect.fail("BadSignature")
    )
  },
  read: (body) =>
    notifications(Json.parse(body)).map(withoutSecret).map((raw) => ({
      // Lifecycle notifications, such as that a subscription ends, are about no message.
      type: Json.textAt(raw, "changeType") === "created" ? "received" as const : "unknown" as const,
      remoteId: Json.textAt(raw, "resourceData", "id"),
      raw
    })),
  challenge: (query) => query.get("validationToken") ?? undefined
})
