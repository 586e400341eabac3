import { type Check, count, plural } from "./check.js"

const lineFeed = 10

interface Longest {
  readonly length: number
  readonly at: number
}

/** The longest line between two offsets, without its line end. */
const longestLine = (octets: Uint8Array, start: number, end: number): Longest => {
  let longest = { length: 0, at: start }
  for (let at = start; at < end;) {
    const feed = octets.indexOf(lineFeed, at)
    const stop = feed < 0 || feed > end ? end : feed
    const length = stop - at - (octets[stop - 1] === 13 && stop > at ? 1 : 0)
    if (length > longest.length) longest = { length, at }
    at = stop + 1
  }
  return longest
}

const lineTooLong: Check = {
  id: "line-too-long",
  grade: "error",
  source: "RFC 5322 §2.1.1",
  run: ({ mail }) => {
    const { at, length } = longestLine(mail.octets, 0, mail.octets.length)
    return length > 998
      ? {
        title: `A line of ${count(length)} octets`,
        detail: "Servers may cut or refuse lines over 998. Quoted-printable or base64 would keep them short.",
        at
      }
      : undefined
  }
}

const headerLineLong: Check = {
  id: "header-line-long",
  grade: "taste",
  source: "RFC 5322 §2.1.1",
  run: ({ mail: { octets, root } }) => {
    const { at, length } = longestLine(octets, root.start, root.bodyStart)
    return length > 78 && length <= 998
      ? { title: `A header line of ${length} octets`, detail: "Lines should have no more than 78. Fold it.", at }
      : undefined
  }
}

const bareLineEnd: Check = {
  id: "bare-line-end",
  grade: "error",
  source: "RFC 5321 §2.3.8",
  run: ({ mail: { octets } }) => {
    let first: number | undefined
    let bare = 0
    for (let at = octets.indexOf(lineFeed); at >= 0; at = octets.indexOf(lineFeed, at + 1)) {
      if (octets[at - 1] === 13) continue
      bare++
      first ??= at
    }
    for (let at = octets.indexOf(13); at >= 0; at = octets.indexOf(13, at + 1)) {
      if (octets[at + 1] === lineFeed) continue
      bare++
      first ??= at
    }
    return first === undefined ? undefined : {
      title: `${plural(bare, "line end")} without CR or LF`,
      detail: "A bare CR or LF is changed or refused on the way, and signatures break.",
      at: first
    }
  }
}

const eightBitHeader: Check = {
  id: "eight-bit-header",
  grade: "error",
  source: "RFC 5322 §2.2, RFC 6532",
  run: ({ detail, mail: { octets, root } }) => {
    const isUtf8 = detail.dialogue.some(({ from, text }) => from === "client" && /^MAIL .*\bSMTPUTF8\b/i.test(text))
    const at = octets.subarray(root.start, root.bodyStart).findIndex((octet) => octet > 127)
    return at < 0 || isUtf8 ? undefined : {
      title: "Octets beyond ASCII in the header",
      detail: "Without SMTPUTF8 a header is ASCII: encode them as RFC 2047 says.",
      at: root.start + at
    }
  }
}

const nullOctet: Check = {
  id: "nul",
  grade: "error",
  source: "RFC 5321 §4.1.1.4",
  run: ({ mail: { octets } }) => {
    const at = octets.indexOf(0)
    return at < 0 ? undefined : { title: "NUL octets", detail: "Servers remove them or refuse the message.", at }
  }
}

export const lineChecks: ReadonlyArray<Check> = [lineTooLong, headerLineLong, bareLineEnd, eightBitHeader, nullOctet]
