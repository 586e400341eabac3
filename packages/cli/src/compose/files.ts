import * as Effect from "effect/Effect"
import { readFile } from "node:fs/promises"
import { Exit, type Failure, failure } from "../command/Command.js"
import { visible } from "../terminal/visible.js"

const why = (cause: unknown): string =>
  cause instanceof Error && "code" in cause && cause.code === "ENOENT"
    ? "there is no such file"
    : cause instanceof Error
    ? cause.message
    : String(cause)

export const readOctets = (path: string): Effect.Effect<Uint8Array, Failure> =>
  Effect.tryPromise({
    try: async () => new Uint8Array(await readFile(path)),
    catch: (cause) => failure(Exit.failed, `${visible(path)} cannot be read: ${why(cause)}`)
  })

/** A file as text, which is UTF-8 with or without a byte order mark. */
export const readText = (path: string): Effect.Effect<string, Failure> =>
  Effect.flatMap(readOctets(path), (octets) =>
    Effect.try({
      try: () => new TextDecoder("utf-8", { fatal: true }).decode(octets),
      catch: () => failure(Exit.failed, `${visible(path)} is not UTF-8.`)
    }))

export const readStdin: Effect.Effect<string, Failure> = Effect.tryPromise({
  try: async () => {
    const pieces: Array<Buffer> = []
    for await (const piece of process.stdin) pieces.push(Buffer.from(piece))
    return Buffer.concat(pieces).toString("utf8")
  },
  catch: (cause) => failure(Exit.failed, `Standard input cannot be read: ${why(cause)}`)
})
