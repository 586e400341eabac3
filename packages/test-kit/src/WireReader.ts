/**
 * The octets of a message on an SMTP connection, from DATA to the final dot, by RFC 5321 section 4.5.2.
 */

/** One octet as one character, so that strings can be compared octet by octet. */
export const binary = (octets: Uint8Array): string => Buffer.from(octets).toString("latin1")

/** The octets that a client sends for a message: dot-stuffed, and ended by the final dot. */
export const dotStuff = (message: Uint8Array): string => {
  const text = binary(message)
  const ended = text.endsWith("\r\n") ? text : `${text}\r\n`
  return `${ended.replace(/^\./, "..").replaceAll("\r\n.", "\r\n..")}.\r\n`
}

export interface Received {
  /** The message, without the stuffing. */
  readonly message: string
  /** What follows the final dot: the server would read it as commands. */
  readonly commands: string
}

const receive = (wire: string, lineEnd: RegExp): Received => {
  const lines = wire.split(lineEnd)
  const end = lines.indexOf(".")
  if (end < 0) throw new Error("the message never ends")
  return {
    message: lines.slice(0, end).map((line) => `${line.startsWith(".") ? line.slice(1) : line}\r\n`).join(""),
    commands: lines.slice(end + 1).join("\n")
  }
}

/** A server that keeps to the standard: only CRLF ends a line. */
export const receiveStrictly = (wire: string): Received => receive(wire, /\r\n/)

/** The server that SMTP smuggling needs: any CR or LF ends a line, and NUL is dropped. */
export const receiveSloppily = (wire: string): Received => receive(wire.replaceAll("\0", ""), /\r\n|\r|\n/)

/** What in the octets of a message no relay has to take. */
export const defects = (message: Uint8Array): ReadonlyArray<string> => {
  const text = binary(message)
  const found: Array<string> = []
  if (/\r(?!\n)/.test(text)) found.push("a CR without LF")
  if (/(?<!\r)\n/.test(text)) found.push("a LF without CR")
  if (!text.endsWith("\r\n")) found.push("no line end at the end")
  if (text.includes("\0")) found.push("a NUL")
  if (/[\x80-\xff]/.test(text)) found.push("an octet above 127")
  const maxLength = Math.max(...text.split("\r\n").map((line) => line.length))
  if (maxLength > 998) found.push(`a line of ${maxLength} octets`)
  return found
}

/** Whether a text holds a control character, a line separator included. */
export const hasControl = (text: string): boolean => /[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(text)
