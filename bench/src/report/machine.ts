/** Where the numbers were taken. */
import { Effect, Schema } from "effect"
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import * as os from "node:os"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { attempt, BenchError } from "../harness/BenchError.js"

export const Machine = Schema.Struct({
  cores: Schema.Number,
  cpu: Schema.String,
  platform: Schema.String,
  node: Schema.String,
  effect: Schema.String,
  nodemailer: Schema.String
})
export type Machine = typeof Machine.Type

/** The folder of the bench, in which the history is. */
export const folder = fileURLToPath(new URL("../..", import.meta.url))

const Package = Schema.parseJson(Schema.Struct({ version: Schema.String }))

const versionOf = (name: string): Effect.Effect<string, BenchError> =>
  Effect.mapBoth(
    Schema.decodeUnknown(Package)(
      readFileSync(createRequire(import.meta.url).resolve(`${name}/package.json`), "utf8")
    ),
    { onFailure: BenchError.because(`${name} has no version`), onSuccess: ({ version }) => version }
  )

export const machine: Effect.Effect<Machine, BenchError> = Effect.map(
  Effect.all({ effect: versionOf("effect"), nodemailer: versionOf("nodemailer") }),
  (versions) => ({
    cores: os.cpus().length,
    cpu: os.cpus()[0]?.model.trim() ?? "unknown",
    platform: `${os.type()} ${os.arch()}`,
    node: process.versions.node,
    ...versions
  })
)

/** What was measured: the commit, and `+` where files differ from it. */
export const commit: Effect.Effect<string> = attempt(
  "git does not say",
  () => promisify(execFile)("git", ["describe", "--always", "--dirty=+", "--exclude=*"], { cwd: folder })
).pipe(
  Effect.map(({ stdout }) => stdout.trim()),
  Effect.orElseSucceed(() => "unknown")
)
