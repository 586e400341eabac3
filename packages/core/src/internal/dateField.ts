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

/**
 * A date as it stands in a field (RFC 5322 section 3.3): a zoned one with its offset, any other in UTC.
 *
 * @internal
 */
export const format = (date: DateTime.DateTime): string =>
  formatAt(date.epochMillis, DateTime.isZoned(date) ? Math.trunc(DateTime.zonedOffset(date) / 60_000) : 0)

let lastSecond = -1
let lastText = ""

/**
 * A time in UTC, in milliseconds since 1970. Many messages go out within one second: it is written once.
 *
 * @internal
 */
export const formatTime = (millis: number): string => {
  const second = Math.floor(millis / 1000)
  if (second !== lastSecond) {
    lastSecond = second
    lastText = formatAt(millis, 0)
  }
  return lastText
}
