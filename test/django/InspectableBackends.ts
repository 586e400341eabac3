/**
 * The backends that keep what they send, each with a way to look at it: for the rows that hold for every backend.
 */
import { Console, File, Memory } from "@effect-mail/backends"
import type { MailBackend } from "@effect-mail/core"
import * as SmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import { TestMailbox } from "@effect-mail/testing"
import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { Clock, Effect, Sink } from "effect"

export interface InspectableBackend {
  readonly name: string
  /** Runs an effect that sends, and gives what it gave with the bytes that arrived, in their order. */
  readonly run: <A, E>(
    send: Effect.Effect<A, E, MailBackend.MailBackend>
  ) => Effect.Effect<{ readonly value: A; readonly kept: ReadonlyArray<Uint8Array> }, unknown>
}

const separator = `\n${"-".repeat(79)}\n`

const test: InspectableBackend = {
  name: "test",
  run: (send) =>
    Effect.gen(function*() {
      const value = yield* send
      const sent = yield* TestMailbox.outbox
      return { value, kept: sent.map(({ bytes }) => bytes) }
    }).pipe(Effect.provide(TestMailbox.layer))
}

const memory: InspectableBackend = {
  name: "memory",
  run: (send) =>
    Effect.gen(function*() {
      const value = yield* send
      const kept = yield* Effect.flatMap(Memory.Memory, ({ outbox }) => outbox)
      return { value, kept: kept.map(({ bytes }) => bytes) }
    }).pipe(Effect.provide(Memory.layer))
}

const consoleBackend: InspectableBackend = {
  name: "console",
  run: (send) =>
    Effect.suspend(() => {
      let shown = ""
      const screen = Sink.forEach((bytes: Uint8Array) =>
        Effect.sync(() => {
          shown += Buffer.from(bytes).toString("latin1")
        })
      )
      return Effect.map(Effect.provide(send, Console.layerSink(screen)), (value) => ({
        value,
        kept: shown.split(separator).slice(0, -1).map((text) => new Uint8Array(Buffer.from(text, "latin1")))
      }))
    })
}

const file: InspectableBackend = {
  name: "file",
  run: (send) =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* fs.makeTempDirectoryScoped()
      const value = yield* Effect.provide(send, File.layer({ directory }))
      const names = yield* fs.readDirectory(directory)
      const kept = yield* Effect.forEach(names.sort(), (name) => File.read(`${directory}/${name}`))
      return { value, kept: kept.flat() }
    }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))
}

const smtp: InspectableBackend = {
  name: "smtp",
  run: (send) =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const value = yield* Effect.provide(send, server.layer())
      return { value, kept: server.received.map(({ bytes }) => bytes) }
    }).pipe(Effect.scoped, Effect.withClock(Clock.make()))
}

export const all: ReadonlyArray<InspectableBackend> = [test, memory, consoleBackend, file, smtp]

/** Asks the same of each backend. */
export const each = <E>(
  check: (backend: InspectableBackend) => Effect.Effect<void, E>
): Effect.Effect<void, E> => Effect.forEach(all, check, { discard: true })
