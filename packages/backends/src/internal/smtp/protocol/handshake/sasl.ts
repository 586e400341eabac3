/**
 * A SASL exchange (RFC 4954): the initial response, and the response to each challenge. An asterisk cancels the exchange.
 */
export interface Exchange {
  readonly mechanism: string
  readonly initialResponse?: string | undefined
  readonly respond: (challenge: string, index: number) => string
}

const cancel = "*"

export const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64")

/** RFC 4616 */
export const plain = (user: string, password: string): Exchange => ({
  mechanism: "PLAIN",
  initialResponse: base64(`\u0000${user}\u0000${password}`),
  respond: () => cancel
})

/** The obsolete mechanism with a challenge for the user, and one for the password. */
export const login = (user: string, password: string): Exchange => ({
  mechanism: "LOGIN",
  respond: (_, index) => index === 0 ? base64(user) : index === 1 ? base64(password) : cancel
})

/** RFC 2195; `digest` is the HMAC-MD5 of the challenge with the password as its key, in hexadecimal digits. */
export const cramMd5 = (user: string, digest: (challenge: string) => string): Exchange => ({
  mechanism: "CRAM-MD5",
  respond: (challenge, index) =>
    index === 0 ? base64(`${user} ${digest(Buffer.from(challenge, "base64").toString("utf8"))}`) : cancel
})

/** The challenge to a refused token holds the reason; an empty response lets the server refuse it. */
export const xoauth2 = (user: string, accessToken: string): Exchange => ({
  mechanism: "XOAUTH2",
  initialResponse: base64(`user=${user}\u0001auth=Bearer ${accessToken}\u0001\u0001`),
  respond: (_, index) => index === 0 ? "" : cancel
})

/** Mechanisms for passwords, in order of preference. */
export const passwordMechanisms = ["PLAIN", "LOGIN", "CRAM-MD5"] as const
