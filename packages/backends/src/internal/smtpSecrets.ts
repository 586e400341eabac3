import * as Redacted from "effect/Redacted"
import type * as Smtp from "../Smtp.js"

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64")

/**
 * The initial response of SASL PLAIN (RFC 4616).
 *
 * @internal
 */
export const plain = (user: string, password: string): string => base64(`\u0000${user}\u0000${password}`)

/**
 * The initial response of XOAUTH2.
 *
 * @internal
 */
export const xoauth2 = (user: string, accessToken: string): string =>
  base64(`user=${user}\u0001auth=Bearer ${accessToken}\u0001\u0001`)

/**
 * Takes what a server may have echoed of the credentials out of its text.
 *
 * @internal
 */
export const conceal = (text: string, auth: Smtp.Auth | undefined, accessToken?: string): string => {
  if (auth === undefined) return text
  const secret = "password" in auth ? Redacted.value(auth.password) : accessToken
  if (secret === undefined || secret === "") return text
  const shapes = [secret, base64(secret), plain(auth.user, secret), xoauth2(auth.user, secret)]
  return shapes.reduce((concealed, shape) => concealed.replaceAll(shape, "<redacted>"), text)
}
