import * as Redacted from "effect/Redacted"
import type * as net from "node:net"
import SMTPConnection from "nodemailer/lib/smtp-connection"
import type { Settings } from "./smtpOptions.js"
import * as Secrets from "./smtpSecrets.js"

/**
 * An error of nodemailer's connection.
 *
 * @internal
 */
export interface SmtpError extends Error {
  readonly code?: string | undefined
  readonly originalCode?: string | undefined
}

/**
 * Hears what is said in the handshake, before nodemailer acts on it.
 *
 * @internal
 */
export interface Listener {
  readonly onCommand: (line: string) => void
  readonly onReply: (reply: string) => void
}

/**
 * Not "XOAUTH2": for that nodemailer takes whatever else the server offers first, unless it makes the tokens itself.
 *
 * @internal
 */
export const accessTokenMethod = "ACCESS-TOKEN"

const largestReply = 512 * 1024
/** nodemailer's own limits measure inactivity only: ours come first. */
const beyondOurLimits = 2 ** 31 - 1

/**
 * nodemailer's connection over a socket: it is for greeting, encryption and login.
 *
 * @internal
 */
export const make = (settings: Settings, socket: net.Socket, { onCommand, onReply }: Listener): SMTPConnection => {
  const { certificates, tls } = settings
  return new SMTPConnection({
    connection: socket,
    host: settings.host,
    port: settings.port,
    name: settings.clientName,
    secure: tls === "implicit",
    requireTLS: tls === "required",
    opportunisticTLS: tls === "opportunistic",
    ignoreTLS: tls === "none",
    servername: certificates.serverName,
    tls: {
      ca: certificates.ca,
      cert: certificates.cert,
      key: certificates.key === undefined ? undefined : Redacted.value(certificates.key)
    },
    connectionTimeout: beyondOurLimits,
    greetingTimeout: beyondOurLimits,
    socketTimeout: beyondOurLimits,
    socketCloseTimeout: 0,
    maxResponseSize: largestReply,
    transactionLog: true,
    logger: {
      debug: (entry: { readonly tnx?: string }, line: string): void => {
        if (entry.tnx === "client") onCommand(line)
        else if (entry.tnx === "server") onReply(line)
      }
    },
    customAuth: { [accessTokenMethod]: presentAccessToken }
  })
}

const presentAccessToken = (
  { auth, reject, resolve, sendCommand }: SMTPConnection.CustomAuthenticationContext
): void => {
  const { pass, user } = auth.credentials
  sendCommand(`AUTH XOAUTH2 ${Secrets.xoauth2(user, pass)}`, (_, answer) => {
    if (answer.status === 235) return resolve()
    if (answer.status !== 334) return reject("refused")
    // The challenge holds the reason of the refusal; an empty answer lets the server refuse.
    sendCommand("", () => reject("refused"))
  })
}
