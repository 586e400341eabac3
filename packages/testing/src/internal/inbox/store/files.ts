import { constants, createReadStream, promises as fs } from "node:fs"
import { join } from "node:path"

/** A file larger than this is left alone. */
const maxFile = 64 * 1024 * 1024

/** No link is followed, no device or pipe is waited for. */
const reading = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** Reads a file that is one; undefined for what is too large, and for what is no file. */
export const readFile = async (path: string): Promise<Uint8Array | undefined> => {
  const file = await fs.open(path, reading)
  try {
    const stat = await file.stat()
    return stat.isFile() && stat.size <= maxFile ? new Uint8Array(await file.readFile()) : undefined
  } finally {
    await file.close()
  }
}

/** A file from one offset to another, in pieces. */
export const readRange = async function*(path: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  if (end <= start) return
  const file = await fs.open(path, reading)
  try {
    if (!(await file.stat()).isFile()) throw new Error("it is no file")
    yield* createReadStream(path, { fd: file, start, end: end - 1, autoClose: false })
  } finally {
    await file.close()
  }
}

/** Whole under its name, or not there at all: also after a crash. */
export const writeFile = async (directory: string, name: string, octets: Uint8Array | string): Promise<void> => {
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
export const splitLog = (octets: Uint8Array): ReadonlyArray<Uint8Array> => {
  const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
  const messages: Array<Uint8Array> = []
  let start = 0
  for (let at = buffer.indexOf(separator); at >= 0; at = buffer.indexOf(separator, start)) {
    messages.push(octets.subarray(start, at))
    start = at + separator.length
  }
  return messages
}
