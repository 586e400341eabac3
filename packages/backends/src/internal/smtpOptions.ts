import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { X509Certificate } from "node:crypto"
import { isIP } from "node:net"
import { createSecureContext } from "node:tls"
import type * as Smtp from "../Smtp.js"

/**
 * Options with every default filled in, durations in milliseconds.
 *
 * @internal
 */
export interface Settings {
  readonly host: string
  readonly port: number
  readonly tls: Smtp.Tls
  readonly auth: Smtp.Auth | undefined
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
  readonly certificates: Smtp.Certificates
}

const ports: Readonly<Record<Smtp.Tls, number>> = { implicit: 465, required: 587, opportunistic: 25, none: 25 }

const hostName =
  /^(?=.{1,255}$)[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?)*$/
const addressLiteral = /^\[(?:[0-9.]+|IPv6:[0-9A-Fa-f:.]+)\]$/

const invalid = (setting: string, reason: string): Either.Either<never, ConfigError.ConfigError> =>
  Either.left(ConfigError.InvalidData([setting], reason))

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 1

const millis = (duration: Duration.DurationInput | undefined, otherwise: Duration.DurationInput): number =>
  Duration.toMillis(Duration.decode(duration ?? otherwise))

/** Whether the certificates can be read, and the key is that of its certificate. */
const areUsable = ({ ca, cert, key }: Smtp.Certificates): boolean =>
  Either.isRight(Either.try(() => [
    // A secure context passes over an authority that it cannot read, and then trusts nobody.
    ca === undefined || new X509Certificate(ca),
    createSecureContext({ cert, key: key === undefined ? undefined : Redacted.value(key) })
  ]))

const defaultTls = (options: Smtp.Options): Smtp.Tls => {
  if (options.port === ports.implicit) return "implicit"
  return options.auth === undefined ? "opportunistic" : "required"
}

/**
 * Fills in the defaults, and says which option cannot be.
 *
 * @internal
 */
export const decode = (options: Smtp.Options): Either.Either<Settings, ConfigError.ConfigError> => {
  const tls = options.tls ?? defaultTls(options)
  if (!Object.hasOwn(ports, tls)) return invalid("tls", "it is not implicit, required, opportunistic or none")
  const port = options.port ?? ports[tls]
  const clientName = options.clientName ?? "[127.0.0.1]"
  const pool = {
    maxConnections: options.pool?.maxConnections ?? 5,
    maxMessages: options.pool?.maxMessages ?? 100,
    idleTimeout: millis(options.pool?.idleTimeout, "30 seconds")
  }
  const certificates = options.certificates ?? {}
  if (!hostName.test(options.host) && isIP(options.host) === 0) {
    return invalid("host", "it is not a host name or address")
  }
  if (!Number.isInteger(port) || port < 1 || port > 65535) return invalid("port", "it is not between 1 and 65535")
  if (!hostName.test(clientName) && !addressLiteral.test(clientName)) {
    return invalid("clientName", "it is not a host name in ASCII or an address literal in brackets")
  }
  if (options.auth !== undefined && options.auth.user === "") return invalid("auth.user", "it is empty")
  if (!isCount(pool.maxConnections)) return invalid("pool.maxConnections", "it is not a positive number")
  if (!isCount(pool.maxMessages)) return invalid("pool.maxMessages", "it is not a positive number")
  if ((certificates.cert === undefined) !== (certificates.key === undefined)) {
    return invalid("certificates", "a client certificate and its key go together")
  }
  if (!areUsable(certificates)) return invalid("certificates", "they are not PEM, or the key is that of another one")
  return Either.right({
    host: options.host,
    port,
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
    certificates
  })
}
