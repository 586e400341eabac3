import type { DeliveryNotification, Message } from "@effect-mail/core/Message"
import type { Outgoing } from "@effect-mail/core/Outgoing"
import * as Option from "effect/Option"
import type { Step } from "./smtpDialogue.js"

/**
 * A command line, and the step of the session that its reply belongs to.
 *
 * @internal
 */
export interface Command {
  readonly step: Step
  readonly line: string
}

/**
 * @internal
 */
export const rset: Command = { step: "RSET", line: "RSET" }

/**
 * @internal
 */
export const data: Command = { step: "DATA", line: "DATA" }

/**
 * @internal
 */
export const quit: Command = { step: "QUIT", line: "QUIT" }

const beyondXtext = /[^\x21-\x2a\x2c-\x3c\x3e-\x7e]/g

/** RFC 3461 section 4: printable ASCII but "+" and "=", everything else as "+" and two hexadecimal digits. */
const xtext = (text: string): string =>
  text.replace(beyondXtext, (char) => `+${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`)

type Extensions = ReadonlyMap<string, string>

const notificationOf = (message: Message, extensions: Extensions): DeliveryNotification | undefined =>
  extensions.has("DSN") ? Option.getOrUndefined(message.deliveryNotification) : undefined

/** RFC 5321 section 4.1.1.2, with what RFC 6531, 6152, 1870, 3461 and 8689 add where the server knows it. */
const mail = ({ eightBit, envelope, message }: Outgoing, size: number | undefined, extensions: Extensions): string => {
  const notification = notificationOf(message, extensions)
  let line = `MAIL FROM:<${envelope.from}>`
  if (envelope.smtpUtf8) line += " SMTPUTF8"
  if (eightBit) line += " BODY=8BITMIME"
  if (size !== undefined && extensions.has("SIZE")) line += ` SIZE=${size}`
  if (notification?.return !== undefined) line += notification.return === "full" ? " RET=FULL" : " RET=HDRS"
  if (notification?.envelopeId !== undefined) line += ` ENVID=${xtext(notification.envelopeId)}`
  if (message.requireTls) line += " REQUIRETLS"
  return line
}

const rcptParameters = (message: Message, extensions: Extensions): string => {
  const notify = notificationOf(message, extensions)?.notify
  if (notify === undefined || notify.length === 0) return ""
  return ` NOTIFY=${notify === "never" ? "NEVER" : notify.map((event) => event.toUpperCase()).join(",")}`
}

/**
 * The commands that come before a message, from MAIL to DATA.
 *
 * @internal
 */
export const envelope = (
  outgoing: Outgoing,
  size: number | undefined,
  extensions: Extensions
): Array<Command> => {
  const parameters = rcptParameters(outgoing.message, extensions)
  const commands: Array<Command> = [{ step: "MAIL", line: mail(outgoing, size, extensions) }]
  for (const recipient of outgoing.envelope.to) {
    commands.push({ step: "RCPT", line: `RCPT TO:<${recipient}>${parameters}` })
  }
  commands.push(data)
  return commands
}
