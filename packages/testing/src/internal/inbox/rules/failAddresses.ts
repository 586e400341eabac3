import * as SmtpScript from "../../../SmtpScript.js"

const texts: Readonly<Record<number, string>> = {
  421: "4.3.2 closing",
  450: "4.2.1 mailbox busy, try again later",
  451: "4.3.0 local error, try again later",
  452: "4.2.2 mailbox full, try again later",
  550: "5.1.1 no such user",
  551: "5.1.6 user has moved",
  552: "5.2.2 mailbox full",
  553: "5.1.3 bad address",
  554: "5.7.1 refused by policy"
}

/** What is said with a code where nothing else is given. */
export const textOf = (code: number): string => texts[code] ?? `${code < 500 ? 4 : 5}.0.0 as the address asks`

const domain = "fail.test"
const codes = Array.from({ length: 200 }, (_, i) => 400 + i)
const seconds = [1, 2, 3, 5, 10, 15, 20, 30, 60]

/**
 * Addresses that fail by themselves, for tests in any language: `550@fail.test`, `450-once@fail.test` (each connection's
 * first attempt), `552-data@fail.test` (at the final dot), `drop@fail.test` (after the dot, the message is kept),
 * `reset@fail.test` and `slow-5s@fail.test`. `.test` is reserved (RFC 6761).
 */
export const failAddresses: ReadonlyArray<SmtpScript.Rule> = [
  ...codes.flatMap((code) => {
    const closing = code === 421 ? [SmtpScript.fin] : []
    const name = (suffix: string): string => `${code}${suffix}@${domain}`
    const rule = (when: SmtpScript.When): SmtpScript.Rule =>
      SmtpScript.label(
        SmtpScript.on(when, SmtpScript.reply(code, textOf(code)), ...closing),
        when.recipient ?? ""
      )
    return [
      rule({ event: "RCPT", recipient: name("") }),
      rule({ event: "RCPT", recipient: name("-once"), attempt: 1 }),
      rule({ event: "DOT", recipient: name("-data") })
    ]
  }),
  SmtpScript.label(
    SmtpScript.on({ event: "DOT", recipient: `drop@${domain}` }, SmtpScript.accept, SmtpScript.fin),
    `drop@${domain}`
  ),
  SmtpScript.label(SmtpScript.on({ event: "BODY", recipient: `reset@${domain}` }, SmtpScript.rst), `reset@${domain}`),
  ...seconds.map((count) =>
    SmtpScript.label(
      SmtpScript.on(
        { event: "DOT", recipient: `slow-${count}s@${domain}` },
        SmtpScript.wait(`${count} seconds`),
        SmtpScript.proceed
      ),
      `slow-${count}s@${domain}`
    )
  )
]
