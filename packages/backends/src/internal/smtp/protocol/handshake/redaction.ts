import { base64, plain, xoauth2 } from "./sasl.js"

/** UTF-8 read as latin1, as in a reply that is not UTF-8 as a whole. */
const misread = (text: string): string => Buffer.from(text, "utf8").toString("latin1")

/** The forms in which a server may repeat a password or an access token. */
export const forms = (user: string, secret: string): ReadonlyArray<string> =>
  secret === "" ? [] : [
    secret,
    misread(secret),
    base64(secret),
    plain(user, secret).initialResponse ?? "",
    xoauth2(user, secret).initialResponse ?? ""
  ]

/** Adds secrets, longest first: one may be part of another. */
export const add = (secrets: ReadonlyArray<string>, more: ReadonlyArray<string>): ReadonlyArray<string> =>
  Array.from(new Set([...secrets, ...more])).sort((a, b) => b.length - a.length)

/** Replaces secrets in a text. */
export const redact = (text: string, secrets: ReadonlyArray<string>): string =>
  secrets.reduce((redacted, secret) => redacted.replaceAll(secret, "<redacted>"), text)
