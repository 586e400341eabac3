/** The sink as its parent sees it. */
import { Effect, Option, Schema, type Scope } from "effect"
import { BenchError } from "./BenchError.js"
import * as Children from "./children.js"

export interface Target {
  readonly host: string
  readonly port: number
}

const Counts = Schema.Struct({ messages: Schema.Number, octets: Schema.Number, chunks: Schema.Number })

/** Where the messages go. A sink elsewhere cannot be asked what it counted. */
export interface Sink extends Target {
  readonly name: string
  /** The same server, and it offers CHUNKING. */
  readonly chunking: Target
  readonly counts: Effect.Effect<Option.Option<typeof Counts.Type>, BenchError>
}

const Ports = Schema.Struct({ port: Schema.Number, chunkingPort: Schema.Number })

const ours: Effect.Effect<Sink, BenchError, Scope.Scope> = Effect.gen(function*() {
  const child = yield* Children.start(new URL("sinkProcess.js", import.meta.url))
  const { chunkingPort, port } = yield* Children.hear(child, Ports)
  const host = "127.0.0.1"
  return {
    name: "the bench's own",
    host,
    port,
    chunking: { host, port: chunkingPort },
    counts: Effect.suspend(() => {
      child.send("counts")
      return Effect.asSome(Children.hear(child, Counts))
    })
  }
})

const elsewhere = (address: string): Effect.Effect<Sink, BenchError> => {
  const at = address.lastIndexOf(":")
  const host = address.slice(0, at)
  const port = Number(address.slice(at + 1))
  return at < 1 || !Number.isInteger(port) || port < 1 || port > 65535
    ? new BenchError({ message: `--sink takes host:port, not ${address}` })
    : Effect.succeed({ name: address, host, port, chunking: { host, port }, counts: Effect.succeedNone })
}

/** A process that is started here and ends with the scope, or the server at `address`. */
export const open = (address: string | undefined): Effect.Effect<Sink, BenchError, Scope.Scope> =>
  address === undefined ? ours : elsewhere(address)

/** Makes sure that the sink got every message that was sent. */
export const verified =
  (sink: Sink, name: string, run: (count: number) => Effect.Effect<number, BenchError>) =>
  (count: number): Effect.Effect<number, BenchError> =>
    Effect.gen(function*() {
      const before = yield* sink.counts
      const took = yield* run(count)
      const after = yield* sink.counts
      const arrived = Option.zipWith(after, before, (now, then) => now.messages - then.messages)
      return Option.exists(arrived, (messages) => messages !== count)
        ? yield* new BenchError({ message: `${name}: ${count} sent, ${Option.getOrUndefined(arrived)} arrived` })
        : took
    })
