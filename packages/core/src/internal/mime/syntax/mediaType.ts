import * as Either from "effect/Either"
import { control } from "../../address/syntax.js"
import * as Charset from "./charset.js"
import * as Filename from "./filename.js"

export interface MediaType {
  /** `type/subtype`, in lower case. */
  readonly essence: string
  readonly parameters: ReadonlyArray<readonly [name: string, value: string]>
}

const token = "[A-Za-z0-9!#$%&'*+\\-.^_`{|}~]+"
// Without the characters of RFC 2231, which would allow a second parameter with the same meaning and another value.
const attribute = "[A-Za-z0-9!#$&+\\-.^_`{|}~]+"
// RFC 6838 section 4.2
const restrictedName = "[A-Za-z0-9][A-Za-z0-9!#$&\\-^_.+]*"
const essence = new RegExp(`^(${restrictedName}/${restrictedName})`)
const parameter = new RegExp(`^[ ]*;[ ]*(${attribute})=(?:(${token})|"((?:[^"\\\\]|\\\\.)*)")`)
const maxEssence = 127
const maxParameter = 200
const maxText = 2000

const split = (text: string): Either.Either<MediaType, string> => {
  const head = essence.exec(text)
  if (head === null) return Either.left("it is not type/subtype")
  const name = (head[1] ?? "").toLowerCase()
  if (name.length > maxEssence) return Either.left("it is too long")
  const parameters: Array<readonly [string, string]> = []
  let rest = text.slice(name.length)
  while (rest !== "") {
    const match = parameter.exec(rest)
    if (match === null) return Either.left("it holds something that is not a parameter")
    const key = (match[1] ?? "").toLowerCase()
    if (parameters.some(([other]) => other === key)) return Either.left(`parameter ${key} occurs twice`)
    if (match[0].length > maxParameter) return Either.left(`parameter ${key} is too long`)
    parameters.push([key, match[2] ?? (match[3] ?? "").replace(/\\(.)/g, "$1")])
    rest = rest.slice(match[0].length)
  }
  return Either.right({ essence: name, parameters })
}

/** Checks the parameters that readers use for any type: they save under a filename, and decode by a charset. */
const checkParameters = (
  parameters: MediaType["parameters"]
): Either.Either<MediaType["parameters"], string> => {
  const checked: Array<readonly [string, string]> = []
  for (const [name, value] of parameters) {
    if (name === "boundary") return Either.left("boundaries are made by the structure of the message")
    const result = isFilename(name) ? Filename.parse(value) : name === "charset" ? Charset.parse(value) : undefined
    if (result !== undefined && Either.isLeft(result)) return Either.left(result.left)
    checked.push([name, result?.right ?? value])
  }
  return Either.right(checked)
}

/** Whether readers use a parameter as a filename. */
export const isFilename = (parameter: string): boolean => parameter === "name" || parameter === "filename"

/**
 * The value of a Content-Type field (RFC 2045 section 5.1) without comments or folding. Types that would change the
 * structure of the message, or its reading, are refused.
 */
export const parse = (text: string): Either.Either<MediaType, string> => {
  if (typeof text !== "string") return Either.left("it is not a string")
  if (text.length > maxText) return Either.left("it is too long")
  if (control.test(text)) return Either.left("it holds a control character")
  if (!/^[\x20-\x7e]*$/.test(text)) return Either.left("it holds a character that is not ASCII")
  return Either.flatMap(split(text), (type) => {
    if (type.essence.startsWith("multipart/")) return Either.left("multiparts are made by the structure of the message")
    if (type.essence === "message/partial" || type.essence === "message/external-body") {
      return Either.left("fragments and references are not content")
    }
    return Either.map(checkParameters(type.parameters), (parameters) => ({ essence: type.essence, parameters }))
  })
}

export const charsetOf = (type: MediaType): string | undefined =>
  type.parameters.find(([name]) => name === "charset")?.[1]

export const withCharset = (type: MediaType, charset: string): MediaType => ({
  essence: type.essence,
  parameters: [["charset", charset], ...type.parameters.filter(([name]) => name !== "charset")]
})

export const isText = (type: MediaType): boolean => type.essence.startsWith("text/")

/** Whether a type is of messages, which no transfer encoding may hide (RFC 2045 section 6.4). */
export const isMessage = (type: MediaType): boolean => type.essence.startsWith("message/")

export const text = (essence: string, charset: string): MediaType => ({ essence, parameters: [["charset", charset]] })

export const octetStream: MediaType = { essence: "application/octet-stream", parameters: [] }
