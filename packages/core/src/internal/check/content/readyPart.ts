import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { notOctets } from "../../message/invalid.js"
import { canonical } from "../../mime/lines.js"
import * as Charset from "../../mime/syntax/charset.js"
import * as Tree from "../../mime/tree.js"
import * as Octets from "../../value/bytes.js"
import * as Slices from "../../value/slices.js"
import { type Checked, invalid } from "../result.js"
import * as Scan from "./scan.js"

const longestHeader = 64 * 1024
const field = /^(content-[\x21-\x39\x3b-\x7e]+):/i

/** The names of the fields in a header, in lower case; undefined where a line is no field of a part. */
const namesOf = (header: string): ReadonlyArray<string> | undefined => {
  const names: Array<string> = []
  for (const line of header.split("\r\n")) {
    if (/^[ \t]/.test(line) && names.length > 0) continue
    const name = field.exec(line)?.[1]
    if (name === undefined || !/^[\x09\x20-\x7e]*$/.test(line)) return undefined
    names.push(name.toLowerCase())
  }
  return names
}

const essenceOf = (header: string): string =>
  /(?:^|\r\n)content-type:\s*([a-z0-9!#$&^_.+-]{1,100}\/[a-z0-9!#$&^_.+-]{1,100})/i.exec(header)?.[1]?.toLowerCase() ??
    ""

const octetsOf = (content: string | Uint8Array): Checked<Uint8Array> => {
  if (Octets.isOctets(content)) return Either.right(content)
  if (typeof content !== "string") return Either.left(notOctets(Option.none(), "a ready part"))
  return Charset.canHold("utf-8", content)
    ? Either.right(Charset.encode("utf-8", content))
    : invalid("a ready part holds a lone surrogate")
}

/** Checks a complete part. Its header may hold only fields that describe the content. */
export const checkReady = (content: string | Uint8Array): Checked<Tree.Part> =>
  Either.flatMap(octetsOf(content), (written) => {
    if (Slices.isLong(written)) return invalid("a ready part is longer than 4 MiB")
    const { fault, isEightBit } = Scan.readyMessages.now(written)
    if (fault !== undefined) return invalid(fault.replace("the embedded message", "a ready part"))
    const octets = canonical(written)
    const start = new TextDecoder().decode(octets.subarray(0, longestHeader))
    const end = start.indexOf("\r\n\r\n")
    const names = end < 0 ? undefined : namesOf(start.slice(0, end))
    if (names === undefined) return invalid("a ready part does not begin with Content-* fields and an empty line")
    if (new Set(names).size < names.length) return invalid("a field of a ready part is given twice")
    const essence = essenceOf(start.slice(0, end))
    return essence === ""
      ? invalid("a ready part has no Content-Type")
      : Either.right(Tree.leaf({ essence, parameters: [] }, { _tag: "Ready", octets, isEightBit }))
  })
