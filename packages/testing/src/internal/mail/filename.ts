import type { Part } from "./scan.js"

/** What steers the direction of text, or cannot be seen. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
const forbidden = /[<>:"/\\|?*]/g
const maxLength = 120

/** A text with its control and direction characters made visible: `⟨U+202E⟩`. */
export const visible = (text: string): string =>
  text.replace(unseen, (char) => `⟨U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`)

const extensions: Readonly<Record<string, string>> = {
  "application/json": ".json",
  "application/pdf": ".pdf",
  "application/zip": ".zip",
  "image/gif": ".gif",
  "image/jpeg": ".jpg",
  "image/png": ".png",
  "message/rfc822": ".eml",
  "text/calendar": ".ics",
  "text/csv": ".csv",
  "text/html": ".html",
  "text/plain": ".txt"
}

/** The name that the message gives to a part; empty where it gives none. */
export const givenName = (part: Part): string =>
  part.dispositionParameters.get("filename") ?? part.parameters.get("name") ?? ""

/** What a folder may be called: a piece of a path like that is not part of a name. */
const folder = /^[\p{L}\p{N} ._~:@+-]*$/u

/** The last piece of a path. What only looks like one, because a name holds a slash, is kept with `_` for the slash. */
export const withoutPath = (name: string): string => {
  const pieces = name.split(/[/\\]/).filter((piece) => !/^\.{1,2}$/.test(piece.trim()))
  const first = pieces.findIndex((piece, i) => i === pieces.length - 1 || !folder.test(piece))
  return pieces.slice(Math.max(0, first)).join("_")
}

/**
 * The name under which a part may be saved: the last piece of a path, without control characters, without what a file
 * system takes for something else, and not too long. Its end, which says what it is, is kept.
 */
export const safeName = (part: Part): string => {
  const last = withoutPath(givenName(part)).replace(unseen, "").replace(forbidden, "_").trim()
    .replace(/^\.+/, "").replace(/[. ]+$/, "")
  const chars = Array.from(last.toWellFormed())
  const short = chars.length <= maxLength ? chars : [...chars.slice(0, maxLength - 41), "…", ...chars.slice(-40)]
  const isDevice = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(last)
  const name = short.join("")
  return name === "" || isDevice
    ? `attachment-${part.path === "" ? "1" : part.path.replaceAll(".", "-")}${extensions[part.type] ?? ".bin"}`
    : name
}
