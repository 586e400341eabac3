import type { Summary } from "./api.js"

const two = (value: number): string => String(value).padStart(2, "0")

export const timeOfDay = (time: number): string => {
  const date = new Date(time)
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

const dayNumber = (time: number): number => {
  const date = new Date(time)
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000)
}

export const day = (time: number): string => {
  const ago = dayNumber(Date.now()) - dayNumber(time)
  if (ago === 0) return "Today"
  if (ago === 1) return "Yesterday"
  return new Date(time).toLocaleDateString("en", { weekday: "long", day: "numeric", month: "long", year: "numeric" })
}

export const size = (octets: number): string => {
  if (octets < 1_024) return `${octets} B`
  const [value, unit] = octets < 1_048_576 ? [octets / 1_024, "KB"] : [octets / 1_048_576, "MB"]
  return `${value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString("en")} ${unit}`
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

export const nameOf = ({ address, name }: Summary["from"]): string =>
  visible(name === "" ? address === "" ? "<>" : address : name)

export const subjectOf = ({ size, subject }: Summary): string =>
  subject === "" ? size === 0 ? "(no message came)" : "(no subject)" : visible(subject).replace(/[\r\n\t]/g, " ")

/** `bob, eve and 1 hidden`; the local part alone where there are several. */
export const recipientsOf = ({ hidden, recipients, to }: Summary): string => {
  if (recipients === 0) return "no recipient"
  if (recipients > 20) return `${count(recipients)} recipients`
  const seen = to.map((one) => visible(recipients > 1 ? one.split("@")[0] ?? one : one))
  const more = recipients - hidden - to.length
  const parts = [
    ...seen,
    ...more > 0 ? [`${more} more`] : [],
    ...hidden > 0 ? [`${hidden} hidden`] : []
  ]
  const last = parts.pop() ?? ""
  return parts.length === 0 ? last : `${parts.join(", ")} and ${last}`
}
