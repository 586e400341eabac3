import { control } from "../../address/syntax.js"

/** A text that may stand in a header field, a form or a JSON of a provider. */
export const isText = (text: unknown): text is string =>
  typeof text === "string" && text !== "" && !control.test(text) && text.isWellFormed()

/** A key that may be the value of a header of HTTP (RFC 9110 section 5.5). */
export const isKey = (text: unknown): text is string => typeof text === "string" && /^[\x21-\x7e]{1,256}$/.test(text)
