import * as Duration from "effect/Duration"
import * as Either from "effect/Either"

type Parsed<A> = Either.Either<A, string>

export const string: (text: string) => Parsed<string> = Either.right

/** A positive number of seconds, in decimal. */
export const seconds = (text: string, subject = "it"): Parsed<Duration.Duration> => {
  const value = /^(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/.test(text.trim()) ? Number(text) : 0
  return Number.isFinite(value) && value > 0
    ? Either.right(Duration.seconds(value))
    : Either.left(`${subject} is not a positive number of seconds`)
}

/** A whole number, in decimal; `NaN` for anything else. */
export const count = (text: string): number => /^[0-9]+$/.test(text.trim()) ? Number(text) : NaN

export const port = (text: string): Parsed<number> => {
  const number = count(text)
  return number >= 1 && number <= 65535
    ? Either.right(number)
    : Either.left("it is not a port, a number between 1 and 65535")
}

/** The words of `Config.boolean`, whose error would show the text. */
export const boolean = (text: string): Parsed<boolean> => {
  switch (text) {
    case "true":
    case "yes":
    case "on":
    case "1":
      return Either.right(true)
    case "false":
    case "no":
    case "off":
    case "0":
      return Either.right(false)
    default:
      return Either.left("it is not a boolean: true, yes, on or 1, or false, no, off or 0")
  }
}
