/** The command line as a process, bundled from its sources as they are now. */
import { Command } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { Effect, Stream } from "effect"
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../../..", import.meta.url))
export const program = join(root, "packages/cli/dist/effect-mail.mjs")

const lock = join(root, "node_modules/.cache/cli-build")
const staleLock = 120_000

/** Files of tests run side by side: one builds, the others wait, and find that nothing is to be done. */
const locked = (work: () => void): void => {
  mkdirSync(join(lock, ".."), { recursive: true })
  for (;;) {
    try {
      mkdirSync(lock)
      break
    } catch {
      const taken = statSync(lock, { throwIfNoEntry: false })
      if (taken !== undefined && Date.now() - taken.mtimeMs > staleLock) rmSync(lock, { recursive: true, force: true })
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    }
  }
  try {
    work()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

export const build = (): void =>
  locked(() => {
    execFileSync(join(root, "node_modules/.bin/tsc"), ["-b", "packages/cli"], { cwd: root })
    execFileSync(process.execPath, ["scripts/page.mjs", "--stale"], { cwd: root })
    execFileSync(process.execPath, ["scripts/cli.mjs", "--stale"], { cwd: root })
  })

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

const text = (stream: Stream.Stream<Uint8Array, unknown>) => Effect.orDie(Stream.mkString(Stream.decodeText(stream)))

/** No setting of who runs the tests gets through. */
export const clean = {
  EMAIL_URL: "",
  EMAIL_HOST: "",
  EMAIL_BACKEND: "",
  OUTBOX_URL: "",
  DKIM_DOMAIN: "",
  DKIM_SELECTOR: "",
  DKIM_PRIVATE_KEY: "",
  EFFECT_MAIL_PASSWORD: ""
}

export const runProgram = (
  command: readonly [string, ...ReadonlyArray<string>],
  environment: Record<string, string> = {},
  stdin = "",
  cwd = root
): Effect.Effect<Ran> =>
  Command.make(...command).pipe(
    Command.env({ ...clean, ...environment }),
    Command.workingDirectory(cwd),
    Command.feed(stdin),
    Command.start,
    Effect.flatMap((process) =>
      Effect.all({ code: process.exitCode, out: text(process.stdout), err: text(process.stderr) }, { concurrency: 3 })
    ),
    Effect.map(({ code, err, out }) => ({ code: Number(code), err, out })),
    Effect.scoped,
    Effect.orDie,
    Effect.provide(NodeContext.layer)
  )

export const run = (
  args: ReadonlyArray<string>,
  environment: Record<string, string> = {},
  stdin = ""
): Effect.Effect<Ran> => runProgram([process.execPath, program, ...args], environment, stdin)

export const folder = (): string => mkdtempSync(join(tmpdir(), "cli-"))
