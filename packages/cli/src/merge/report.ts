import * as Effect from "effect/Effect"
import { appendFile, readFile, rename, writeFile } from "node:fs/promises"
import { Exit, type Failure, failure, wrongUse } from "../command/Command.js"
import { visible } from "../terminal/visible.js"
import { csvLine, parseCsv } from "./csv.js"

/** `sending`: it was begun, and nothing is known of its end; that counts as unknown. */
export type Verdict = "accepted" | "queued" | "deferred" | "refused" | "not sent" | "unknown" | "sending"

/** What became of one recipient of one row. */
export interface Line {
  readonly row: number
  readonly recipient: string
  readonly verdict: Verdict
  readonly code: string
  readonly reply: string
  readonly messageId: string
}

const columns = ["row", "recipient", "verdict", "code", "reply", "message_id"] as const

const verdicts: ReadonlyArray<Verdict> = ["accepted", "queued", "deferred", "refused", "not sent", "unknown", "sending"]

const textOf = ({ code, messageId, recipient, reply, row, verdict }: Line): string =>
  csvLine([String(row), recipient, verdict, code, reply, messageId])

const keyOf = ({ recipient, row }: Pick<Line, "row" | "recipient">): string => `${row} ${recipient}`

const attempt = <A>(path: string, what: string, run: () => Promise<A>): Effect.Effect<A, Failure> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) =>
      failure(
        Exit.failed,
        `${visible(path)} cannot be ${what}: ${cause instanceof Error ? cause.message : String(cause)}`
      )
  })

/** A report of an earlier run: the last line of each recipient counts. */
export const readReport = (path: string): Effect.Effect<ReadonlyArray<Line>, Failure> =>
  Effect.gen(function*() {
    const text = yield* attempt(path, "read", () => readFile(path, "utf8"))
    const rows = yield* parseCsv(text, path)
    const last = new Map<string, Line>()
    for (const { row } of rows) {
      const verdict = verdicts.find((one) => one === row["verdict"])
      if (verdict === undefined || !/^\d+$/.test(row["row"] ?? "")) {
        return yield* Effect.fail(wrongUse(`${visible(path)} is no report of effect-mail.`))
      }
      const line: Line = {
        row: Number(row["row"]),
        recipient: (row["recipient"] ?? "").replace(/^'(?=[=+\-@])/, ""),
        verdict,
        code: row["code"] ?? "",
        reply: row["reply"] ?? "",
        messageId: row["message_id"] ?? ""
      }
      last.set(keyOf(line), line)
    }
    return Array.from(last.values())
  })

/** A report as it is written: each line at once, so that a run that is killed leaves what it knew. */
export interface Report {
  readonly write: (lines: ReadonlyArray<Line>) => Effect.Effect<void, Failure>
  /** One line for each recipient, in the order of the rows. */
  readonly finish: Effect.Effect<void, Failure>
}

export const openReport = (path: string, before: ReadonlyArray<Line>): Effect.Effect<Report, Failure> =>
  Effect.gen(function*() {
    const lock = yield* Effect.makeSemaphore(1)
    const last = new Map(before.map((line) => [keyOf(line), line]))
    const whole = (): string =>
      csvLine(columns) + Array.from(last.values()).sort((one, other) => one.row - other.row).map(textOf).join("")
    const replace = attempt(path, "written", async () => {
      await writeFile(`${path}.tmp`, whole(), { mode: 0o600 })
      await rename(`${path}.tmp`, path)
    })
    yield* replace
    return {
      write: (lines) =>
        lock.withPermits(1)(Effect.suspend(() => {
          for (const line of lines) last.set(keyOf(line), line)
          return attempt(path, "written", () => appendFile(path, lines.map(textOf).join("")))
        })),
      finish: replace
    }
  })
