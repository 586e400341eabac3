import * as Effect from "effect/Effect"
import { Exit, type Failure, failure } from "../command/Command.js"
import { visible } from "../terminal/visible.js"
import type { Row } from "./template.js"

/** A row and its number in the file, as a spreadsheet shows it: the names of the columns are row 1. */
export interface Numbered {
  readonly number: number
  readonly row: Row
}

/** Rows of CSV (RFC 4180): a byte order mark, and `;` or tabs between columns, are known. */
export const parseCsv = (text: string, name: string): Effect.Effect<ReadonlyArray<Numbered>, Failure> =>
  Effect.gen(function*() {
    const { parse } = yield* Effect.promise(() => import("csv-parse/sync"))
    const [head = ""] = text.split("\n", 1)
    const delimiters = [",", ";", "\t"] as const
    const count = (delimiter: string): number => head.split(delimiter).length
    const delimiter = delimiters.reduce((best, one) => count(one) > count(best) ? one : best)
    const parsed: ReadonlyArray<ReadonlyArray<string>> = yield* Effect.try({
      try: () => parse(text, { bom: true, delimiter, skip_empty_lines: true, relax_column_count: true }),
      catch: (error) =>
        failure(
          Exit.wrongUse,
          `${visible(name)} is no CSV: ${visible(error instanceof Error ? error.message : String(error))}`
        )
    })
    const [columns, ...rows] = parsed
    if (columns === undefined) return yield* Effect.fail(failure(Exit.wrongUse, `${visible(name)} is empty.`))
    const names = columns.map((column) => column.trim())
    const twice = names.find((column, i) => names.indexOf(column) !== i)
    if (twice !== undefined) {
      return yield* Effect.fail(failure(Exit.wrongUse, `${visible(name)} has two columns ${visible(twice)}.`))
    }
    return rows.map((cells, i) => ({
      number: i + 2,
      row: Object.fromEntries(names.map((column, at) => [column, cells[at] ?? ""]))
    }))
  })

/** A cell that a spreadsheet takes for a formula gets an apostrophe in front. */
const cell = (value: string): string => {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll("\"", "\"\"")}"` : safe
}

/** A line of CSV, with its line end. */
export const csvLine = (cells: ReadonlyArray<string>): string => `${cells.map(cell).join(",")}\r\n`
