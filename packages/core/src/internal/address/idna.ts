/**
 * The patterns are made when the first domain needs them: classes of Unicode take several milliseconds.
 */
const makePatterns = () => {
  const regExp = (source: string, flags = "u"): RegExp => new RegExp(source, flags)
  // The classes of RFC 5893 by the blocks of Unicode that are kept for them: marks are told apart by `\p{Mn}`.
  const rightToLeft = "\\u0590-\\u065f\\u066a\\u066d-\\u06ef\\u06fa-\\u08ff\\ufb1d-\\ufdff\\ufe70-\\ufeff" +
    "\\u{10800}-\\u{10d2f}\\u{10d3a}-\\u{10e5f}\\u{10e7f}-\\u{10fff}\\u{1e800}-\\u{1efff}"
  const arabicNumber = "\\u0660-\\u0669\\u066b\\u066c\\u{10d30}-\\u{10d39}\\u{10e60}-\\u{10e7e}"
  const europeanNumber = "0-9\\u06f0-\\u06f9"
  const neutral = "\\-\\p{Sc}\\u00b7\\u02b9\\u02ba\\u02c2-\\u02cf\\u02ec\\u0374\\u0375\\u200c\\u200d\\u30fb\\ua67f" +
    "\\ua717-\\ua721\\u2e2f\\ua788"
  // RFC 5892, appendix A.1 and A.2: behind a virama, which is a mark of one script, or between two letters of which the
  // first joins to its left. Of the scripts that join, Arabic is written with it.
  const markOfScript = "(?!\\p{Script=Inherited}|\\p{Script=Arabic})\\p{M}"
  const joinsLeft =
    "\\u0620\\u0626\\u0628\\u062a-\\u062e\\u0633-\\u063f\\u0641-\\u0647\\u0649\\u064a\\u066e\\u066f\\u0678-\\u0687" +
    "\\u069a-\\u06bf\\u06c1\\u06c2\\u06cc\\u06ce\\u06d0\\u06d1\\u06fa-\\u06fc\\u06ff"
  const letters = "\\u0620\\u0622-\\u064a\\u066e-\\u0673\\u0675-\\u06d3\\u06d5\\u06ee\\u06ef\\u06fa-\\u06fc\\u06ff"
  return {
    // UTS-46 deletes these without a word, so that the domain that is mailed would not be the one that was written.
    ignorable: regExp("(?![\\u200c\\u200d])\\p{Default_Ignorable_Code_Point}"),
    // The code points of an IDNA 2008 U-label (RFC 5892), and the currency signs of IDNA 2003, which other mail programs
    // write to; UTS-46 alone lets every symbol and emoji through.
    uLabel: regExp(
      "^[\\p{Ll}\\p{Lo}\\p{Lm}\\p{Mn}\\p{Mc}\\p{Nd}\\p{Sc}\\-\\u00b7\\u0375\\u05f3\\u05f4\\u06fd\\u06fe\\u0f0b\\u3007\\u30fb" +
        "\\u200c\\u200d]+$"
    ),
    badEdges: regExp("^-|-$|^..--|^\\p{M}"),
    isBidi: regExp(`(?!\\p{Mn})[${rightToLeft}${arabicNumber}]`),
    leftToRightLabel: regExp(
      `^(?![${europeanNumber}${neutral}\\p{Mn}])(?:(?![${rightToLeft}${arabicNumber}])\\P{Mn}|\\p{Mn})*` +
        `(?![${rightToLeft}${arabicNumber}${neutral}\\p{Mn}]).\\p{Mn}*$`
    ),
    rightToLeftLabel: regExp(
      `^(?!\\p{Mn})[${rightToLeft}](?:[${rightToLeft}${arabicNumber}${europeanNumber}${neutral}\\p{Mn}]*` +
        `(?!\\p{Mn})[${rightToLeft}${arabicNumber}${europeanNumber}])?\\p{Mn}*$`
    ),
    mixesNumbers: regExp(`[${arabicNumber}].*[${europeanNumber}]|[${europeanNumber}].*[${arabicNumber}]`),
    rightJoiner: regExp(
      `(?<=${markOfScript})[\\u200c\\u200d]|(?<=[${joinsLeft}]\\p{Mn}*)\\u200c(?=\\p{Mn}*(?!\\p{Mn})[${letters}])`,
      "gu"
    ),
    markAndJoiner: regExp(`${markOfScript}[\\u200c\\u200d]`, "gu")
  }
}

let made: ReturnType<typeof makePatterns> | undefined
const patterns = (): ReturnType<typeof makePatterns> => made ??= makePatterns()

// A URL parser reads the other ASCII characters as its own syntax: `é/x` would become the domain `é`.
const foreignAscii = /[^A-Za-z0-9.\-\u0080-\u{10ffff}]/u

const joiner = /[\u200c\u200d]/

/** RFC 5893 section 2. URL parsers skip some of its rules, and the ASCII labels of the domain. */
const keepsDirection = (labels: ReadonlyArray<string>): boolean => {
  const { isBidi, leftToRightLabel, mixesNumbers, rightToLeftLabel } = patterns()
  return !labels.some((label) => isBidi.test(label)) ||
    labels.every((label) => leftToRightLabel.test(label) || (rightToLeftLabel.test(label) && !mixesNumbers.test(label)))
}

/** Its host in A-labels by UTS-46 (non-transitional), or nothing. */
const hostOf = (domain: string): string | undefined => {
  try {
    return new URL(`http://${domain}/`).hostname
  } catch {
    return undefined
  }
}

/** Some URL parsers look at the first joiner alone, but all know which marks are viramas. */
const keepsJoiners = (label: string): boolean =>
  !joiner.test(label) ||
  (!joiner.test(label.replace(patterns().rightJoiner, "")) &&
    (label.match(patterns().markAndJoiner) ?? []).every((found) => hostOf(`a${found}`) !== undefined))

const digitOf = (code: number): number =>
  code >= 0x30 && code <= 0x39 ? code - 0x30 + 26 : code >= 0x61 && code <= 0x7a ? code - 0x61 : 36

/** RFC 3492 section 6.1. */
const adapt = (delta: number, points: number, isFirst: boolean): number => {
  let rest = Math.floor(delta / (isFirst ? 700 : 2))
  rest += Math.floor(rest / points)
  let bias = 0
  for (; rest > 455; bias += 36) rest = Math.floor(rest / 35)
  return bias + Math.floor(36 * rest / (rest + 38))
}

/**
 * The code points of Punycode in small letters (RFC 3492 section 6.2), or nothing. A label is too short for numbers that
 * lose precision.
 */
const decodePunycode = (text: string): ReadonlyArray<number> => {
  const delimiter = text.lastIndexOf("-")
  const points = Array.from(text.slice(0, Math.max(0, delimiter)), (char) => char.charCodeAt(0))
  let point = 128
  let index = 0
  let bias = 72
  for (let at = delimiter > 0 ? delimiter + 1 : 0; at < text.length;) {
    const start = index
    for (let weight = 1, k = 36;; k += 36) {
      const digit = digitOf(text.charCodeAt(at++))
      const threshold = Math.min(26, Math.max(1, k - bias))
      index += digit * weight
      if (digit === 36 || at > text.length || index > 0x7fffffff) return []
      if (digit < threshold) break
      weight *= 36 - threshold
    }
    const count = points.length + 1
    bias = adapt(index - start, count, start === 0)
    point += Math.floor(index / count)
    index %= count
    if (point > 0x10ffff) return []
    points.splice(index++, 0, point)
  }
  return points
}

const toUnicode = (label: string): string =>
  label.startsWith("xn--") ? String.fromCodePoint(...decodePunycode(label.slice(4))) : label

const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text)

/**
 * Whether a label that starts with `xn--` is an A-label: what it decodes to is encoded to just that.
 */
export const isALabel = (label: string): boolean => {
  const lower = label.toLowerCase()
  const unicode = toUnicode(lower)
  return !isAscii(unicode) && !patterns().badEdges.test(unicode) && !patterns().ignorable.test(unicode) &&
    hostOf(lower) === lower &&
    keepsDirection([unicode]) && keepsJoiners(unicode)
}

/**
 * A domain that is not ASCII, in A-labels: by the platform's URL parser, held to the rules that this leaves to others. A
 * failure is the reason, in words.
 */
export const toAscii = (domain: string): { readonly ascii: string } | { readonly reason: string } => {
  if (patterns().ignorable.test(domain)) return { reason: "the domain holds invisible characters" }
  // Character by character, since a sigma at the end of a word has a form of its own. Parsers disagree about capitals
  // that got a small letter later: U+1E9E is "ss" to some.
  const lower = Array.from(domain, (char) => char.toLowerCase()).join("")
  const ascii = foreignAscii.test(domain) ? undefined : hostOf(lower)
  const labels = ascii?.split(".").map(toUnicode) ?? []
  if (
    ascii === undefined || ascii.length > 253 || labels.some((label) => patterns().badEdges.test(label)) ||
    !keepsDirection(labels) || !labels.every(keepsJoiners)
  ) {
    return { reason: "the domain is not a valid internationalized domain name" }
  }
  return labels.every((label) => patterns().uLabel.test(label))
    ? { ascii }
    : { reason: "the domain holds characters that domain names do not have" }
}
