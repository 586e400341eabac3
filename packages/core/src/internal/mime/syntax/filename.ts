import * as Either from "effect/Either"
import { control } from "../../address/syntax.js"

// No path of Windows holds these, so a backslash in the same name is an ordinary character.
const unlikePath = /["*<>?|]|: /
const encodedWord = /=\?[^?]*\?([bq])\?([^?]*)\?=/gi

/** The name as a program sees it that decodes encoded-words in it, each octet as one character. */
const decoded = (text: string): string =>
  text.replace(encodedWord, (word, encoding: string, content: string) => {
    if (encoding.toLowerCase() === "q") {
      return content.replace(/=([0-9a-f]{2})/gi, (_, octet: string) => String.fromCharCode(parseInt(octet, 16)))
    }
    return Either.getOrElse(Either.try(() => atob(content)), () => word)
  })

const isPath = (text: string): boolean => {
  const parts = text.split(/[\\/]/)
  return text.includes("/") || text.startsWith("\\") || /^[A-Za-z]:/.test(text) ||
    (parts.length > 1 && !unlikePath.test(text)) || parts.some((part) => part.includes(".") && /^[. ]+$/.test(part))
}

/** A filename without a path. Fails with the reason. */
export const parse = (text: string): Either.Either<string, string> => {
  if (typeof text !== "string") return Either.left("the filename is not a string")
  if (text === "") return Either.left("the filename is empty")
  if (control.test(text)) return Either.left("the filename holds a control character")
  if (!text.isWellFormed()) return Either.left("the filename holds a lone surrogate")
  return isPath(text) || isPath(decoded(text)) ? Either.left("the filename is a path") : Either.right(text)
}
