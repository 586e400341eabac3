/** The history of full runs: a small file for each, in git. */
import { FileSystem, Path } from "@effect/platform"
import type { PlatformError } from "@effect/platform/Error"
import { Effect, Option, type ParseResult, Record, Schema } from "effect"
import { Summary } from "../harness/statistics.js"
import type * as OutboxDrain from "../subjects/outboxDrain.js"
import { Machine } from "./machine.js"
import type { Measures } from "./measures.js"

/** One full run: no samples, but the median and the quartiles of each ratio. */
export const Entry = Schema.Struct({
  date: Schema.String,
  commit: Schema.String,
  machine: Machine,
  measures: Schema.Record({ key: Schema.String, value: Summary })
})
export type Entry = typeof Entry.Type

const Json = Schema.parseJson(Entry)

type Failure = ParseResult.ParseError | PlatformError
type Files = FileSystem.FileSystem | Path.Path

const round = (value: number): number => Number(value.toPrecision(4))

const rounded = (measures: Measures): Measures =>
  Record.map(measures, ({ count, lower, median, upper }) => ({
    median: round(median),
    lower: round(lower),
    upper: round(upper),
    count
  }))

/** Writes one run to a file, as one line. */
export const write = (file: string, entry: Entry): Effect.Effect<void, Failure, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const { writeFileString } = yield* FileSystem.FileSystem
    const json = yield* Schema.encode(Json)({ ...entry, measures: rounded(entry.measures) })
    yield* writeFileString(file, `${json}\n`)
  })

const nameOf = (date: string): string => `${date.slice(0, 16).replace(":", "")}.json`

/** Adds a run to the history in `folder`, or what more is known of it, and gives the file. */
export const add = (folder: string, entry: Entry): Effect.Effect<string, Failure, Files> =>
  Effect.gen(function*() {
    const { join } = yield* Path.Path
    const file = join(folder, nameOf(entry.date))
    yield* write(file, entry)
    return file
  })

/** Adds how a large outbox was emptied: beside the runs, in a folder of its own. */
export const addDrain = (
  folder: string,
  drain: Pick<Entry, "date" | "commit" | "machine"> & OutboxDrain.Results
): Effect.Effect<string, Failure, Files> =>
  Effect.gen(function*() {
    const { makeDirectory, writeFileString } = yield* FileSystem.FileSystem
    const { join } = yield* Path.Path
    const own = join(folder, "outbox")
    yield* makeDirectory(own, { recursive: true })
    const file = join(own, nameOf(drain.date))
    yield* writeFileString(file, `${JSON.stringify(drain)}\n`)
    return file
  })

/** The runs in `folder`, from the first to the last. */
export const read = (folder: string): Effect.Effect<ReadonlyArray<Entry>, Failure, Files> =>
  Effect.gen(function*() {
    const { join } = yield* Path.Path
    const { readDirectory, readFileString } = yield* FileSystem.FileSystem
    const names = (yield* readDirectory(folder)).filter((name) => name.endsWith(".json"))
    const entries = yield* Effect.forEach(names, (name) =>
      Effect.flatMap(readFileString(join(folder, name)), Schema.decode(Json)))
    return entries.sort((a, b) =>
      a.date < b.date ? -1 : 1
    )
  })

/** How one measure went, for a plot: the runs that hold it. */
export const series = (
  entries: ReadonlyArray<Entry>,
  measure: string
): ReadonlyArray<Summary & { readonly date: string; readonly commit: string }> =>
  entries.flatMap(({ commit, date, measures }) =>
    Option.match(Record.get(measures, measure), {
      onNone: () => [],
      onSome: (summary) => [{ date, commit, ...summary }]
    })
  )
