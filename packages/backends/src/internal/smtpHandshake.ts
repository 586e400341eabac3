import { AuthenticationError, type BackendError, CapabilityError } from "@effect-mail/core/MailError"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { accessTokenMethod } from "./smtpClient.js"
import type { Dialogue } from "./smtpDialogue.js"
import type { Link, Signal } from "./smtpLink.js"
import * as Verdict from "./smtpVerdict.js"

const certificateCodes =
  /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|INVALID_CA|HOSTNAME_MISMATCH)/
const wrongProtocolCodes = new Set(["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG"])

const startTlsMissing = () =>
  new CapabilityError({
    capability: "STARTTLS",
    description: "the server does not encrypt the connection, and the credentials or the settings require it"
  })

/** What means the same at every step. */
const commonError = ({ lastReply: reply, violation }: Dialogue, signal: Signal): BackendError | undefined => {
  if (violation !== undefined) return Verdict.connectionError("Protocol", `the server sent ${violation}`)
  if (signal._tag === "TimedOut") return Verdict.connectionError("Timeout", "the server did not answer in time")
  return reply?.code === 421
    ? Verdict.connectionError("Unavailable", "the server is closing", { reply })
    : undefined
}

const openError = (link: Link, signal: Signal): BackendError => {
  const { client, dialogue, settings } = link
  const common = commonError(dialogue, signal)
  if (common !== undefined) return common
  const { lastReply: reply, lastStep } = dialogue
  if (settings.tls === "required" && !client.secure && lastStep === "EHLO" && reply?.code === 250) {
    return startTlsMissing()
  }
  if (reply !== undefined && reply.code >= 400 && lastStep !== "STARTTLS") {
    return settings.tls === "required" && lastStep === "EHLO"
      ? startTlsMissing()
      : Verdict.connectionError("Greeting", "the server refused to talk", { reply })
  }
  if (reply !== undefined && reply.code >= 400) {
    return Verdict.connectionError("Tls", "the server refused STARTTLS", { reply })
  }
  if (signal._tag !== "Failed") return Verdict.connectionError("Lost", "the server closed the connection")
  const { error } = signal
  const code = error.originalCode ?? error.code ?? ""
  const cause = link.tell(error)
  if (certificateCodes.test(code)) {
    return Verdict.connectionError("Certificate", "the server's certificate is not trusted", { cause })
  }
  if (wrongProtocolCodes.has(code)) {
    return Verdict.connectionError("Protocol", "the server does not speak TLS here", { cause })
  }
  if (code === "EPROTOCOL") {
    return Verdict.connectionError("Protocol", "the server does not speak SMTP", { cause })
  }
  return lastStep === "STARTTLS" || (settings.tls === "implicit" && reply === undefined)
    ? Verdict.connectionError("Tls", "the connection was lost in the TLS handshake", { cause })
    : Verdict.connectionError("Lost", "the connection was lost", { cause })
}

const loginError = ({ dialogue }: Link, signal: Signal): BackendError => {
  const common = commonError(dialogue, signal)
  if (common !== undefined) return common
  const { lastReply, lastStep } = dialogue
  const reply = lastStep === "AUTH" && lastReply?.code !== 334 ? lastReply : undefined
  if (reply !== undefined) {
    return new AuthenticationError({
      reason: "Refused",
      code: reply.code,
      enhancedCode: reply.enhancedCode,
      response: reply.text
    })
  }
  return signal._tag === "Failed" && signal.error.code === "EAUTH"
    ? new AuthenticationError({ reason: "Refused" })
    : Verdict.connectionError("Lost", "the connection was lost while logging in")
}

const greet = (link: Link): Effect.Effect<void, BackendError> => {
  const { timeouts, tls } = link.settings
  if (tls !== "implicit") link.inspectGreeting()
  return link.exchange(
    (lastActivity) => lastActivity + (link.dialogue.currentStep === "greeting" ? timeouts.greeting : timeouts.command),
    (end, fail) => link.client.connect((error) => error ? fail(error) : end())
  ).pipe(Effect.mapError((signal) => openError(link, signal)))
}

const present = (link: Link, user: string, secret: string, method: string): Effect.Effect<void, BackendError> =>
  Effect.suspend(() => {
    link.guard(user, secret)
    return link.exchange(
      (lastActivity) => lastActivity + link.settings.timeouts.command,
      (end, fail) =>
        link.client.login({ method, user, credentials: { user, pass: secret } }, (error) => error ? fail(error) : end())
    )
  }).pipe(Effect.mapError((signal) => loginError(link, signal)))

const passwordMechanisms = ["PLAIN", "LOGIN", "CRAM-MD5"]

const login = (link: Link): Effect.Effect<void, BackendError> => {
  const { auth, tls } = link.settings
  if (!link.client.secure && (tls === "required" || (auth !== undefined && tls !== "none"))) {
    return Effect.fail(startTlsMissing())
  }
  if (auth === undefined) return Effect.void
  const offered = new Set((link.dialogue.extensions.get("AUTH") ?? "").toUpperCase().split(/[ =]+/))
  const notOffered = Effect.suspend(() => Effect.fail(new AuthenticationError({ reason: "NotOffered" })))
  if ("password" in auth) {
    const mechanism = passwordMechanisms.find((name) => offered.has(name))
    return mechanism === undefined
      ? notOffered
      : present(link, auth.user, Redacted.value(auth.password), mechanism)
  }
  if (!offered.has("XOAUTH2")) return notOffered
  const presentToken = (token: Redacted.Redacted) => present(link, auth.user, Redacted.value(token), accessTokenMethod)
  // A refused token may just have expired: one more is asked for.
  return Effect.flatMap(auth.accessToken, (token) =>
    Effect.catchIf(
      presentToken(token),
      (error) => error._tag === "AuthenticationError" && !error.isTransient && !link.isBroken,
      () => Effect.flatMap(auth.accessToken, presentToken)
    ))
}

/**
 * Greeting, EHLO, STARTTLS and login.
 *
 * @internal
 */
export const handshake = (link: Link): Effect.Effect<void, BackendError> =>
  greet(link).pipe(
    Effect.zipRight(Effect.suspend(() => login(link))),
    Effect.zipRight(Effect.sync(() => link.takeOver()))
  )
