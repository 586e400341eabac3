import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { constants, promises as fs } from "node:fs"
import { join, resolve } from "node:path"
import { Transmission } from "../model/message.js"
import { type Found, type Storage, StorageError } from "./storage.js"

const TransmissionJson = Schema.parseJson(Transmission)
const decode = Schema.decodeUnknownEither(TransmissionJson)
const encode = Schema.encodeSync(TransmissionJson)

/** A file larger than this is left alone. */
const maxFile = 64 * 1024 * 1024
const maxFiles = 10_000

const attempt = <A>(description: string, run: () => Promise<A>): Effect.Effect<A, StorageError> =>
  Effect.tryPromise({ try: run, catch: (cause) => new StorageError({ description, cause }) })

/** Reads a file that is one: no link is followed, no device or pipe is opened. */
const readFile = async (path: string): Promise<Uint8Array | undefined> => {
  const file = await fs.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stat = await file.stat()
    return stat.isFile() && stat.size <= maxFile ? new Uint8Array(await file.readFile()) : undefined
  } finally {
    await file.close()
  }
}

/** Whole under its name, or not there at all: also after a crash. */
const writeFile = async (directory: string, name: string, octets: Uint8Array | string): Promise<void> => {
  const path = join(directory, name)
  const temporary = `${path}.tmp`
  await fs.rm(temporary, { force: true })
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const file = await fs.open(temporary, flags, 0o600)
  try {
    await file.writeFile(octets)
  } finally {
    await file.close()
  }
  await fs.rename(temporary, path)
}

const separator = Buffer.from(`\n${"-".repeat(79)}\n`)

/** The messages of a file that the File backend wrote: each ends in a line of 79 hyphens. */
const splitLog = (octets: Uint8Array): ReadonlyArray<Uint8Array> => {
  const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
  const messages: Array<Uint8Array> = []
  let start = 0
  for (let at = buffer.indexOf(separator); at >= 0; at = buffer.indexOf(separator, start)) {
    messages.push(octets.subarray(start, at))
    start = at + separator.length
  }
  return messages
}

const transmissionOf = async (directory: string, key: string): Promise<Transmission | undefined> => {
  try {
    const octets = await readFile(join(directory, `${key}.json`))
    if (octets === undefined) return undefined
    return Either.getOrUndefined(decode(Buffer.from(octets).toString("utf8")))
  } catch {
    return undefined
  }
}

const findIn = async (directory: string): Promise<ReadonlyArray<Found>> => {
  const names = (await fs.readdir(directory)).filter((name) => /\.(?:eml|log)$/.test(name)).sort().slice(-maxFiles)
  const found: Array<Found> = []
  for (const name of names) {
    try {
      const octets = await readFile(join(directory, name))
      if (octets === undefined) continue
      const { mtimeMs } = await fs.stat(join(directory, name))
      if (name.endsWith(".log")) {
        for (const [i, message] of splitLog(octets).entries()) {
          found.push({ key: `${name}#${i}`, octets: message, transmission: undefined, time: Math.round(mtimeMs) })
        }
        continue
      }
      const key = name.slice(0, -".eml".length)
      const transmission = await transmissionOf(directory, key)
      found.push({ key, octets, transmission, time: transmission?.time ?? Math.round(mtimeMs) })
    } catch {
      // A link, or a file that may not be read: it is not ours.
    }
  }
  return found.sort((one, other) => one.time - other.time)
}

const readKey = async (directory: string, key: string): Promise<Uint8Array> => {
  const [file = "", index] = key.split("#")
  const octets = await readFile(join(directory, index === undefined ? `${file}.eml` : file))
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
    const own = (name: string, run: () => Promise<void>) => attempt(`${name} could not be written to ${directory}`, run)
    return {
      save: (key, octets, transmission) =>
        own("a message", async () => {
          await writeFile(directory, `${key}.json`, encode(transmission))
          await writeFile(directory, `${key}.eml`, octets)
        }),
      note: (key, transmission) =>
        key.includes("#")
          ? Effect.void
          : own("a verdict", () => writeFile(directory, `${key}.json`, encode(transmission))),
      read: (key) => attempt(`a message could not be read from ${directory}`, () => readKey(directory, key)),
      remove: (key) =>
        // A file of the File backend holds several messages, and is not ours to change.
        key.includes("#") ? Effect.void : attempt(`a message could not be removed from ${directory}`, async () => {
          await fs.rm(join(directory, `${key}.eml`), { force: true })
          await fs.rm(join(directory, `${key}.json`), { force: true })
        }),
      found: attempt(`${directory} cannot be read`, () => findIn(directory))
    }
  })
