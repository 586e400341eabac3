import type { AuthenticationError } from "@effect-mail/core/MailError"
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { X509Certificate } from "node:crypto"
import { createSecureContext } from "node:tls"
import * as Place from "./place.js"

/**
 * What is spoken with the server.
 *
 * - `smtp`: SMTP (RFC 5321), with one reply to a message
 * - `lmtp`: LMTP (RFC 2033), as mail stores speak it, with a reply to a message for each of its recipients, so that some of
 *   them may be refused
 *
 * @since 0.1.0
 * @category models
 */
export type Protocol = "smtp" | "lmtp"

/**
 * How the connection is encrypted.
 *
 * - `implicit`: TLS from the first octet (RFC 8314); port 465
 * - `required`: STARTTLS (RFC 3207), or the message is not sent; port 587
 * - `opportunistic`: STARTTLS where it is offered; credentials are never sent without it; port 25
 * - `none`: no encryption, not even for credentials; port 25
 *
 * LMTP has port 24 with each of them.
 *
 * @since 0.1.0
 * @category models
 */
export type Tls = "implicit" | "required" | "opportunistic" | "none"

/**
 * Who logs in: a user with a password, or with an OAuth 2 access token. The token is asked for when a connection is made,
 * and once more when the server refuses it.
 *
 * @since 0.1.0
 * @category models
 */
export type Auth =
  | { readonly user: string; readonly password: Redacted.Redacted }
  | { readonly user: string; readonly accessToken: Effect.Effect<Redacted.Redacted, AuthenticationError> }

/**
 * Certificates in PEM: `ca` to trust instead of the system's, `cert` and `key` to present, and the name that the
 * server's certificate must be for where it is not `host`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Certificates {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: Redacted.Redacted | undefined
  readonly serverName?: string | undefined
}

/**
 * Time limits. Each is for a step as a whole, not for silence.
 *
 * - `connect`: DNS and TCP. Default: 30 seconds
 * - `greeting`: the first reply. Default: 30 seconds
 * - `command`: each further reply, and each step of a message. Default: 2 minutes
 * - `reply`: the reply after the final dot. Default: 10 minutes (RFC 5321 section 4.5.3.2.6: a short limit creates
 *   duplicates)
 * - `send`: one message as a whole. Default: 30 minutes
 * - `close`: QUIT and its reply. Default: 1 second
 *
 * @since 0.1.0
 * @category models
 */
export interface Timeouts {
  readonly connect?: Duration.DurationInput | undefined
  readonly greeting?: Duration.DurationInput | undefined
  readonly command?: Duration.DurationInput | undefined
  readonly reply?: Duration.DurationInput | undefined
  readonly send?: Duration.DurationInput | undefined
  readonly close?: Duration.DurationInput | undefined
}

/**
 * - `maxConnections`: open at once. Default: 5
 * - `maxMessages`: over one connection, before it is replaced. Default: 100
 * - `idleTimeout`: an idle connection is closed after this time. Default: 30 seconds
 *
 * @since 0.1.0
 * @category models
 */
export interface PoolOptions {
  readonly maxConnections?: number | undefined
  readonly maxMessages?: number | undefined
  readonly idleTimeout?: Duration.DurationInput | undefined
}

/**
 * What may be written before the server has answered, where it offers PIPELINING (RFC 2920).
 *
 * - `messages`: the envelope of the next message together with the end of this one, so that a message costs one round
 *   trip. No octet of a message goes out before the server has asked for it: at most one message of a connection can be
 *   unknown when it is lost.
 * - `envelope`: the commands of one envelope
 * - `none`: one command after the other
 *
 * @since 0.1.0
 * @category models
 */
export type Pipelining = "messages" | "envelope" | "none"

/**
 * Sending messages as chunks (RFC 3030), where the server offers CHUNKING and PIPELINING: envelope and message in one
 * write, without waiting for the server to ask for it.
 *
 * - `window`: how many messages may be under way on one connection. When it is lost all of them are unknown.
 *
 * @since 0.1.0
 * @category models
 */
export interface Chunking {
  readonly window: number
}

/**
 * Where and how to send.
 *
 * - `host`: a host name, an address, or the absolute path of a Unix domain socket
 * - `protocol`: Default: `smtp`
 * - `port`: Default: 465 for `implicit`, 587 for `required`, else 25; 24 for LMTP, which may not use 25 (RFC 2033 section 3).
 *   A Unix domain socket has none
 * - `tls`: Default: `implicit` on port 465, `none` over a Unix domain socket, else `required` with credentials, else
 *   `opportunistic`
 * - `clientName`: the name in EHLO. Default: `[127.0.0.1]`, never the host's name
 * - `pipelining`: Default: `messages`
 * - `chunking`: Default: not used
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly host: string
  readonly protocol?: Protocol | undefined
  readonly port?: number | undefined
  readonly tls?: Tls | undefined
  readonly auth?: Auth | undefined
  readonly clientName?: string | undefined
  readonly timeouts?: Timeouts | undefined
  readonly pool?: PoolOptions | undefined
  readonly certificates?: Certificates | undefined
  readonly pipelining?: Pipelining | undefined
  readonly chunking?: Chunking | undefined
}

/** Options with every default filled in, durations in milliseconds. */
export interface Resolved {
  readonly host: string
  readonly protocol: Protocol
  /** None of a Unix domain socket, whose path is the host. */
  readonly port: number | undefined
  readonly tls: Tls
  readonly auth: Auth | undefined
  readonly clientName: string
  readonly timeouts: {
    readonly connect: number
    readonly greeting: number
    readonly command: number
    readonly reply: number
    readonly send: number
    readonly close: number
  }
  readonly pool: {
    readonly maxConnections: number
    readonly maxMessages: number
    readonly idleTimeout: number
  }
  readonly certificates: Certificates
  readonly pipelining: Pipelining
  /** How many messages may be under way as chunks; 0 where none may. */
  readonly chunks: number
  /** How many messages a connection may be given at once: those under way, and one behind them. */
  readonly window: number
}

const ports: Readonly<Record<Tls, number>> = { implicit: 465, required: 587, opportunistic: 25, none: 25 }
/** The port of LMTP by custom: RFC 2033 names none, but forbids that of SMTP. */
const lmtpPort = 24

const addressLiteral = /^\[(?:[0-9.]+|IPv6:[0-9A-Fa-f:.]+)\]$/

const invalid = (setting: string, reason: string): Either.Either<never, ConfigError.ConfigError> =>
  Either.left(ConfigError.InvalidData([setting], reason))

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 1

const millis = (duration: Duration.DurationInput | undefined, otherwise: Duration.DurationInput): number =>
  Duration.toMillis(Duration.decode(duration ?? otherwise))

const succeeds = (run: () => unknown): boolean => Either.isRight(Either.try(run))

/** createSecureContext ignores an empty text, and checks others. */
const belongTogether = (cert: string, key: string): boolean =>
  cert !== "" && key !== "" && succeeds(() => createSecureContext({ cert, key }))

/** Why the certificates cannot be used, or undefined. */
const faultOf = ({ ca, cert, key, serverName }: Certificates): string | undefined => {
  if ((cert === undefined) !== (key === undefined)) return "cert, a client certificate, and its key go together"
  // createSecureContext ignores an authority that it cannot read, and then no certificate is trusted.
  if (ca !== undefined && !succeeds(() => new X509Certificate(ca))) return "ca is not a certificate in PEM"
  if (cert !== undefined && key !== undefined && !belongTogether(cert, Redacted.value(key))) {
    return "cert and key are not PEM, or the key is that of another certificate"
  }
  return serverName === undefined || Place.isHost(serverName) ? undefined : "serverName is not a host name or address"
}

const defaultTls = (options: Options): Tls => {
  if (Place.isPath(options.host)) return "none"
  if (options.port === ports.implicit) return "implicit"
  return options.auth === undefined ? "opportunistic" : "required"
}

/** Fills in the defaults; fails with the option that is not valid. */
export const decode = (options: Options): Either.Either<Resolved, ConfigError.ConfigError> => {
  const tls = options.tls ?? defaultTls(options)
  if (!Object.hasOwn(ports, tls)) return invalid("tls", "it is not implicit, required, opportunistic or none")
  const protocol = options.protocol ?? "smtp"
  if (protocol !== "smtp" && protocol !== "lmtp") return invalid("protocol", "it is not smtp or lmtp")
  const port = options.port ?? (protocol === "lmtp" ? lmtpPort : ports[tls])
  const clientName = options.clientName ?? "[127.0.0.1]"
  const pool = {
    maxConnections: options.pool?.maxConnections ?? 5,
    maxMessages: options.pool?.maxMessages ?? 100,
    idleTimeout: millis(options.pool?.idleTimeout, "30 seconds")
  }
  const certificates = options.certificates ?? {}
  const place = Place.faultOf(options, protocol, port)
  if (place !== undefined) return invalid(...place)
  if (!Place.hostName.test(clientName) && !addressLiteral.test(clientName)) {
    return invalid("clientName", "it is not a host name in ASCII or an address literal in brackets")
  }
  if (options.auth !== undefined && options.auth.user === "") return invalid("auth.user", "it is empty")
  if (!isCount(pool.maxConnections)) return invalid("pool.maxConnections", "it is not a positive number")
  if (!isCount(pool.maxMessages)) return invalid("pool.maxMessages", "it is not a positive number")
  const pipelining = options.pipelining ?? "messages"
  if (pipelining !== "messages" && pipelining !== "envelope" && pipelining !== "none") {
    return invalid("pipelining", "it is not messages, envelope or none")
  }
  const chunks = options.chunking?.window ?? 0
  if (options.chunking !== undefined && !isCount(chunks)) {
    return invalid("chunking.window", "it is not a positive number")
  }
  const fault = faultOf(certificates)
  if (fault !== undefined) return invalid("certificates", fault)
  return Either.right({
    host: options.host,
    protocol,
    port: Place.isPath(options.host) ? undefined : port,
    tls,
    auth: options.auth,
    clientName,
    timeouts: {
      connect: millis(options.timeouts?.connect, "30 seconds"),
      greeting: millis(options.timeouts?.greeting, "30 seconds"),
      command: millis(options.timeouts?.command, "2 minutes"),
      reply: millis(options.timeouts?.reply, "10 minutes"),
      send: millis(options.timeouts?.send, "30 minutes"),
      close: millis(options.timeouts?.close, "1 second")
    },
    pool,
    certificates,
    pipelining,
    chunks,
    window: pipelining === "messages" ? Math.max(2, chunks) : 1
  })
}
