/** An address, and what a server said of it. */
export interface Said {
  readonly address: string
  readonly words: string
}

const longestWords = 1000

/** What was said of each address, in the order of the first mention. */
export class Ledger {
  readonly #words = new Map<string, string>()

  add(address: string, words: string): void {
    const before = this.#words.get(address) ?? ""
    if (before.length >= longestWords) return
    this.#words.set(address, before === "" ? words : `${before} ${words}`)
  }

  get said(): ReadonlyArray<Said> {
    return Array.from(this.#words, ([address, words]) => ({ address, words }))
  }
}

/** A prefix of a line of a dialogue: `<<< ` of sendmail, `Received >>> ` of others. */
const prefix = /^\s{0,20}(?:(?:[A-Z][a-z]{1,11} )?(?:<<<|>>>) ?)?/

const command = /\bRCPT TO: ?<?([^<>\s]{3,320})>?/i
const reply = /^[45][0-5]\d(?:[ -]|$)/
const replyWithStatus = /[45][0-5]\d[ -][45]\.\d{1,3}\.\d{1,3}/

/** The addresses in angle brackets. */
const bracketed = (line: string): ReadonlyArray<string> =>
  Array.from(line.matchAll(/<([^<>\s]{3,320})>/g), ([, address = ""]) => address)

/** A sender that is refused is not the recipient whom the message did not reach. */
const isAboutSender = (line: string): boolean => /\bsender\b|\bMAIL FROM\b/i.test(line)

const longestLine = 1000

/**
 * What servers said in the transcript of a session, as sendmail and others write it: replies that name an address, replies
 * behind a RCPT command, and lines with one address and a reply that has a status.
 */
export const read = (
  lines: ReadonlyArray<string>,
  isRecipient: (address: string) => boolean
): ReadonlyArray<Said> => {
  const ledger = new Ledger()
  let asked: string | undefined
  for (const whole of lines) {
    const line = whole.slice(0, longestLine).replace(prefix, "")
    const rcpt = command.exec(line)?.[1]
    const isReply = reply.test(line)
    const [named, ...others] = bracketed(line).filter(isRecipient)
    if (isReply && named !== undefined && others.length === 0 && !isAboutSender(line)) {
      ledger.add(named, line)
      asked = undefined
    } else if (isReply && asked !== undefined && !isAboutSender(line)) {
      ledger.add(asked, line)
      asked = undefined
    } else if (!isReply && rcpt === undefined && named !== undefined && others.length === 0) {
      if (replyWithStatus.test(line) && !isAboutSender(line)) ledger.add(named, line)
    } else if (rcpt !== undefined && isRecipient(rcpt)) asked = rcpt
    else if (line.trim() === "") asked = undefined
  }
  return ledger.said
}

/** The first line that is a reply, wherever it is. */
export const firstReply = (lines: ReadonlyArray<string>): string =>
  lines.map((line) => line.slice(0, longestLine).replace(prefix, "")).find((line) => reply.test(line)) ?? ""
