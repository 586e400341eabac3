import { headerEnd, readFields } from "./ready.js"

/**
 * The mailboxes of a field that holds a list of them, without their names (RFC 5322 section 3.4). Commas, quotes and angle
 * brackets count only where they are not quoted.
 */
const mailboxes = (value: string): ReadonlyArray<string> => {
  const found: Array<string> = []
  let isQuoted = false
  let start = 0
  let end: number | undefined
  const close = (at: number): void => {
    const text = value.slice(start, end ?? at).trim()
    if (text !== "") found.push(text)
    start = at + 1
    end = undefined
  }
  for (let i = 0; i < value.length; i++) {
    const char = value.charAt(i)
    if (isQuoted && char === "\\") i++
    else if (char === "\"") isQuoted = !isQuoted
    else if (isQuoted) continue
    else if (char === "<") start = i + 1
    else if (char === ">") end = i
    else if (char === ",") close(i)
  }
  close(value.length)
  return found
}

/** The addresses in the header of a stored message. */
export interface Named {
  readonly from: string | undefined
  readonly recipients: ReadonlyArray<string>
}

/** Reads the addresses in the header of a stored message, which has only its bytes. */
export const named = (octets: Uint8Array): Named => {
  const end = headerEnd(octets)
  const fields = readFields(new TextDecoder().decode(octets.subarray(0, end < 0 ? 0 : end)))
  const all = (name: string) => (fields?.get(name) ?? []).flatMap(mailboxes)
  const [from] = all("from")
  return { from, recipients: [...all("to"), ...all("cc")] }
}
