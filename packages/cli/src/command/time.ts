import * as Either from "effect/Either"
import { type Failure, type Given, wrongUse } from "./Command.js"

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

const written = (ms: number): string => {
  const [unit, size] = Object.entries(units).reverse().find(([, size]) => ms >= size) ?? ["ms", 1]
  return `${Math.floor(ms / size)}${unit}`
}

/** A length of time of an option, such as `10s`, `15m`, `12h` or `30d`, in ms. A number alone is of seconds. */
export const lengthOf = (
  given: Given,
  name: string,
  otherwise: string | undefined,
  max: number
): Either.Either<number, Failure> => {
  const text = given.text(name) ?? otherwise
  if (text === undefined) return Either.left(wrongUse(`--${name} is missing: a time such as 10s, 15m, 12h or 30d`))
  const [, digits = "", unit = "s"] = /^(\d{1,9})(ms|s|m|h|d)?$/.exec(text) ?? []
  const ms = digits === "" ? Number.NaN : Number(digits) * (units[unit] ?? Number.NaN)
  return ms <= max
    ? Either.right(ms)
    : Either.left(wrongUse(
      `--${name} is a time such as 10s, 15m, 12h or 30d, and at most ${written(max)}, not ${JSON.stringify(text)}`
    ))
}
