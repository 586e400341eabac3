import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"

/**
 * A day of the week. With a number in front it is the first, second, ... or, if negative, the last, last but one, ... of the
 * month or the year: `2TU`, `-1FR`.
 *
 * @since 0.1.0
 * @category models
 */
export type Weekday = "MO" | "TU" | "WE" | "TH" | "FR" | "SA" | "SU"

/**
 * How an event recurs (RFC 5545 section 3.3.10). The first time is its `start`.
 *
 * - `interval`: every second, third, ... day, week, month or year. Default: 1
 * - `count`: how many times, the first included; not beside `until`. Without either it recurs for ever
 * - `until`: when the last one may start
 * - `byDay`: on which days. Numbers in front of them are for `monthly` and `yearly`. Default: that of `start`
 * - `except`: the starts of those that do not take place
 *
 * @since 0.1.0
 * @category models
 */
export interface Recurrence {
  readonly frequency: "daily" | "weekly" | "monthly" | "yearly"
  readonly interval?: number | undefined
  readonly count?: number | undefined
  readonly until?: DateTime.DateTime | undefined
  readonly byDay?: ReadonlyArray<Weekday | `${number}${Weekday}`> | undefined
  readonly except?: ReadonlyArray<DateTime.DateTime> | undefined
}

/** What is wrong with a field of an event. */
export interface Fault {
  readonly field: string
  readonly reason: string
}

const mostRepeated = 10_000
const mostExceptions = 1000
const mostDays = 7 * 11
const frequencies = new Set(["daily", "weekly", "monthly", "yearly"])

const isCount = (value: number | undefined): boolean =>
  value === undefined || (Number.isSafeInteger(value) && value >= 1 && value <= mostRepeated)

const isDay = (day: string, frequency: string): boolean => {
  const [, ordinal] = /^([+-]?[1-9]\d?)?(?:MO|TU|WE|TH|FR|SA|SU)$/.exec(day) ?? [day, "none"]
  if (ordinal === undefined) return true
  const most = frequency === "monthly" ? 5 : frequency === "yearly" ? 53 : 0
  return Math.abs(Number(ordinal)) <= most
}

/** Checks a rule for an event that starts at a time. */
export const check = (
  { byDay = [], count, except = [], frequency, interval, until }: Recurrence,
  start: DateTime.DateTime
): Either.Either<void, Fault> => {
  const fail = (field: string, reason: string) => Either.left({ field: `recurrence.${field}`, reason })
  if (!frequencies.has(frequency)) return fail("frequency", "it is not daily, weekly, monthly or yearly")
  if (!isCount(interval)) return fail("interval", `it is not a whole number from 1 to ${mostRepeated}`)
  if (!isCount(count)) return fail("count", `it is not a whole number from 1 to ${mostRepeated}`)
  if (count !== undefined && until !== undefined) return fail("until", "it is beside a count: give one of both")
  if (until !== undefined && (!DateTime.isDateTime(until) || DateTime.lessThan(until, start))) {
    return fail("until", "it is before the start")
  }
  if (byDay.length > mostDays || !byDay.every((day) => typeof day === "string" && isDay(day, frequency))) {
    return fail("byDay", "it holds what is no day of the week, or a number that the frequency does not have")
  }
  return except.length > mostExceptions || !except.every(DateTime.isDateTime)
    ? fail("except", `it is not up to ${mostExceptions} DateTimes`)
    : Either.void
}

/** How the times of the event are written: those of the exceptions are written so, too. */
export interface Writing {
  /** A time without its zone. */
  readonly write: (time: DateTime.DateTime) => string
  /** What EXDATE has in front of its colon. */
  readonly parameter: string
  readonly isAllDay: boolean
}

const utc = (time: DateTime.DateTime): string =>
  `${DateTime.formatIso(DateTime.toUtc(time)).slice(0, 19).replace(/[-:]/g, "")}Z`

/** RRULE and EXDATE. `until` is in UTC where the event has a zone, and a date where it has whole days. */
export const format = (
  { byDay = [], count, except = [], frequency, interval, until }: Recurrence,
  { isAllDay, parameter, write }: Writing
): string => {
  const parts = [
    `FREQ=${frequency.toUpperCase()}`,
    ...interval === undefined ? [] : [`INTERVAL=${interval}`],
    ...count === undefined ? [] : [`COUNT=${count}`],
    ...until === undefined ? [] : [`UNTIL=${isAllDay ? write(until) : utc(until)}`],
    ...byDay.length === 0 ? [] : [`BYDAY=${byDay.join(",")}`]
  ]
  const rule = `RRULE:${parts.join(";")}`
  return except.length === 0 ? rule : `${rule}\r\nEXDATE${parameter}:${except.map(write).join(",")}`
}
