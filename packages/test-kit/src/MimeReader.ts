/**
 * A strict reader of rendered messages: whatever RFC 2045, 2046, 2047, 2183, 2231 or 5322 forbids is an error, where
 * readers that people use would guess.
 */
import { binary } from "./WireReader.js"

export interface Header {
  readonly name: string
  /** Unfolded, and not decoded. */
  readonly value: string
  readonly lines: ReadonlyArray<string>
}

export interface Entity {
  readonly headers: ReadonlyArray<Header>
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
  readonly disposition: string | undefined
  readonly filename: string | undefined
  readonly encoding: string
  readonly boundary: string | undefined
  /** The content of a leaf, decoded. */
  readonly octets: Uint8Array
  /** The parts of a multipart, or the message in a `message/rfc822`. */
  readonly children: ReadonlyArray<Entity>
}

const fail = (reason: string): never => {
  throw new Error(reason)
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

export const octetsOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"))

const readHeaders = (block: string): ReadonlyArray<Header> => {
  const headers: Array<{ name: string; value: string; lines: Array<string> }> = []
  for (const line of block === "" ? [] : block.split("\r\n")) {
    if (/^[ \t]/.test(line)) {
      if (line.trim() === "") fail("a header line of blanks only")
      const last = headers.at(-1) ?? fail("the header starts with a continuation")
      last.value += line
      last.lines.push(line)
    } else {
      const [, name, value] = /^([\x21-\x39\x3b-\x7e]+):(.*)$/s.exec(line) ?? fail(`not a header line: ${line}`)
      headers.push({ name: name ?? "", value: value ?? "", lines: [line] })
    }
  }
  return headers.map(({ lines, name, value }) => ({ name, lines, value: value.replace(/^ /, "") }))
}

const percentDecoded = (text: string): Uint8Array =>
  octetsOf(text.replace(/%([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))))

/** Parameters by RFC 2231: a value is plain, extended, or extended and in numbered pieces. */
const readParameters = (text: string): ReadonlyMap<string, string> => {
  const written = new Map<string, string>()
  let rest = text
  while (rest !== "") {
    const [all, name, token, quoted] =
      /^; *([!#$&+\-.^_`{|}~A-Za-z0-9*]+)=(?:([!#$%&'*+\-.^_`{|}~A-Za-z0-9]+)|"((?:[^"\\]|\\.)*)")/.exec(rest) ??
        fail(`not a parameter: ${rest}`)
    const key = (name ?? "").toLowerCase()
    if (written.has(key)) fail(`parameter ${key} occurs twice`)
    written.set(key, token ?? (quoted ?? "").replace(/\\(.)/g, "$1"))
    rest = rest.slice(all.length)
  }
  const parameters = new Map<string, string>()
  for (const [key, value] of written) {
    const [, base = "", number] = /^([^*]+)(?:\*(\d+)?\*?)?$/.exec(key) ?? fail(`not a parameter name: ${key}`)
    if (!key.includes("*")) {
      if (parameters.has(base)) fail(`parameter ${base} occurs twice`)
      parameters.set(base, value)
    } else if (number === undefined || number === "0") {
      let pieces = value
      for (let i = 1; number !== undefined && written.has(`${base}*${i}*`); i++) pieces += written.get(`${base}*${i}*`)
      const [, encoded] = /^utf-8''(.*)$/.exec(pieces) ?? fail(`parameter ${base} names no charset`)
      if (parameters.has(base)) fail(`parameter ${base} occurs twice`)
      parameters.set(base, utf8.decode(percentDecoded(encoded ?? "")))
    }
  }
  return parameters
}

const readQuotedPrintable = (text: string): Uint8Array => {
  for (const line of text.split("\r\n")) {
    if (line.length > 76) fail("a quoted-printable line is longer than 76")
    if (/[ \t]$/.test(line)) fail("a quoted-printable line ends in a blank")
    if (!/^(?:[\t\x20-\x3c\x3e-\x7e]|=[0-9A-F]{2})*=?$/.test(line)) fail(`not a quoted-printable line: ${line}`)
  }
  const joined = text.replaceAll("=\r\n", "")
  return octetsOf(joined.replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))))
}

const readBase64 = (text: string): Uint8Array => {
  const lines = text.split("\r\n")
  lines.forEach((line, i) => {
    if (line.length > 76) fail("a base64 line is longer than 76")
    if (i < lines.length - 1 && line.length !== 76 && lines.slice(i + 1).join("") !== "") fail("a short base64 line")
  })
  const joined = lines.join("")
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(joined)) fail("not base64")
  return new Uint8Array(Buffer.from(joined, "base64"))
}

const decode = (encoding: string, body: string): Uint8Array => {
  switch (encoding) {
    case "7bit":
      return /[\x80-\xff]/.test(body) ? fail("7bit content with an octet above 127") : octetsOf(body)
    case "8bit":
      return octetsOf(body)
    case "quoted-printable":
      return readQuotedPrintable(body)
    case "base64":
      return readBase64(body)
    default:
      return fail(`transfer encoding ${encoding}`)
  }
}

const readParts = (body: string, boundary: string): ReadonlyArray<Entity> => {
  const pieces = `\r\n${body}`.split(`\r\n--${boundary}`)
  if (pieces.shift() !== "") fail("a preamble")
  if (!/^--(?:\r\n)?$/.test(pieces.pop() ?? "")) fail(`no end of ${boundary}`)
  return pieces.map((piece) => piece.startsWith("\r\n") ? readEntity(piece.slice(2)) : fail(`text after ${boundary}`))
}

const readEntity = (text: string): Entity => {
  const end = text.startsWith("\r\n") ? 0 : text.indexOf("\r\n\r\n") + 2
  if (end === 1) fail("no end of the header")
  const headers = readHeaders(text.slice(0, Math.max(0, end - 2)))
  const body = text.slice(end + 2)
  const field = (name: string): string | undefined => {
    const found = headers.filter((header) => header.name.toLowerCase() === name)
    if (found.length > 1) fail(`${name} occurs twice`)
    return found[0]?.value
  }
  const [, type = "", typeRest = ""] = /^([^; ]+)(.*)$/.exec(field("content-type") ?? "text/plain") ?? []
  const parameters = readParameters(typeRest)
  const [, disposition, dispositionRest = ""] = /^([^; ]+)(.*)$/.exec(field("content-disposition") ?? "") ?? []
  const encoding = field("content-transfer-encoding") ?? "7bit"
  const boundary = type.startsWith("multipart/") ? parameters.get("boundary") ?? fail("no boundary") : undefined
  if ((boundary !== undefined || type.startsWith("message/")) && !/^[78]bit$/.test(encoding)) {
    fail(`${type} in ${encoding}`)
  }
  const octets = boundary === undefined ? decode(encoding, body) : new Uint8Array(0)
  return {
    headers,
    type,
    parameters,
    disposition,
    filename: readParameters(dispositionRest).get("filename"),
    encoding,
    boundary,
    octets,
    children: boundary !== undefined ? readParts(body, boundary) : []
  }
}

/** Reads a message. What a `message/rfc822` holds is not read: give its octets to `read` again. */
export const read = (message: Uint8Array): Entity => readEntity(binary(message))

/** The value of a header field that occurs once. */
export const header = (entity: Entity, name: string): string | undefined => {
  const found = entity.headers.filter((header) => header.name.toLowerCase() === name.toLowerCase())
  return found.length > 1 ? fail(`${name} occurs ${found.length} times`) : found[0]?.value
}

/** Every entity of a message, from the outside in. */
export const all = (entity: Entity): ReadonlyArray<Entity> => [entity, ...entity.children.flatMap(all)]

/** The parts that hold content. */
export const leaves = (entity: Entity): ReadonlyArray<Entity> =>
  all(entity).filter((part) => part.boundary === undefined)

/** The boundaries of every multipart. */
export const boundaries = (entity: Entity): ReadonlyArray<string> =>
  all(entity).flatMap(({ boundary }) => boundary === undefined ? [] : [boundary])

/** The shape of a message, such as `mixed(alternative(text/plain, text/html), image/png)`. */
export const structure = (entity: Entity): string =>
  entity.boundary === undefined
    ? entity.type
    : `${entity.type.slice("multipart/".length)}(${entity.children.map(structure).join(", ")})`

/** The text of a part in its charset. */
export const textOf = (entity: Entity): string =>
  new TextDecoder(entity.parameters.get("charset") ?? "us-ascii", { fatal: true, ignoreBOM: true })
    .decode(entity.octets)

const encodedWord = /=\?([^?]*)\?([QB])\?([^?]*)\?=/g

const readWord = (charset: string, encoding: string, content: string): string => {
  if (charset.toLowerCase() !== "utf-8") fail(`an encoded-word in ${charset}`)
  if (encoding === "B") return utf8.decode(readBase64(content))
  if (!/^(?:[A-Za-z0-9!*+\-/_]|=[0-9A-F]{2})*$/.test(content)) fail(`not Q: ${content}`)
  return utf8.decode(percentDecoded(content.replaceAll("_", " ").replaceAll("=", "%")))
}

/** The encoded-words of a header value; each must decode on its own. */
export const words = (value: string): ReadonlyArray<string> => value.match(encodedWord) ?? []

/** A header value as a person reads it (RFC 2047): blanks between two encoded-words are not part of the text. */
export const decodeWords = (value: string): string =>
  value.replace(/(=\?[^?]*\?[QB]\?[^?]*\?=)[ \t]+(?==\?[^?]*\?[QB]\?)/g, "$1").replace(
    encodedWord,
    (word, charset, encoding, content) =>
      word.length > 75 ? fail("an encoded-word is longer than 75") : readWord(charset, encoding, content)
  )

const word = /^(?:"((?:[^"\\]|\\.)*)"|[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)(?=[ \t<])[ \t]*/
const address = /^(<?)((?:"(?:[^"\\]|\\.)*"|[^"<>, ]+)@[^<>, ]+)(>?)(?:, +(?=.)|$)/

/** The mailboxes of a From, To, Cc or Reply-To field: decoded names, and the addresses as octets. */
export const mailboxes = (value: string): ReadonlyArray<{ readonly name: string; readonly address: string }> => {
  const found: Array<{ readonly name: string; readonly address: string }> = []
  let rest = value
  while (rest !== "") {
    const atoms: Array<string> = []
    let quoted: string | undefined
    for (let match = word.exec(rest); match !== null; match = word.exec(rest)) {
      if (match[1] === undefined) atoms.push(match[0].trim())
      else quoted = match[1].replace(/\\(.)/g, "$1")
      rest = rest.slice(match[0].length)
    }
    if (quoted !== undefined && atoms.length > 0) fail("a name of atoms and quotes")
    const [all, open, written = "", close] = address.exec(rest) ?? fail(`not an address: ${rest}`)
    if ((open === "<") !== (close === ">")) fail("an angle bracket alone")
    if (open === "" && (quoted !== undefined || atoms.length > 0)) fail("a name without angle brackets")
    found.push({ name: quoted ?? decodeWords(atoms.join(" ")), address: written })
    rest = rest.slice(all.length)
  }
  return found
}
