import type { Summary } from "./api.js"

const two = (value: number): string => String(value).padStart(2, "0")

/** A time of the server as the reader's clock shows it: the day only where it is another. */
export const clock = (iso: string): string => {
  const date = new Date(iso)
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  const isToday = date.toDateString() === new Date().toDateString()
  return isToday ? time : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`
}

const units: ReadonlyArray<readonly [seconds: number, name: string]> = [[86_400, "d"], [3_600, "h"], [60, "min"], [
  1,
  "s"
]]

/** `3 min`: the largest unit alone. Below a second in ms. */
export const span = (ms: number): string => {
  if (ms > 0 && ms < 1_000) return `${Math.round(ms)} ms`
  const seconds = Math.max(0, Math.round(ms / 1_000))
  const [size, name] = units.find(([size]) => seconds >= size) ?? [1, "s"]
  return `${Math.floor(seconds / size).toLocaleString("en")} ${name}`
}

export const fromNow = (iso: string): string => {
  const distance = new Date(iso).getTime() - Date.now()
  if (Math.abs(distance) < 1_000) return "now"
  return distance > 0 ? `in ${span(distance)}` : `${span(-distance)} ago`
}

export const count = (value: number): string => value.toLocaleString("en")

export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** What would steer the direction of text, or hide, as something that can be seen. */
export const visible = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (char) =>
      /[\t\n\r]/.test(char) ? char : `⟨U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`
  )

/** A message has no subject here: what the program called it, else its Message-ID. */
export const nameOf = ({ key, messageId }: Summary): string => visible(key ?? messageId)
