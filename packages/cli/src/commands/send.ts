import type { DeliveryReport } from "@effect-mail/core/DeliveryReport"
import * as Mail from "@effect-mail/core/Mail"
import type { MailError } from "@effect-mail/core/MailError"
import * as Effect from "effect/Effect"
import { type Command, Exit, type Failure, failure, type Given, wrongUse } from "../command/Command.js"
import { wholeNumber } from "../command/parse.js"
import { backend, failureOf, isConfigured, notConfigured } from "../compose/backend.js"
import { sendEml } from "../compose/eml.js"
import { readText } from "../compose/files.js"
import { messageOptions } from "../compose/options.js"
import { messageOf, sourceOf } from "../compose/source.js"
import { sourceOfStdin } from "../compose/stdin.js"
import { parseCsv } from "../merge/csv.js"
import { plan, type Ready, type Wrong } from "../merge/plan.js"
import { words } from "../merge/progress.js"
import { type Line, openReport, readReport } from "../merge/report.js"
import { sendRows } from "../merge/send.js"
import { coloursOf } from "../terminal/colours.js"
import { jsonLine } from "../terminal/json.js"
import { visible } from "../terminal/visible.js"

/** One line for each recipient; with `--json` the report as a whole. */
const printReport = (report: DeliveryReport, isJson: boolean): void => {
  if (isJson) {
    const { envelope, messageId, recipients } = report
    process.stdout.write(jsonLine({ messageId, envelope, recipients }))
    return
  }
  const { bad, good, late, lost } = coloursOf(process.stdout)
  const tone = { Accepted: good, Queued: good, Deferred: late, Rejected: bad, NotSent: bad, Unknown: lost } as const
  for (const status of report.recipients) {
    const reply = "reply" in status && status.reply !== undefined ? `${status.reply.code} ${status.reply.text}` : ""
    process.stdout.write(
      `${tone[status._tag](status._tag.padEnd(9))} ${visible(status.recipient)}  ${visible(reply)}\n`
    )
  }
}

const codeOfReport = ({ recipients }: DeliveryReport): number =>
  recipients.some(({ _tag }) => _tag === "Unknown")
    ? Exit.unknown
    : recipients.every(({ _tag }) => _tag === "Accepted" || _tag === "Queued")
    ? Exit.done
    : Exit.refused

const sendOne = (given: Given, send: Effect.Effect<DeliveryReport, Failure>): Effect.Effect<number, Failure> =>
  Effect.map(send, (report) => {
    printReport(report, given.isOn("json"))
    return codeOfReport(report)
  })

const one = (given: Given): Effect.Effect<number, Failure> =>
  Effect.gen(function*() {
    const eml = given.text("eml")
    if (eml !== undefined) return yield* sendOne(given, sendEml(eml, given.text("envelope-from"), given.texts("to")))
    const source = given.positionals[0] === "-" ? sourceOfStdin : sourceOf(given)
    const message = yield* Effect.flatMap(source, messageOf)
    const explain = (error: MailError): Failure => failureOf(error)
    if (given.isOn("dry-run")) {
      yield* Effect.mapError(Mail.validate(message), explain)
      process.stderr.write("It would be sent.\n")
      return Exit.done
    }
    if (!isConfigured()) return yield* Effect.fail(notConfigured)
    return yield* sendOne(given, Mail.send(message).pipe(Effect.mapError(explain), Effect.provide(backend)))
  })

const printWrong = (wrong: ReadonlyArray<Wrong>): void => {
  for (const { number, reason } of wrong.slice(0, 50)) {
    process.stderr.write(`  row ${String(number).padEnd(6)} ${visible(reason)}\n`)
  }
  if (wrong.length > 50) process.stderr.write(`  and ${wrong.length - 50} more\n`)
}

/** The rows that an earlier run has not settled. What it does not know is left alone, unless that is asked for. */
const remaining = (
  ready: ReadonlyArray<Ready>,
  before: ReadonlyArray<Line>,
  resendUnknown: boolean
): { readonly rows: ReadonlyArray<Ready>; readonly unknown: number } => {
  const byRow = new Map<number, Array<Line>>()
  for (const line of before) byRow.set(line.row, [...byRow.get(line.row) ?? [], line])
  let unknown = 0
  const rows = ready.filter(({ number }) => {
    const lines = byRow.get(number) ?? []
    if (lines.some(({ verdict }) => verdict === "unknown" || verdict === "sending")) {
      unknown++
      return resendUnknown
    }
    // A row that some have got goes only to the others; a merge has one recipient for each row as a rule.
    return lines.length === 0 ||
      lines.every(({ verdict }) => verdict === "deferred" || verdict === "not sent")
  })
  return { rows, unknown }
}

const changed = (ready: ReadonlyArray<Ready>, before: ReadonlyArray<Line>): Line | undefined => {
  const byRow = new Map(ready.map(({ number, recipients }) => [number, recipients]))
  return before.find(({ recipient, row }) => byRow.has(row) && byRow.get(row)?.includes(recipient) !== true)
}

const merge = (given: Given, path: string): Effect.Effect<number, Failure> =>
  Effect.gen(function*() {
    const rows = yield* Effect.flatMap(readText(path), (text) => parseCsv(text, path))
    const source = yield* sourceOf(given)
    if (source.to.length === 0) return yield* Effect.fail(wrongUse("--each needs --to, such as --to '{{email}}'"))
    const concurrency = yield* wholeNumber(given, "concurrency", 4, 1, 50)
    const { ready, wrong } = yield* plan(source, rows)
    const say = (text: string): void => {
      process.stderr.write(`${text}\n`)
    }
    if (given.isOn("dry-run")) {
      say(
        `  would send ${ready.length.toLocaleString("en")}   ${wrong.length} ${
          wrong.length === 1 ? "row is" : "rows are"
        } wrong`
      )
      printWrong(wrong)
      return wrong.length === 0 ? Exit.done : Exit.refused
    }
    if (wrong.length > 0 && !given.isOn("skip-wrong")) {
      say(`Nothing was sent: ${wrong.length} ${wrong.length === 1 ? "row is" : "rows are"} wrong.`)
      printWrong(wrong)
      return yield* Effect.fail(failure(Exit.refused, "Correct them, or leave them out with --skip-wrong."))
    }
    const resumed = given.text("resume")
    const reportPath = given.text("report") ?? resumed
    if (reportPath === undefined) {
      return yield* Effect.fail(
        wrongUse("--each needs --report FILE: who got it, so that a run that breaks off can go on.")
      )
    }
    if (!isConfigured()) return yield* Effect.fail(notConfigured)
    const before = resumed === undefined ? [] : yield* readReport(resumed)
    const other = changed(ready, before)
    if (other !== undefined) {
      return yield* Effect.fail(
        wrongUse(`Row ${other.row} had another recipient when ${visible(resumed ?? "")} was written.`)
      )
    }
    const left = remaining(ready, before, given.isOn("resend-unknown"))
    if (left.unknown > 0 && !given.isOn("resend-unknown")) {
      say(
        `  ${left.unknown} unknown ${
          left.unknown === 1 ? "row is" : "rows are"
        } left alone: --resend-unknown sends them again`
      )
    }
    const report = yield* openReport(reportPath, before)
    const result = yield* Effect.provide(sendRows(left.rows, report, concurrency), backend)
    if (given.isOn("json")) process.stdout.write(jsonLine(Object.fromEntries(result.verdicts)))
    say(`  ${words(result.verdicts)}        ${visible(reportPath)}`)
    if (result.stopped !== undefined) say(`  Stopped: ${visible(result.stopped.message)}`)
    if (result.code !== Exit.done) say(`  --resume ${visible(reportPath)} goes on with the rest`)
    return result.code
  })

const run = (given: Given): Effect.Effect<number, Failure> => {
  const each = given.text("each")
  return each === undefined ? one(given) : merge(given, each)
}

export const command: Command = {
  name: "send",
  summary:
    "Sends a message to the server of EMAIL_URL, or one to each row of a CSV file. In a merge {{column}} is escaped by " +
    "its place, and every row is checked before the first is sent.",
  usage: "[options] [-]",
  options: [
    ...messageOptions,
    { name: "eml", value: "FILE", meaning: "sends that message as it is, to --to" },
    {
      name: "each",
      value: "FILE.csv",
      meaning: "one message for each row; {{column|otherwise}} in addresses, subject and text"
    },
    { name: "dry-run", meaning: "checks, and sends nothing" },
    { name: "report", value: "FILE.csv", meaning: "what became of each row and recipient" },
    { name: "resume", value: "FILE.csv", meaning: "goes on where that report ends; deferred rows are sent again" },
    {
      name: "resend-unknown",
      meaning: "with --resume: also sends rows whose outcome is unknown: they may arrive twice"
    },
    { name: "skip-wrong", meaning: "leaves rows out that cannot be sent as they are" },
    { name: "concurrency", value: "COUNT", meaning: "messages at once", default: "4" },
    { name: "json", meaning: "the result as JSON" }
  ],
  examples: [
    ["effect-mail send --from me@example.com --to bob@example.com -s Hi --markdown note.md -a a.pdf", "one message"],
    [
      "effect-mail send --from me@example.com --each people.csv --to '{{email}}' -s 'Hi {{name|there}}' --markdown hi.md --dry-run",
      "checks a merge"
    ],
    ["effect-mail send - < message.json", "a message in JSON"]
  ],
  exits: [
    [0, "all accepted"],
    [1, "failed"],
    [2, "wrong use"],
    [3, "some recipients or rows were refused, or are wrong"],
    [4, "outcome unknown: do not simply run it again"],
    [5, "no connection"],
    [6, "the login was refused"],
    [130, "stopped by Ctrl-C"]
  ],
  run
}
