import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { constants, promises as fs } from "node:fs"
import { join, resolve } from "node:path"
import { Transmission } from "../model/message.js"
import { changesOf, Contents } from "./arrivals.js"
import { readFile, readRange, splitLog, writeFile } from "./files.js"
import { type Found, pieces, type Storage, StorageError } from "./storage.js"

const TransmissionJson = Schema.parseJson(Transmission)
const decode = Schema.decodeUnknownEither(TransmissionJson)
const encode = Schema.encodeSync(TransmissionJson)

const maxFiles = 10_000
const extension = ".eml"

const attempt = <A>(description: string, run: () => Promise<A>): Effect.Effect<A, StorageError> =>
  Effect.tryPromise({ try: run, catch: (cause) => new StorageError({ description, cause }) })

const transmissionOf = async (directory: string, key: string): Promise<Transmission | undefined> => {
  try {
    const octets = await readFile(join(directory, `${key}.json`))
    if (octets === undefined) return undefined
    return Either.getOrUndefined(decode(Buffer.from(octets).toString("utf8")))
  } catch {
    return undefined
  }
}

const namesIn = async (directory: string): Promise<ReadonlyArray<string>> =>
  (await fs.readdir(directory)).filter((name) => /\.(?:eml|log)$/.test(name)).sort()

/** The messages of a file; several where the File backend wrote it. */
const readNamed = (directory: string) => async (name: string): Promise<ReadonlyArray<Found>> => {
  const octets = await readFile(join(directory, name))
  if (octets === undefined) return []
  const modified = Math.round((await fs.stat(join(directory, name))).mtimeMs)
  if (name.endsWith(".log")) {
    return splitLog(octets).map((message, i) => ({
      key: `${name}#${i}`,
      octets: message,
      transmission: undefined,
      time: modified
    }))
  }
  const key = name.slice(0, -extension.length)
  const transmission = await transmissionOf(directory, key)
  return [{ key, octets, transmission, time: transmission?.time ?? modified }]
}

/** The newest files, the oldest of them first. Only their times are read. */
const byTime = async (directory: string): Promise<ReadonlyArray<string>> => {
  const names = (await namesIn(directory)).slice(-maxFiles)
  const timed: Array<readonly [name: string, time: number]> = []
  for (const name of names) {
    try {
      const own = name.endsWith(extension)
        ? await transmissionOf(directory, name.slice(0, -extension.length))
        : undefined
      timed.push([name, own?.time ?? (await fs.stat(join(directory, name))).mtimeMs])
    } catch {
      // It is gone again.
    }
  }
  return timed.sort(([, one], [, other]) => one - other).map(([name]) => name)
}

const readKey = async (directory: string, key: string): Promise<Uint8Array> => {
  const [file = "", index] = key.split("#")
  const octets = await readFile(join(directory, index === undefined ? `${file}${extension}` : file))
  const message = octets === undefined || index === undefined ? octets : splitLog(octets)[Number(index)]
  if (message === undefined) throw new Error("the file is gone, or no file")
  return message
}

/** Keeps messages in a folder, which is made for its owner only where it is missing. */
export const folder = (path: string): Effect.Effect<Storage, StorageError, Scope.Scope> =>
  Effect.gen(function*() {
    const directory = resolve(path)
    yield* attempt(`${directory} cannot be made or read`, async () => {
      await fs.mkdir(directory, { recursive: true, mode: 0o700 })
      await fs.access(directory, constants.R_OK)
    })
    const read = readNamed(directory)
    const contents = new Contents(directory, read)
    /** The keys of messages that an inbox wrote: other files are not removed to make room. */
    const own = new Set<string>()
    const written = (name: string, run: () => Promise<void>) =>
      attempt(`${name} could not be written to ${directory}`, run)
    const unreadable = (cause: unknown): StorageError =>
      new StorageError({ description: `a message could not be read from ${directory}`, cause })
    const readOctets = (key: string) => Effect.tryPromise({ try: () => readKey(directory, key), catch: unreadable })
    const remove: Storage["remove"] = (key) =>
      // A file of the File backend holds several messages, and is not ours to change.
      key.includes("#") ?
        Effect.void :
        attempt(`a message could not be removed from ${directory}`, () =>
          contents.own(`${key}${extension}`, undefined, async () => {
            await fs.rm(join(directory, `${key}${extension}`), { force: true })
            await fs.rm(join(directory, `${key}.json`), { force: true })
          }))
    const found = Stream.unwrap(Effect.map(
      attempt(`${directory} cannot be read`, async () => {
        for (const name of await namesIn(directory)) contents.known.set(name, [])
        return byTime(directory)
      }),
      (names) =>
        Stream.fromIterable(names).pipe(
          Stream.mapEffect((name) =>
            Effect.promise(async () => {
              // A link, or a file that may not be read: it is not ours.
              const messages = await read(name).catch(() => [])
              contents.known.set(name, messages.map(({ key }) => key))
              for (const { key, transmission } of messages) if (transmission !== undefined) own.add(key)
              return messages
            })
          ),
          Stream.flattenIterables
        )
    ))
    return {
      save: (key, octets, transmission) =>
        written("a message", () =>
          contents.own(`${key}${extension}`, key, async () => {
            own.add(key)
            await writeFile(directory, `${key}.json`, encode(transmission))
            await writeFile(directory, `${key}${extension}`, octets)
          })),
      note: (key, transmission) =>
        key.includes("#")
          ? Effect.void
          : written("a verdict", () => writeFile(directory, `${key}.json`, encode(transmission))),
      read: readOctets,
      range: (key, start, end) =>
        key.includes("#")
          ? Stream.unwrap(Effect.map(readOctets(key), (octets) => pieces(octets.subarray(start, end))))
          : Stream.fromAsyncIterable(readRange(join(directory, `${key}${extension}`), start, end), unreadable),
      remove,
      evict: (key) => own.has(key) ? remove(key) : Effect.void,
      found,
      changes: changesOf(directory, contents, () => namesIn(directory))
    }
  })
