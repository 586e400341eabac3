import type * as Envelope from "@effect-mail/core/Envelope"
import * as TerminalText from "@effect-mail/core/TerminalText"

/**
 * The envelope as the commands of SMTP (RFC 5321 section 4.1.1), one a line. `hidden`: recipients that no header field
 * names.
 */
export const envelopeLines = ({ from, to }: Envelope.Envelope, hidden: ReadonlyArray<string>): string => {
  const unnamed = new Set(hidden)
  return TerminalText.lines([
    `MAIL FROM:<${from}>`,
    ...to.map((address) => `RCPT TO:<${address}>${unnamed.has(address) ? "  (not in the header)" : ""}`)
  ].join("\n"))
}
