/**
 * Random scripts: servers that answer anything, cut anywhere, wait, repeat, hang and close.
 */
import { SmtpScript } from "@effect-mail/testing"
import { FastCheck as fc } from "effect"

const { accept, fin, hang, on, proceed, reply, rst, send, wait } = SmtpScript

/** Long enough to mix things up, and short beside the limits of the client. */
const pause: fc.Arbitrary<SmtpScript.Action> = fc.integer({ min: 0, max: 12 }).map((millis) => wait(millis))

// A server that says 354 reads a message from then on: one that does not is past all help.
const code: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(250, 251, 299, 220, 235) },
  { weight: 3, arbitrary: fc.constantFrom(421, 450, 451, 452) },
  { weight: 3, arbitrary: fc.constantFrom(503, 550, 552, 554) },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 599 }).filter((code) => code !== 354) }
)

const words: fc.Arbitrary<string> = fc.constantFrom("", "ok", "2.0.0 ok", "5.7.1 no", "\x1b[2J", "250 ok", "\xff\xfe")

const reply1: fc.Arbitrary<string> = fc.tuple(code, words).map(([code, words]) => `${code} ${words}\r\n`)

const replyN: fc.Arbitrary<string> = fc.tuple(code, words, words).map(([code, first, last]) =>
  `${code}-${first}\r\n${code} ${last}\r\n`
)

const noReply: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("what?\r\n", "25", "250-half\r\n", "999 odd\r\n", "\r\n", "250", "2500 ok\r\n", "250-a\r\n550 b\r\n"),
  fc.string({ unit: "binary-ascii", maxLength: 12 }).filter((text) => !text.includes("354"))
)

const speech: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: reply1 },
  { weight: 2, arbitrary: replyN },
  { weight: 2, arbitrary: noReply }
)

/** A text as it is, or cut in two with a wait between. */
const said: fc.Arbitrary<ReadonlyArray<SmtpScript.Action>> = fc.tuple(
  speech,
  fc.option(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), pause))
).map(([text, cut]) => {
  if (cut === null) return [send(text)]
  const at = Math.floor(cut[0] * text.length)
  return [send(text.slice(0, at)), cut[1], send(text.slice(at))]
})

const ending: fc.Arbitrary<ReadonlyArray<SmtpScript.Action>> = fc.oneof(
  { weight: 6, arbitrary: fc.constant([]) },
  { weight: 3, arbitrary: fc.constant([proceed]) },
  { weight: 2, arbitrary: fc.constant([fin]) },
  { weight: 2, arbitrary: fc.constant([rst]) },
  { weight: 1, arbitrary: fc.constant([hang]) }
)

const meant: fc.Arbitrary<ReadonlyArray<SmtpScript.Action>> = fc.tuple(code, words).map(([code, words]) => [
  reply(code, words)
])

const actions: fc.Arbitrary<ReadonlyArray<SmtpScript.Action>> = fc.tuple(
  fc.array(pause, { maxLength: 1 }),
  fc.oneof({ weight: 3, arbitrary: fc.array(said, { maxLength: 2 }) }, { weight: 2, arbitrary: fc.tuple(meant) }),
  ending
).map(([waits, speeches, ending]) => [...waits, ...speeches.flat(), ...ending])

const events = ["connect", "EHLO", "HELO", "MAIL", "RCPT", "DATA", "DOT", "RSET", "QUIT"] as const

const number = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined })

const rule: fc.Arbitrary<SmtpScript.Rule> = fc.tuple(fc.constantFrom(...events), number, number, actions).map(
  ([event, connection, occurrence, actions]) => on({ event, connection, occurrence }, ...actions)
)

/** Servers lose messages, and accept some without a reply. Early replies have a law of their own. */
const lossRule: fc.Arbitrary<SmtpScript.Rule> = fc.oneof(
  fc.tuple(number, fc.constantFrom(fin, rst, hang)).map(([connection, end]) =>
    on({ event: "DOT", connection }, accept, end)
  ),
  fc.tuple(fc.integer({ min: 1, max: 4000 }), fc.constantFrom(fin, rst, hang)).map(([afterOctets, end]) =>
    on({ event: "BODY", afterOctets }, end)
  )
)

export const script: fc.Arbitrary<SmtpScript.Script> = fc.tuple(
  fc.array(fc.oneof({ weight: 4, arbitrary: rule }, { weight: 1, arbitrary: lossRule }), {
    minLength: 1,
    maxLength: 4
  }),
  fc.subarray(["PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 10485760"])
).map(([rules, extensions]) => SmtpScript.make({ rules, extensions }))

/** A reply of any meaning, for where the message has not been handed over yet. */
export const earlyReply: fc.Arbitrary<readonly [code: number, text: string]> = fc.tuple(code, words).map((
  [code, words]
) => [code, `${code} ${words}\r\n`])

/** Where a text is cut, as parts of its length. */
export const cuts: fc.Arbitrary<ReadonlyArray<number>> = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
  maxLength: 4
})

/** A reply to each command of a session: mostly good ones. */
export const replies: fc.Arbitrary<ReadonlyArray<readonly [event: SmtpScript.Event, reply: string]>> = fc.tuple(
  ...(["MAIL", "RCPT", "DATA", "DOT"] as const).map((event) =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constant(event === "DATA" ? "354 go\r\n" : "250-fine\r\n250 2.0.0 ok\r\n") },
      {
        weight: 1,
        arbitrary: fc.constantFrom("451 4.3.0 later\r\n", "550 5.7.1 no\r\n", "554-5.7.1 no\r\n554 5.7.1 no\r\n")
      }
    ).map((reply) => [event, reply] as const)
  )
)
