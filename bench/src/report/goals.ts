/** What the numbers are to be, and whether they are. */
import { Option, Record } from "effect"
import type { Summary } from "../harness/statistics.js"
import type { Measures } from "./measures.js"

export interface Goal {
  readonly measure: string
  readonly name: string
  readonly unit: string
  readonly isMaximum: boolean
  readonly bound: number
}

const atLeast = (measure: string, bound: number, name: string): Goal => ({
  measure,
  name,
  unit: "x",
  isMaximum: false,
  bound
})

const perSecond = (measure: string, bound: number, name: string): Goal => ({
  ...atLeast(measure, bound, name),
  unit: " /s"
})

const atMost = (measure: string, bound: number, unit: string, name: string): Goal => ({
  measure,
  name,
  unit,
  isMaximum: true,
  bound
})

export const goals: ReadonlyArray<Goal> = [
  atMost("link.roundTrips.sendAll", 1.1, "", "round trips for a message of sendAll, one connection, 20 ms"),
  atMost("link.roundTrips.sendStream", 1.1, "", "round trips for a message of sendStream, the same"),
  atLeast("link.againstPool.sendAll", 2, "sendAll, one connection, 20 ms, against nodemailer's pool"),
  atLeast("link.againstPool.sendStream", 2, "sendStream, the same"),
  atMost("link.roundTrips.chunked", 0.25, "", "round trips for a message, chunking with a window of 8"),
  atLeast("link.againstPool.chunked", 8, "chunking with a window of 8, 20 ms, against nodemailer's pool"),
  atLeast("sending.5.againstPool.sendAll", 6, "sendAll, 5 connections, against nodemailer's pool"),
  atLeast("sending.5.againstBare.sendAll", 0.85, "sendAll, 5 connections, against ready bytes on bare connections"),
  atLeast("sending.1.againstBare.sendAll", 0.85, "sendAll, one connection, against the same"),
  atMost("sending.1.beyondBareMicros.send", 120, " us", "one Mail.send over a warm pool, beyond the bare connection"),
  atMost(
    "imports.beyondEffectMillis",
    50,
    " ms",
    "import of core/Mail and backends/Smtp, beyond the modules of Effect"
  ),
  atMost("firstMessage.newProcess.beyondPoolMillis", 240, " ms", "first message of a new process, beyond nodemailer's"),
  atLeast("rendering.letter.render", 20, "Mime.render, 2 KB letter, against nodemailer's composer"),
  atLeast("rendering.letter.wholeWay", 20, "make, prepare, render, the same letter, against the same"),
  atLeast("rendering.latin.wholeWay", 20, "make, prepare, render, 3 KB letter in Latin, against the same"),
  atLeast(
    "rendering.latinWithJapanese.wholeWay",
    15,
    "make, prepare, render, 3 KB letter in Latin with Japanese in it, against the same"
  ),
  atMost("signing.againstRsa", 1.3, "x", "a DKIM signature of the 2 KB letter, against the RSA-2048 operation alone"),
  atMost("growth.percent", 10, " %", "growth of the cost per message from 10^3 to the largest batch rendered"),
  atMost("memory.attachment.aboveIdleMebibytes", 64, " MiB", "memory above idle, large attachment streamed"),
  atLeast("memory.attachment.againstNodemailer", 1.5, "large attachment, against nodemailer streaming the same file"),
  atMost("memory.messages.1000000.aboveIdleMebibytes", 24, " MiB", "memory above idle, 10^6 messages of sendStream"),
  perSecond("outbox.perSecond.postgres", 1500, "outbox on PostgreSQL, one runner of 16 connections, queued to settled"),
  perSecond("outbox.perSecond.sqlite", 500, "outbox on SQLite with synchronous FULL, the same"),
  atLeast("outbox.ratio.threeAgainstOne", 1.3, "three runners on PostgreSQL, against one"),
  atMost("outbox.enqueueMillis.postgres", 2000, " ms", "10,000 messages into PostgreSQL, in one transaction"),
  atMost("outbox.claimMillis.1000000", 15, " ms", "a claim of 16 messages out of 10^6")
]

export interface Judgement {
  readonly goal: Goal
  /** Not there when it was not measured. */
  readonly value: Option.Option<Summary>
  readonly isReached: boolean
}

const subjectOf = (measure: string): string => measure.slice(0, measure.indexOf("."))

/** Each goal of the subjects that were measured. */
export const judge = (measures: Measures): ReadonlyArray<Judgement> => {
  const subjects = new Set(Object.keys(measures).map(subjectOf))
  return goals.filter(({ measure }) => subjects.has(subjectOf(measure))).map((goal) => {
    const value = Record.get(measures, goal.measure)
    const isReached = Option.exists(value, ({ median }) => goal.isMaximum ? median <= goal.bound : median >= goal.bound)
    return { goal, value, isReached }
  })
}
