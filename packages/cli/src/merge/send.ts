import type { DeliveryReport } from "@effect-mail/core/DeliveryReport"
import { MailBackend } from "@effect-mail/core/MailBackend"
import type { MailError } from "@effect-mail/core/MailError"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import { Exit, type Failure } from "../command/Command.js"
import { codeOf } from "../compose/backend.js"
import type { Ready } from "./plan.js"
import { progress } from "./progress.js"
import type { Line, Report, Verdict } from "./report.js"

export interface Result {
  readonly verdicts: ReadonlyMap<Verdict, number>
  readonly code: number
  /** Why the run stopped before its end; undefined where it did not. */
  readonly stopped: MailError | undefined
}

const verdictOf = {
  Accepted: "accepted",
  Queued: "queued",
  Deferred: "deferred",
  Rejected: "refused",
  NotSent: "not sent",
  Unknown: "unknown"
} as const

const linesOf = (row: number, report: DeliveryReport): ReadonlyArray<Line> =>
  report.recipients.map((status) => ({
    row,
    recipient: status.recipient,
    verdict: verdictOf[status._tag],
    code: "reply" in status && status.reply !== undefined ? String(status.reply.code) : "",
    reply: "reply" in status && status.reply !== undefined ? status.reply.text : "",
    messageId: report.messageId
  }))

const failedVerdict = (error: MailError): Verdict =>
  error._tag === "OutcomeUnknownError"
    ? "unknown"
    : error._tag === "RejectedError"
    ? error.isTransient ? "deferred" : "refused"
    : "not sent"

/** A connection that cannot be had concerns the rows behind it too. */
const stops = ({ _tag }: MailError): boolean => _tag === "ConnectionError" || _tag === "AuthenticationError"

/** Sends the rows, and writes of each what became of it before the next one of its worker begins. */
export const sendRows = (
  rows: ReadonlyArray<Ready>,
  report: Report,
  concurrency: number
): Effect.Effect<Result, Failure, MailBackend> =>
  Effect.gen(function*() {
    const backend = yield* MailBackend
    const stopped = yield* Ref.make<MailError | undefined>(undefined)
    const verdicts = new Map<Verdict, number>()
    let done = 0
    let code: number = Exit.done
    // What is known least counts most.
    const rank: ReadonlyArray<number> = [
      Exit.done,
      Exit.refused,
      Exit.failed,
      Exit.noConnection,
      Exit.noLogin,
      Exit.unknown
    ]
    const worsen = (other: number): void => {
      if (rank.indexOf(other) > rank.indexOf(code)) code = other
    }
    const enter = (lines: ReadonlyArray<Line>) => {
      for (const { verdict } of lines) verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
      done++
      return report.write(lines)
    }
    const sendRow = ({ message, number, recipients }: Ready) =>
      Effect.gen(function*() {
        if ((yield* Ref.get(stopped)) !== undefined) return
        const line = (verdict: Verdict, reply: string): ReadonlyArray<Line> =>
          recipients.map((recipient) => ({ row: number, recipient, verdict, code: "", reply, messageId: "" }))
        yield* report.write(line("sending", ""))
        yield* Effect.matchEffect(backend.send(message), {
          onSuccess: (delivered) => {
            const lines = linesOf(number, delivered)
            if (lines.some(({ verdict }) => verdict === "unknown")) worsen(Exit.unknown)
            if (lines.some(({ verdict }) => verdict === "refused" || verdict === "deferred")) worsen(Exit.refused)
            return enter(lines)
          },
          onFailure: (error) => {
            worsen(codeOf(error))
            return Effect.zipRight(
              stops(error) ? Ref.set(stopped, error) : Effect.void,
              enter(line(failedVerdict(error), error.message))
            )
          }
        })
      })
    yield* Effect.scoped(Effect.zipRight(
      progress(process.stderr, rows.length, () => ({ done, verdicts })),
      Effect.forEach(rows, sendRow, { concurrency, discard: true })
    ))
    yield* report.finish
    return { verdicts, code, stopped: yield* Ref.get(stopped) }
  })
