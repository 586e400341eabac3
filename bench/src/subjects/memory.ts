/** How much memory a long job takes beyond that of an idle process, and how fast it is: each job in a process of its own. */
import { Effect, Record, Schema, type Scope } from "effect"
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { BenchError } from "../harness/BenchError.js"
import * as Children from "../harness/children.js"
import type { Target } from "../harness/Sink.js"
import { ratio, summarize, type Summary } from "../harness/statistics.js"
import type { Context } from "./Context.js"

/** In octets and milliseconds. */
export interface Job {
  readonly idle: number
  readonly aboveIdle: Summary
  readonly millis: Summary
}

export interface Results {
  readonly attachment: {
    readonly octets: number
    readonly againstNodemailer: Summary
    readonly againstBare: Summary
    readonly senders: Readonly<Record<"ours" | "nodemailer" | "bare", Job>>
  }
  readonly streams: ReadonlyArray<Job & { readonly sender: "ours" | "nodemailer"; readonly count: number }>
}

const Run = Schema.Struct({ idle: Schema.Number, peak: Schema.Number, millis: Schema.Number })

/** A file of this size that takes no room on the disk. */
const file = (octets: number): Effect.Effect<string, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const folder = mkdtempSync(join(tmpdir(), "effect-mail-bench-"))
        const path = join(folder, "large.bin")
        writeFileSync(path, "")
        truncateSync(path, octets)
        return { folder, path }
      }),
      ({ folder }) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
    ),
    ({ path }) => path
  )

const run = (
  { host, port }: Target,
  job: string,
  size: number,
  warmUp: number,
  path = ""
): Effect.Effect<typeof Run.Type, BenchError> =>
  Children.ask(new URL("memoryProcess.js", import.meta.url), Run, {
    args: [job, host, String(port), String(size), String(warmUp), path],
    flags: ["--expose-gc"],
    timeLimit: "15 minutes"
  })

/** What several runs of one job came to. */
const together = (runs: ReadonlyArray<typeof Run.Type>): Job => ({
  idle: Math.max(...runs.map(({ idle }) => idle)),
  aboveIdle: summarize(runs.map(({ idle, peak }) => peak - idle)),
  millis: summarize(runs.map(({ millis }) => millis))
})

const measureAttachment = (
  { log, plan: { memory: { attachment: { octets, warmUp }, rounds } }, sink }: Context
): Effect.Effect<Results["attachment"], BenchError> =>
  Effect.scoped(Effect.gen(function*() {
    const path = yield* file(octets)
    const job = (sender: keyof Results["attachment"]["senders"]) =>
      Effect.zipRight(
        log(`memory: an attachment of ${octets / 2 ** 20} MiB, ${sender}`),
        run(sink, `${sender}Attachment`, octets, warmUp, path)
      )
    const measured = yield* Effect.replicateEffect(
      Effect.all({ ours: job("ours"), nodemailer: job("nodemailer"), bare: job("bare") }),
      rounds
    )
    const ours = measured.map((round) => round.ours)
    const nodemailer = measured.map((round) => round.nodemailer)
    const bare = measured.map((round) => round.bare)
    const millis = (runs: ReadonlyArray<typeof Run.Type>) => runs.map((one) => one.millis)
    return {
      octets,
      againstNodemailer: ratio(millis(nodemailer), millis(ours)),
      againstBare: ratio(millis(bare), millis(ours)),
      senders: Record.map({ ours, nodemailer, bare }, together)
    }
  }))

const measureStreams = (
  { log, plan: { memory: { messages: { ours, theirs, warmUp } } }, sink }: Context
): Effect.Effect<Results["streams"], BenchError> =>
  Effect.forEach(
    [...ours.map((count) => ({ sender: "ours" as const, count })), { sender: "nodemailer" as const, count: theirs }],
    ({ count, sender }) =>
      log(`memory: a stream of ${count} messages, ${sender}`).pipe(
        Effect.zipRight(run(sink, `${sender}Stream`, count, warmUp)),
        Effect.map((measured) => ({ sender, count, ...together([measured]) }))
      )
  )

export const measure = (context: Context): Effect.Effect<Results, BenchError> =>
  Effect.all({ attachment: measureAttachment(context), streams: measureStreams(context) })
