import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Crypto from "../crypto.js"
import * as Json from "../json.js"
import type { Incoming, Provider, Refusal } from "../request.js"

export interface Options {
  readonly audience: string
  readonly account: string
  /** The keys of Google as JSON (RFC 7517), again where `isStale`. */
  readonly keys: (isStale: boolean) => Effect.Effect<string, unknown>
}

const issuers = ["https://accounts.google.com", "accounts.google.com"]
const skewSeconds = 60
const longestToken = 8192

const decoded = (part: string | undefined): unknown =>
  Either.match(Encoding.decodeBase64UrlString(part ?? ""), { onLeft: () => undefined, onRight: Json.parse })

const octetsOf = (part: string | undefined): Uint8Array<ArrayBuffer> =>
  Either.match(Encoding.decodeBase64Url(part ?? ""), {
    onLeft: () => new Uint8Array(0),
    onRight: (octets) => new Uint8Array(octets)
  })

const jwkOf = (keys: string, id: string): JsonWebKey | undefined => {
  const found = Json.listAt(Json.parse(keys), "keys").find((key) =>
    Json.textAt(key, "kid") === id && Json.textAt(key, "kty") === "RSA"
  )
  const [n, e] = [Json.textAt(found, "n"), Json.textAt(found, "e")]
  return n === undefined || e === undefined ? undefined : { kty: "RSA", n, e, alg: "RS256", ext: true }
}

const isSignedBy = (jwk: JsonWebKey, signed: string, signature: Uint8Array<ArrayBuffer>): Effect.Effect<boolean> =>
  Crypto.verifies(async () => {
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }
    const key = await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["verify"])
    return crypto.subtle.verify("RSASSA-PKCS1-v1_5", key, signature, Crypto.encode(signed))
  })

/** The claims that must hold (OpenID Connect): who signed it, for whom, and until when. */
const claimFault = (claims: unknown, { account, audience }: Options, now: number): Refusal | undefined => {
  const [issued, expires] = ["iat", "exp"].map((name) => Number(Json.textAt(claims, name)))
  const isOurs = issuers.includes(Json.textAt(claims, "iss") ?? "") &&
    Json.textAt(claims, "aud") === audience &&
    Json.textAt(claims, "email") === account &&
    Json.at(claims, "email_verified") === true
  if (!isOurs) return "BadSignature"
  const seconds = now / 1000
  return issued !== undefined && expires !== undefined && issued - skewSeconds <= seconds &&
      seconds <= expires + skewSeconds
    ? undefined
    : "Expired"
}

const messageId = (body: unknown): string | undefined =>
  Json.textAt(body, "message", "messageId") ?? Json.textAt(body, "message", "message_id")

const verify = (options: Options) => ({ body, headers }: Incoming, now: number): Effect.Effect<string, Refusal> => {
  const token = /^Bearer (\S+)$/i.exec((headers["authorization"] ?? "").slice(0, longestToken))?.[1]
  if (token === undefined) return Effect.fail("Unsigned")
  const [head, claims, signature] = token.split(".")
  const header = decoded(head)
  const id = messageId(Json.parse(new TextDecoder().decode(body)))
  // No other algorithm, whatever the token says of itself.
  if (Json.textAt(header, "alg") !== "RS256") return Effect.fail("BadSignature")
  const keyId = Json.textAt(header, "kid") ?? ""
  const keyIn = (isStale: boolean) =>
    Effect.map(Effect.orElseSucceed(options.keys(isStale), () => ""), (keys) => jwkOf(keys, keyId))
  return Effect.gen(function*() {
    // Google changes its keys: one that is not known may be a new one.
    const jwk = (yield* keyIn(false)) ?? (yield* keyIn(true))
    const isSigned = jwk !== undefined && (yield* isSignedBy(jwk, `${head}.${claims}`, octetsOf(signature)))
    if (!isSigned) return yield* Effect.fail<Refusal>("BadSignature")
    const fault = claimFault(decoded(claims), options, now)
    if (fault !== undefined) return yield* Effect.fail(fault)
    return id === undefined ? yield* Effect.fail<Refusal>("Unreadable") : id
  })
}

/** Cloud Pub/Sub pushes for the Gmail API. The token names the subscription, not the body: TLS protects that. */
export const make = (options: Options): Provider => ({
  name: "Gmail",
  isTimed: true,
  verify: verify(options),
  read: (body) => {
    const outer = Json.parse(body)
    const data = Json.textAt(outer, "message", "data")?.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")
    const raw = decoded(data)
    const recipient = Json.textAt(raw, "emailAddress")
    return recipient === undefined ? undefined : [{
      type: "received",
      recipient,
      remoteId: Json.textAt(raw, "historyId"),
      at: Json.timeAt(1000, outer, "message", "publishTime") ?? Json.timeAt(1000, outer, "message", "publish_time"),
      raw
    }]
  }
})
