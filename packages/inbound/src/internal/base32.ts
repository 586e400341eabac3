const alphabet = "abcdefghijklmnopqrstuvwxyz234567"

/** Base32 (RFC 4648 section 6) in lower case, without padding: local parts may lose their capitals on the way. */
export const encode = (octets: Uint8Array): string => {
  let text = ""
  let bits = 0
  let value = 0
  for (const octet of octets) {
    value = (value << 8) | octet
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet.charAt((value >>> (bits - 5)) & 31)
    value &= (1 << bits) - 1
  }
  return bits > 0 ? text + alphabet.charAt((value << (5 - bits)) & 31) : text
}

/** Undefined for what `encode` does not write. */
export const decode = (text: string): Uint8Array | undefined => {
  const octets: Array<number> = []
  let bits = 0
  let value = 0
  for (const character of text) {
    const digit = alphabet.indexOf(character)
    if (digit < 0) return undefined
    value = (value << 5) | digit
    bits += 5
    if (bits >= 8) {
      bits -= 8
      octets.push((value >>> bits) & 255)
      value &= (1 << bits) - 1
    }
  }
  return value === 0 && bits < 5 ? Uint8Array.from(octets) : undefined
}
