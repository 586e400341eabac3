import type { ConnectionError } from "@effect-mail/core/MailError"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as net from "node:net"
import * as tls from "node:tls"
import type { Resolved } from "../options.js"
import { isPath } from "../place.js"
import { connectionError } from "../protocol/connectionError.js"

type Failure = readonly [reason: ConnectionError["reason"], detail: ConnectionError["detail"], description: string]

const unknownHost: Failure = ["Dns", "UnknownHost", "there is no host of this name"]
const noNameServer: Failure = ["Dns", "NameServer", "the host name could not be resolved: no name server answered"]
const unreachable: Failure = ["Refused", "Unreachable", "no way leads to the server"]
const forbidden: Failure = ["Refused", "Forbidden", "this machine does not allow the connection"]

const failures: Readonly<Record<string, Failure>> = {
  ENOTFOUND: unknownHost,
  EAI_NODATA: unknownHost,
  EAI_AGAIN: noNameServer,
  EAI_FAIL: noNameServer,
  EDNS: noNameServer,
  ECONNREFUSED: ["Refused", "NotListening", "no server listens there"],
  // A Unix domain socket that is not there.
  ENOENT: ["Refused", "NotListening", "no server listens there"],
  ENOTDIR: ["Refused", "NotListening", "no server listens there"],
  ENOTSOCK: ["Refused", "NotListening", "no server listens there"],
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  EADDRNOTAVAIL: unreachable,
  EACCES: forbidden,
  EPERM: forbidden,
  ETIMEDOUT: ["Timeout", "Connecting", "the server could not be reached"]
}

/** A TCP connection that is closed with its scope. Connecting is interruptible. */
export const connect = (settings: Resolved): Effect.Effect<net.Socket, ConnectionError, Scope.Scope> =>
  Effect.gen(function*() {
    const socket = new net.Socket()
    // An error event without a listener ends the process.
    socket.on("error", () => undefined)
    // Added to the scope itself: acquireRelease would retain the connecting fiber.
    yield* Scope.addFinalizer(yield* Effect.scope, Effect.sync(() => socket.destroy()))
    yield* Effect.async<void, ConnectionError>((resume) => {
      const settle = (outcome: Effect.Effect<void, ConnectionError>): void => {
        socket.off("connect", succeed).off("error", fail)
        resume(outcome)
      }
      const succeed = (): void => settle(Effect.void)
      const fail = (error: NodeJS.ErrnoException): void => settle(Effect.fail(socketError(error)))
      socket.on("connect", succeed).on("error", fail)
      socket.setNoDelay(true)
      const { host, port } = settings
      socket.connect(port === undefined ? { path: host } : { host, port, autoSelectFamily: true })
    }).pipe(
      Effect.timeoutFail({
        duration: settings.timeouts.connect,
        onTimeout: () => connectionError("Timeout", "the server could not be reached in time", { detail: "Connecting" })
      })
    )
    return socket
  })

const socketError = (cause: NodeJS.ErrnoException): ConnectionError => {
  const failure = failures[cause.code ?? ""] ?? ["Lost", undefined, "the connection was lost while it was made"]
  const [reason, detail, description] = failure
  return connectionError(reason, description, { detail, cause })
}

/** TLS over an open connection. Errors, also of certificates, are events of the socket. */
export const encrypt = (socket: net.Socket, settings: Resolved, onEncrypted: () => void): net.Socket => {
  const { ca, cert, key, serverName } = settings.certificates
  const host = isPath(settings.host) ? "localhost" : settings.host
  const name = serverName ?? (net.isIP(host) === 0 ? host : undefined)
  const encrypted = tls.connect({
    socket,
    host,
    ...name === undefined ? {} : { servername: name },
    ca,
    cert,
    key: key === undefined ? undefined : Redacted.value(key)
  })
  encrypted.once("secureConnect", onEncrypted)
  return encrypted
}
