/**
 * A line feed, 79 hyphens and a line feed. The bytes of a message hold no line feed without a carriage return before it,
 * so that this never occurs inside one: there a line of 79 hyphens ends in CRLF.
 */
const separator = new TextEncoder().encode(`\n${"-".repeat(79)}\n`)

/** What ends each message where several stand one after the other. */
export const bytes: Uint8Array = separator

/** A message and its separator in one piece. */
export const append = (message: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(message.length + separator.length)
  whole.set(message)
  whole.set(separator, message.length)
  return whole
}

const isAt = (octets: Uint8Array, at: number): boolean => separator.every((octet, i) => octets[at + i] === octet)

/** The messages that separators end. What stands after the last separator is not whole, and left out. */
export const split = (octets: Uint8Array): ReadonlyArray<Uint8Array> => {
  const messages: Array<Uint8Array> = []
  let start = 0
  for (let at = octets.indexOf(10); at >= 0; at = octets.indexOf(10, at + 1)) {
    if (isAt(octets, at)) {
      messages.push(new Uint8Array(octets.subarray(start, at)))
      at += separator.length - 1
      start = at + 1
    }
  }
  return messages
}
