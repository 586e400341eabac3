/** Three octets are four characters: whole groups need no padding. */
const group = 3 * 8192

/** Base64 (RFC 4648 section 4) by what every runtime has built in: attachments may have megabytes. */
export const encode = (octets: Uint8Array): string => {
  let text = ""
  for (let start = 0; start < octets.length; start += group) {
    text += btoa(String.fromCharCode(...octets.subarray(start, start + group)))
  }
  return text
}

/** The alphabet for URLs, without padding (RFC 4648 section 5). */
export const encodeUrl = (octets: Uint8Array): string =>
  encode(octets).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")
