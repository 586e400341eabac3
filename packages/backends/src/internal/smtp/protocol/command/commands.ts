import * as Extensions from "./extensions.js"

/** The commands of an envelope, without line ends (RFC 5321 section 4.1.1). */
export interface Envelope {
  readonly mail: string
  readonly rcpts: ReadonlyArray<string>
}

const lineBreak = /[\r\n]/

const checked = (line: string): string => {
  if (lineBreak.test(line)) throw new Error("an address of the envelope holds a line break")
  return line
}

/** MAIL and RCPT for a message, with the parameters that the server understands. */
export const envelope = (offered: Extensions.Offered, demands: Extensions.Demands): Envelope => {
  const parameters = Extensions.rcptParameters(offered, demands.envelope)
  return {
    mail: checked(`MAIL FROM:<${demands.envelope.from}>${Extensions.mailParameters(offered, demands)}`),
    rcpts: demands.envelope.to.map((recipient) => checked(`RCPT TO:<${recipient}>${parameters}`))
  }
}
