import { Ledger, type Said } from "./transcript.js"

/** What did not work. */
const failure = new RegExp(
  [
    "fail|undeliver|(?:un)?able to deliver|did not reach|affected|error has occurred|problem with",
    "(?:not|n't|cannot) (?:be )?(?:deliver|reach|sen[dt])|(?:fatal|delivery) (?:error|problem)"
  ].join("|"),
  "i"
)

/** And for whom. */
const persons = /\brecipients?\b|\baddress|\busers?\b|\bdelivered to\b|\bfailure reasons?\b/i

const longestLine = 1000
const longestAnnouncement = 300

/** Whether a paragraph, up to its last line, says that addresses follow. */
const announces = (paragraph: string): boolean =>
  /[:.-]\s*$/.test(paragraph) && failure.test(paragraph) && persons.test(paragraph)

/** An address at the start of a line, in any of the brackets and bullets that are in use, with what is behind it. */
const entry = /^([ \t>*"'[-]{0,20})<?([^\s<>"'[\](),;:]{3,320})>?["'\]]{0,1}(.*)$/

/** A line that says alone that an address was not reached. */
const sentence = new RegExp(
  "^\\s{0,20}(?:(?:\\w{1,12} ){0,3}(?:unable to deliver(?: \\w{1,10})? to|not (?:be )?delivered to|undeliverable to" +
    "|failed to deliver(?: \\w{1,10})? to|addressed to|unknown user|invalid recipient))\\s?:?\\s{0,5}<?([^\\s<>]{3,320})>?\\s*$",
  "i"
)

/** An entry without an announcement: what Postfix writes, and those that imitate qmail. */
const paragraph = /^<([^<>\s]{3,320})>:?\s*(.*)$/

interface Open {
  readonly address: string
  readonly indentation: string
}

/**
 * The addresses that a report lists: below a sentence that says that they were not reached, or each in a sentence of its
 * own. What is behind an address, up to the next one, is about it.
 */
export const read = (
  lines: ReadonlyArray<string>,
  isRecipient: (address: string) => boolean
): ReadonlyArray<Said> => {
  const ledger = new Ledger()
  let before = ""
  let reason = ""
  let expected = 0
  let open: Open | undefined
  for (const whole of lines) {
    const line = whole.slice(0, longestLine)
    if (line.trim() === "") {
      before = ""
      continue
    }
    const alone = sentence.exec(line)?.[1]
    const [, indentation = "", address = "", rest = ""] = entry.exec(line) ?? []
    const isEntry = isRecipient(address) && (expected > 0 || open?.indentation === indentation)
    if (alone !== undefined && isRecipient(alone)) {
      open = { address: alone, indentation: "\0" }
      ledger.add(alone, line)
      expected = 0
    } else if (isEntry) {
      open = { address, indentation }
      ledger.add(address, `${reason} ${rest}`.trim())
      expected = 0
      reason = ""
    } else if (open !== undefined) ledger.add(open.address, line.trim())
    else {
      before = before.length > longestAnnouncement ? line : `${before} ${line}`
      if (announces(before)) {
        expected = 2
        reason = ""
      } else if (expected > 0) {
        // One line may say the reason in front of the addresses.
        reason = line.trim()
        expected--
      }
    }
  }
  return ledger.said
}

/** Paragraphs that begin with an address in angle brackets, and hold what was said of it. */
export const readParagraphs = (
  lines: ReadonlyArray<string>,
  isRecipient: (address: string) => boolean
): ReadonlyArray<Said> => {
  const ledger = new Ledger()
  let open: string | undefined
  for (const whole of lines) {
    const line = whole.slice(0, longestLine)
    const [, address = "", rest = ""] = paragraph.exec(line) ?? []
    if (isRecipient(address)) {
      open = address
      ledger.add(address, rest)
    } else if (line.trim() === "") open = undefined
    else if (open !== undefined) ledger.add(open, line.trim())
  }
  return ledger.said
}
