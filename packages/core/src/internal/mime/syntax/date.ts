import * as DateTime from "effect/DateTime"

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

const two = (value: number): string => value < 10 ? `0${value}` : String(value)

const formatAt = (millis: number, offset: number): string => {
  const local = new Date(millis + offset * 60_000)
  const minutes = Math.abs(offset)
  return `${days[local.getUTCDay()]}, ${two(local.getUTCDate())} ${months[local.getUTCMonth()]} ` +
    `${String(local.getUTCFullYear()).padStart(4, "0")} ${two(local.getUTCHours())}:${two(local.getUTCMinutes())}:` +
    `${two(local.getUTCSeconds())} ${offset < 0 ? "-" : "+"}${two(Math.trunc(minutes / 60))}${two(minutes % 60)}`
}

/** A date in the form of a field (RFC 5322 section 3.3): a zoned one with its offset, any other in UTC. */
export const format = (date: DateTime.DateTime): string =>
  formatAt(date.epochMillis, DateTime.isZoned(date) ? Math.trunc(DateTime.zonedOffset(date) / 60_000) : 0)

const written = /^(?:(\w{3}), )?(\d{1,2}) (\w{3}) (\d{4}) (\d{2}):(\d{2})(?::(\d{2}))? (?:[+-](\d{2})(\d{2})|GMT|UT)$/

/** The largest distance of a time zone from UTC, in hours. */
const maxOffset = 14

/** Whether a text is a date that exists, in the form of a field (RFC 5322 section 3.3), from 1900 to 9999. */
export const isDate = (text: string): boolean => {
  const match = written.exec(text)
  if (match === null) return false
  const [, weekday, day, month, year, hour, minute, second = "0", zoneHour = "0", zoneMinute = "0"] = match
  const date = new Date(Date.UTC(Number(year), months.indexOf(month), Number(day)))
  return Number(year) >= 1900 && months[date.getUTCMonth()] === month && date.getUTCDate() === Number(day) &&
    (weekday === undefined || days[date.getUTCDay()] === weekday) &&
    // A leap second is the sixtieth.
    Number(hour) <= 23 && Number(minute) <= 59 && Number(second) <= 60 &&
    Number(zoneMinute) <= 59 && Number(zoneHour) * 60 + Number(zoneMinute) <= maxOffset * 60
}

let lastSecond = -1
let lastText = ""

/** A time in UTC, from milliseconds since 1970. The last one is kept: many messages are sent within one second. */
export const formatTime = (millis: number): string => {
  const second = Math.floor(millis / 1000)
  if (second !== lastSecond) {
    lastSecond = second
    lastText = formatAt(millis, 0)
  }
  return lastText
}
