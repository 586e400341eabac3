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
 * The forms in which a server may repeat a password or an access token.
 *
 * @internal
 */
export const forms = (user: string, secret: string): ReadonlyArray<string> =>
  secret === "" ? [] : [secret, base64(secret), plain(user, secret), xoauth2(user, secret)]

/**
 * Takes what a server has repeated of the credentials out of its text.
 *
 * @internal
 */
export const conceal = (text: string, secrets: ReadonlyArray<string>): string =>
  secrets.reduce((concealed, secret) => concealed.replaceAll(secret, "<redacted>"), text)
