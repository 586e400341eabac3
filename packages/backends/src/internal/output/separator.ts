/**
 * A line feed, 79 hyphens and a line feed. It cannot occur in a message, where each line feed follows a carriage return.
 */
const separator = new TextEncoder().encode(`\n${"-".repeat(79)}\n`)

/** Ends each message of several. */
export const bytes: Uint8Array = separator

/** A message and its separator in one piece. */
export const append = (message: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(message.length + separator.length)
  whole.set(message)
  whole.set(separator, message.length)
  return whole
}

const isAt = (octets: Uint8Array, at: number): boolean => separator.every((octet, i) => octets[at + i] === octet)

/** The messages that end with a separator. What follows the last separator is incomplete, and left out. */
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
