import { at, AuthenticationError, type BackendError } from "@effect-mail/core/MailError"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import { createHmac } from "node:crypto"
import type { Resolved } from "../options.js"
import * as Sasl from "../protocol/handshake/sasl.js"
import * as Attributes from "./attributes.js"
import { Channel } from "./channel.js"
import { handshakeError, startTlsMissing } from "./handshakeError.js"
import * as Socket from "./socket.js"
import * as Transcript from "./transcript.js"

const makeExchange = (mechanism: string, user: string, secret: string): Sasl.Exchange => {
  switch (mechanism) {
    case "LOGIN":
      return Sasl.login(user, secret)
    case "CRAM-MD5":
      return Sasl.cramMd5(user, (challenge) => createHmac("md5", secret).update(challenge).digest("hex"))
    case "XOAUTH2":
      return Sasl.xoauth2(user, secret)
    default:
      return Sasl.plain(user, secret)
  }
}

const authenticate = (
  channel: Channel,
  mechanism: string,
  user: string,
  secret: Redacted.Redacted
): Effect.Effect<void, BackendError> =>
  Effect.suspend(() => {
    const value = Redacted.value(secret)
    return Effect.mapError(
      channel.login(makeExchange(mechanism, user, value), user, value),
      (failure) => handshakeError(failure, channel.settings.tls)
    )
  })

/** Logs in. Credentials are sent in clear text only if `tls` is `none`. */
const login = (channel: Channel): Effect.Effect<void, BackendError> => {
  const { session: { handshake }, settings: { auth, tls } } = channel
  if (!handshake.isEncrypted && (tls === "required" || (auth !== undefined && tls !== "none"))) {
    return Effect.fail(startTlsMissing())
  }
  if (auth === undefined) return Effect.void
  const offered = new Set((handshake.extensions.get("AUTH") ?? "").toUpperCase().split(/[ =]+/))
  const notOffered = Effect.suspend(() => Effect.fail(new AuthenticationError({ reason: "NotOffered" })))
  if ("password" in auth) {
    const mechanism = Sasl.passwordMechanisms.find((name) => offered.has(name))
    return mechanism === undefined ? notOffered : authenticate(channel, mechanism, auth.user, auth.password)
  }
  if (!offered.has("XOAUTH2")) return notOffered
  const attempt = Effect.flatMap(auth.accessToken, (token) => authenticate(channel, "XOAUTH2", auth.user, token))
  // A refused token may have expired: a new one is requested once.
  return Effect.catchIf(
    attempt,
    (error) =>
      error._tag === "AuthenticationError" && error.reason === "Refused" && !error.isTransient &&
      channel.session.isOpen,
    () => attempt
  )
}

const handshake = (channel: Channel): Effect.Effect<void, BackendError> =>
  Effect.mapError(channel.greeted, (failure) => handshakeError(failure, channel.settings.tls)).pipe(
    Effect.zipRight(Effect.suspend(() => login(channel))),
    Effect.mapError((error) => Transcript.attach(error, channel.session.transcript())),
    Effect.zipRight(Effect.sync(() => channel.session.begin()))
  )

/**
 * Makes a connection that is closed with its scope: connected, encrypted as the settings say, and logged in. Its watch
 * runs on the owner's runtime, so that it retains nothing of the fiber that connected.
 */
export const make = (
  settings: Resolved,
  owner: Runtime.Runtime<never>
): Effect.Effect<Channel, BackendError, Scope.Scope> =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const scope = yield* Effect.scope
    const channel = new Channel(settings, clock, yield* Socket.connect(settings))
    yield* Scope.addFinalizer(scope, channel.close)
    yield* Effect.sync(() => Runtime.runFork(owner, Effect.interruptible(channel.watch), { scope }))
    yield* handshake(channel)
    return channel
  }).pipe(
    Effect.mapError((error) => at(error, settings)),
    Effect.withSpan("smtp.connect", {
      kind: "client",
      captureStackTrace: false,
      attributes: { ...Attributes.ofPlace(settings), "smtp.tls": settings.tls }
    })
  )
