import { type BackendError, ConnectionError } from "@effect-mail/core/MailError"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { faultOf } from "../../certificate.js"
import type { Addressed } from "../provider.js"
import { unknownFor } from "./answer.js"

interface Coded {
  readonly code: string
  readonly syscall: unknown
}

const deepest = 8

/** The code nearest to the network: clients wrap what the socket said, and collect it from several addresses. */
const codeOf = (error: unknown, depth = 0): Option.Option<Coded> => {
  if (depth > deepest || !Predicate.isObject(error)) return Option.none()
  const [first]: ReadonlyArray<unknown> = Predicate.hasProperty(error, "errors") && Array.isArray(error.errors)
    ? error.errors
    : []
  const inner = Option.orElse(
    codeOf(Predicate.hasProperty(error, "cause") ? error.cause : undefined, depth + 1),
    () => codeOf(first, depth + 1)
  )
  if (Option.isSome(inner)) return inner
  return Predicate.hasProperty(error, "code") && typeof error.code === "string"
    ? Option.some({ code: error.code, syscall: Predicate.hasProperty(error, "syscall") ? error.syscall : undefined })
    : Option.none()
}

type Proven = Pick<ConnectionError, "reason" | "detail" | "description">

/** What proves that no connection was there to carry the request. */
const proven: Readonly<Record<string, Proven>> = {
  ECONNREFUSED: { reason: "Refused", detail: "NotListening", description: "the connection was refused" },
  ENOTFOUND: { reason: "Dns", detail: "UnknownHost", description: "the host's name is not known" },
  EAI_AGAIN: { reason: "Dns", detail: "NameServer", description: "no name server answered" },
  UND_ERR_CONNECT_TIMEOUT: {
    reason: "Timeout",
    detail: "Connecting",
    description: "no connection could be made in time"
  }
}

/** The same codes may come from a connection that carried the request already. */
const whileConnecting: Readonly<Record<string, Proven>> = {
  ENETUNREACH: { reason: "Refused", detail: "Unreachable", description: "no way leads to the host" },
  EHOSTUNREACH: { reason: "Refused", detail: "Unreachable", description: "no way leads to the host" },
  ETIMEDOUT: { reason: "Timeout", detail: "Connecting", description: "no connection could be made in time" }
}

const provenBy = ({ code, syscall }: Coded): Proven | undefined => {
  const known = Object.hasOwn(proven, code)
    ? proven[code]
    : syscall === "connect" && Object.hasOwn(whileConnecting, code)
    ? whileConnecting[code]
    : undefined
  if (known !== undefined) return known
  const certificate = faultOf(code)
  return certificate === undefined ? undefined : { reason: "Certificate", ...certificate }
}

/**
 * What it means that no answer came. Only a code that proves it says that nothing was sent. The client's error is not kept:
 * it holds the request, and with it the message and the secret.
 */
export const ofClient = (letter: Addressed, error: HttpClientError): BackendError => {
  if (error._tag === "RequestError" && error.reason !== "Transport") {
    return new ConnectionError({ reason: "Configuration", description: "the request cannot be made" })
  }
  const coded = codeOf(error.cause)
  const cause = Option.getOrUndefined(Option.map(coded, ({ code }) => code))
  const known = Option.getOrUndefined(Option.map(coded, provenBy))
  return known === undefined
    ? Either.merge(unknownFor(letter, "the connection was lost before the provider answered", cause))
    : new ConnectionError({ ...known, cause })
}

/** Nothing came in time. */
export const silence = (letter: Addressed): BackendError =>
  Either.merge(unknownFor(letter, "the provider did not answer in time"))
