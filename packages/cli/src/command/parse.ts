import * as Either from "effect/Either"
import { parseArgs } from "node:util"
import { type Command, type Failure, type Given, parseOptions, wrongUse } from "./Command.js"

const closest = (written: string, known: ReadonlyArray<string>): string | undefined =>
  known.find((name) => name.startsWith(written.slice(0, 4)))

const explain = (error: unknown, { name, options }: Command): string => {
  const message = error instanceof Error ? error.message : String(error)
  const written = /Unknown option '--?([^'=]+)/.exec(message)?.[1]
  const help = `effect-mail ${name} --help shows all options.`
  if (written === undefined) return `${message.split(". ")[0] ?? message}. ${help}`
  const near = closest(written, options.map((option) => option.name))
  return `There is no option --${written}.${near === undefined ? "" : ` Is --${near} meant?`} ${help}`
}

/** What was given to a command, or what is wrong with it. */
export const parseGiven = (command: Command, args: ReadonlyArray<string>): Either.Either<Given, Failure> => {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      options: parseOptions(command.options),
      allowPositionals: true,
      strict: true
    })
    const texts = (name: string): ReadonlyArray<string> => {
      const value = values[name]
      const all = Array.isArray(value) ? value : [value]
      return all.filter((one): one is string => typeof one === "string")
    }
    return Either.right({
      text: (name) => texts(name).at(-1),
      texts,
      isOn: (name) => values[name] === true,
      positionals
    })
  } catch (error) {
    return Either.left(wrongUse(explain(error, command)))
  }
}

/** A whole number of an option, between two others. */
export const wholeNumber = (
  given: Given,
  name: string,
  otherwise: number,
  min: number,
  max: number
): Either.Either<number, Failure> => {
  const text = given.text(name)
  if (text === undefined) return Either.right(otherwise)
  const value = Number(text)
  return /^\d{1,15}$/.test(text) && value >= min && value <= max
    ? Either.right(value)
    : Either.left(wrongUse(`--${name} is a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`))
}
