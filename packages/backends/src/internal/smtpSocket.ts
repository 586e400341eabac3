import type { ConnectionError } from "@effect-mail/core/MailError"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as net from "node:net"
import type { Settings } from "./smtpOptions.js"
import * as Verdict from "./smtpVerdict.js"

const dnsCodes = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA", "EDNS"])
const refusedCodes = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EACCES", "EPERM", "EADDRNOTAVAIL"])

/**
 * A TCP connection that ends with its scope, and that can be given up at any time.
 *
 * @internal
 */
export const connect = (settings: Settings): Effect.Effect<net.Socket, ConnectionError, Scope.Scope> =>
  Effect.gen(function*() {
    const socket = new net.Socket()
    // Late errors of a socket that nobody uses any more must not end the process.
    socket.on("error", () => undefined)
    yield* Effect.addFinalizer(() => Effect.sync(() => socket.destroy()))
    yield* Effect.async<void, ConnectionError>((resume) => {
      socket.once("connect", () => resume(Effect.void))
      socket.once("error", (error: NodeJS.ErrnoException) => resume(Effect.fail(socketError(error))))
      socket.connect({ host: settings.host, port: settings.port, autoSelectFamily: true })
    }).pipe(
      Effect.timeoutFail({
        duration: settings.timeouts.connect,
        onTimeout: () => Verdict.connectionError("Timeout", "the server could not be reached in time")
      })
    )
    return socket
  })

const socketError = (cause: NodeJS.ErrnoException): ConnectionError => {
  const code = cause.code ?? ""
  if (dnsCodes.has(code)) return Verdict.connectionError("Dns", "the host name could not be resolved", { cause })
  if (refusedCodes.has(code)) return Verdict.connectionError("Refused", "the server refused the connection", { cause })
  if (code === "ETIMEDOUT") return Verdict.connectionError("Timeout", "the server could not be reached", { cause })
  return Verdict.connectionError("Lost", "the connection was lost while it was made", { cause })
}
