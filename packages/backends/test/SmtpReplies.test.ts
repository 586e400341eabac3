import { Smtp } from "@effect-mail/backends"
import { type DeliveryReport, Mail, type MailError, MailPolicy, Message } from "@effect-mail/core"
import * as ScriptedServer from "@effect-mail/test-kit/LineScriptServer"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Redacted, Schedule } from "effect"
import { inspect } from "node:util"

const { body, close, delivery, envelope, hang, hear, hearMessage, hello, reset, say, sayHalf } = ScriptedServer

const bob = "bob@example.com"
const eva = "eva@example.com"
const toBob = Message.make({ from: "ada@example.com", to: bob, subject: "Hello", text: "Hello, Bob" })
const toBoth = Message.make({ from: "ada@example.com", to: [bob, eva], subject: "Hello", text: "Hello, Bob" })

type Sent = Either.Either<DeliveryReport.DeliveryReport, MailError.MailError>

const send = (message: Message.Message, script: ScriptedServer.Script, options: Partial<Smtp.Options> = {}) =>
  Effect.gen(function*() {
    const server = yield* ScriptedServer.make(script)
    const sent = yield* Effect.either(Mail.send(message)).pipe(Effect.provide(server.layer(options)))
    yield* server.allClosed
    return { sent, server }
  })

/** What became of a message, in a few words, recipient by recipient where that is known. */
const told = (sent: Sent): string => {
  const tags = (statuses: ReadonlyArray<DeliveryReport.RecipientStatus>) => statuses.map(({ _tag }) => _tag).join(" ")
  if (Either.isRight(sent)) return tags(sent.right.recipients)
  const error = sent.left
  switch (error._tag) {
    case "RejectedError":
      return `${error.command} ${error.code}: ${tags(error.recipients)}`
    case "OutcomeUnknownError":
      return `unknown: ${tags(error.recipients)}`
    case "ConnectionError":
      return `${error._tag} ${error.reason}`
    default:
      return error._tag
  }
}

const isTransient = (sent: Sent): boolean => Either.isLeft(sent) && sent.left.isTransient

const pipelined = hello("PIPELINING")

/** The envelope as a whole is heard before anything of it is answered. */
const heardTogether = (recipients: number): ScriptedServer.Script => [
  ...pipelined,
  hear("MAIL"),
  ...Array.from({ length: recipients }, () => hear("RCPT")),
  hear("DATA")
]

describe("What comes together with 354 came before the message, and cannot answer it", () => {
  const cases: ReadonlyArray<readonly [what: string, early: string, late: string, outcome: string]> = [
    ["an acceptance", "250 queued\r\n", "554 no", "unknown: Unknown"],
    ["half an acceptance", "25", "0 queued", "unknown: Unknown"],
    ["the first line of an acceptance", "250-queued\r\n", "250 as 1", "unknown: Unknown"],
    ["a refusal", "550 no\r\n", "250 queued", "ConnectionError Protocol"],
    ["half a refusal", "55", "0 no", "ConnectionError Protocol"],
    ["another 354", "354 go\r\n", "250 queued", "ConnectionError Protocol"],
    ["no reply at all", "what?\r\n", "250 queued", "ConnectionError Protocol"],
    ["a farewell", "421 closing\r\n", "250 queued", "ConnectionError Unavailable"]
  ]
  for (const [what, early, late, outcome] of cases) {
    const rest = [hearMessage, say(late)]
    const alone = [...hello(), ...envelope, hear("DATA"), sayHalf(`354 go\r\n${early}`), ...rest]
    const last = [...heardTogether(1), sayHalf(`250 ok\r\n250 ok\r\n354 go\r\n${early}`), ...rest]
    for (const [where, script] of [["one command at a time", alone], ["pipelined", last]] as const) {
      it.scopedLive(`${what}, ${where}`, () =>
        Effect.gen(function*() {
          const { sent, server } = yield* send(toBob, script)
          assert.strictEqual(told(sent), outcome)
          assert.deepStrictEqual(server.messages, [], "the message was written")
        }))
    }
  }

  it.scopedLive("nor can what comes before the final dot of a long message", () =>
    Effect.gen(function*() {
      const long = Message.text(toBob, `${"x".repeat(70)}\r\n`.repeat(200_000))
      const asked = [...hello(), ...envelope, hear("DATA"), say("354 go"), sayHalf("25")]
      const { sent, server } = yield* send(long, [...asked, hearMessage, say("0 queued")])
      assert.strictEqual(told(sent), "unknown: Unknown")
      assert.deepStrictEqual(server.messages, [])
    }))

  it.scopedLive("nor can what comes before the empty message that no recipient gets", () =>
    Effect.gen(function*() {
      const odd = "250 ok\r\n550 no\r\n354 go\r\n250 queued\r\n"
      const { sent, server } = yield* send(toBob, [...heardTogether(1), sayHalf(odd), hearMessage, say("554 no")])
      assert.strictEqual(told(sent), "RCPT 550: Rejected")
      assert.deepStrictEqual(server.messages, [])
    }))

  it.scopedLive("and what comes together with the reply to one command is no reply to the next", () =>
    Effect.gen(function*() {
      const twice = [...hello(), hear("MAIL"), sayHalf("250 ok\r\n250 ok\r\n")]
      const { sent } = yield* send(toBoth, [...twice, hear("RCPT"), say("250 ok"), hear("RCPT"), say("550 no")])
      assert.strictEqual(told(sent), "ConnectionError Protocol")
      const half = [...hello(), hear("MAIL"), sayHalf("250 ok\r\n25"), hear("RCPT"), say("0 ok"), hang]
      assert.strictEqual(told((yield* send(toBob, half)).sent), "ConnectionError Protocol")
    }))

  for (
    const [what, script] of [
      ["the greeting", [sayHalf("220 hi\r\n250 hi\r\n"), hear("EHLO"), hang]],
      ["half of it", [sayHalf("220 hi\r\n25"), hear("EHLO"), say("0 hi"), ...delivery]],
      ["the reply to EHLO", [say("220 hi"), hear("EHLO"), sayHalf("250 hi\r\n25"), hear("MAIL"), say("0 ok"), hang]]
    ] as const
  ) {
    it.scopedLive(`nor is what comes together with ${what}`, () =>
      Effect.gen(function*() {
        assert.strictEqual(told((yield* send(toBob, script)).sent), "ConnectionError Protocol")
      }))
  }
})

describe("Only a reply that agrees accepts, and only one that refuses refuses", () => {
  const rcpt = (code: string): ScriptedServer.Script => [...envelope, hear("RCPT TO:"), say(`${code} odd`)]
  for (const code of ["354", "399", "199", "600"]) {
    it.scopedLive(`RCPT ${code}: nothing is sent to that recipient`, () =>
      Effect.gen(function*() {
        const { sent } = yield* send(toBoth, [...hello(), ...rcpt(code), ...body, say("250 ok")])
        assert.strictEqual(told(sent), "Accepted NotSent")
        const refused = yield* send(toBoth, [...hello(), ...rcpt(code), ...body, say("554 no")])
        assert.strictEqual(told(refused.sent), "message 554: Rejected NotSent")
        const lost = yield* send(toBoth, [...hello(), ...rcpt(code), ...body, close])
        assert.strictEqual(told(lost.sent), "unknown: Unknown NotSent")
      }))

    for (const [how, extensions] of [["pipelined", pipelined], ["one command at a time", hello()]] as const) {
      const odd = say(`${code} odd`)
      const no = say("503 no")
      const others: ReadonlyArray<
        readonly [what: string, replies: ReadonlyArray<ScriptedServer.Step>, outcome: string]
      > = [
        ["MAIL", [odd, no, no], "ConnectionError Protocol"],
        ["every RCPT", [say("250 ok"), odd, no], "ConnectionError Protocol"],
        ["DATA", [say("250 ok"), say("250 ok"), odd, no], "ConnectionError Protocol"]
      ]
      for (const [what, replies, outcome] of others) {
        if (what === "DATA" && code === "354") continue
        it.scopedLive(`${what} ${code}, ${how}: ${outcome}`, () =>
          Effect.gen(function*() {
            const commands = how === "pipelined" ? [hear("MAIL"), hear("RCPT"), hear("DATA")] : []
            const answers = how === "pipelined"
              ? replies
              : replies.slice(0, what === "MAIL" ? 1 : what === "DATA" ? 3 : 2).flatMap((reply, i) => [
                hear(["MAIL", "RCPT", "DATA"][i] ?? ""),
                reply
              ])
            const { sent, server } = yield* send(toBob, [...extensions, ...commands, ...answers, hang])
            assert.strictEqual(told(sent), outcome)
            assert.isFalse(isTransient(sent))
            assert.deepStrictEqual(server.messages, [])
          }))
      }
    }

    it.scopedLive(`the message ${code}: the outcome is unknown`, () =>
      Effect.gen(function*() {
        const { sent } = yield* send(toBob, [...hello(), ...envelope, ...body, say(`${code} odd`), hang])
        assert.strictEqual(told(sent), "unknown: Unknown")
      }))
  }

  it.scopedLive("RSET 354: the connection is not used again", () =>
    Effect.gen(function*() {
      const odd = [...hello(), ...delivery, hear("RSET"), say("354 odd"), hang]
      const server = yield* ScriptedServer.make(odd, [...hello(), ...delivery])
      yield* Effect.zipRight(Mail.send(toBob), Mail.send(toBob)).pipe(Effect.provide(server.layer()))
      assert.strictEqual(server.messages.length, 2)
      assert.strictEqual(server.connections, 2)
    }))
})

describe("A reply before the final dot", () => {
  const long = Message.text(toBoth, `${"x".repeat(70)}\r\n`.repeat(400_000))
  const half = [...envelope, hear("RCPT TO:"), say("550 no"), hear("DATA"), say("354 go")]
  for (
    const [early, outcome] of [
      ["250 queued", "unknown: Unknown Rejected"],
      ["299 queued", "unknown: Unknown Rejected"],
      ["354 go", "ConnectionError Protocol"],
      ["451 later", "message 451: Deferred Rejected"],
      ["552 too big", "message 552: Rejected Rejected"],
      ["421 closing", "RCPT 421: NotSent Rejected"]
    ] as const
  ) {
    it.scopedLive(`${early}: ${outcome}`, () =>
      Effect.gen(function*() {
        // The beginning of the message has come when it speaks.
        const { sent, server } = yield* send(long, [...hello(), ...half, hear("From:"), say(early), hang])
        assert.strictEqual(told(sent), outcome)
        assert.deepStrictEqual(server.messages, [])
      }))
  }
})

describe("The step that is awaited decides what a lost connection means", () => {
  const auth: Smtp.Auth = { user: "ada", password: Redacted.make("secret") }
  const helloAgain = [say("220 hi"), hear("EHLO"), say("502 what?"), hear("HELO")]
  for (const [how, end] of [["closed", close], ["reset", reset], ["half a reply", sayHalf("22")]] as const) {
    const ends = how === "half a reply" ? [end, close] : [end]
    for (
      const [where, script, options] of [
        ["STARTTLS, by default", [...hello("STARTTLS", "AUTH PLAIN"), hear("STARTTLS")], { tls: undefined, auth }],
        ["STARTTLS, required", [...hello("STARTTLS"), hear("STARTTLS")], { tls: "required" }],
        ["STARTTLS, opportunistic", [...hello("STARTTLS"), hear("STARTTLS")], { tls: "opportunistic" }],
        ["EHLO, required", [say("220 hi"), hear("EHLO")], { tls: "required" }],
        ["HELO", helloAgain, {}],
        ["AUTH", [...hello("AUTH PLAIN"), hear("AUTH")], { auth }],
        ["AUTH, half-way", [...hello("AUTH LOGIN"), hear("AUTH"), say("334 VXNlcm5hbWU6"), hear("")], { auth }]
      ] as const
    ) {
      it.scopedLive(`at ${where}: ${how}`, () =>
        Effect.gen(function*() {
          const { sent } = yield* send(toBob, [...script, ...ends], options)
          assert.strictEqual(told(sent), "ConnectionError Lost")
          assert.isTrue(isTransient(sent))
        }))
    }
  }

  it.scopedLive("so the second token is not refused with the first", () =>
    Effect.gen(function*() {
      const accessToken = Effect.succeed(Redacted.make("token"))
      const { sent } = yield* send(
        toBob,
        [...hello("AUTH XOAUTH2"), hear("AUTH"), say("535 no"), hear("AUTH"), close],
        { auth: { user: "ada", accessToken } }
      )
      assert.strictEqual(told(sent), "ConnectionError Lost")
    }))

  it.scopedLive("and a server that may know EHLO later is not one that has no STARTTLS", () =>
    Effect.gen(function*() {
      const { sent } = yield* send(toBob, [say("220 hi"), hear("EHLO"), say("450 later"), hang], { tls: "required" })
      assert.strictEqual(told(sent), "ConnectionError Greeting")
      assert.isTrue(isTransient(sent))
    }))

  for (
    const [what, script] of [
      ["EHLO", [say("220 hi"), hear("EHLO"), say("354 odd")]],
      ["STARTTLS", [...hello("STARTTLS"), hear("STARTTLS"), say("354 odd")]]
    ] as const
  ) {
    it.scopedLive(`and an odd reply to ${what} is no lost connection`, () =>
      Effect.gen(function*() {
        const { sent } = yield* send(toBob, [...script, hang], { tls: "required" })
        assert.strictEqual(told(sent), "ConnectionError Protocol")
      }))
  }
})

describe("The text of a reply decides nothing", () => {
  const texts: ReadonlyArray<readonly [what: string, text: string]> = [
    ["a line separator", " a\u2028b"],
    ["a paragraph separator", " a\u2029b"],
    ["a bare CR", " a\rb"],
    ["a CR before the line end", " a\r"],
    ["several of them", " a\r\r\r"],
    ["other controls", " a\0\x0b\x0c\x85b"],
    ["octets that are no UTF-8", " \xff\xfe"],
    ["what looks like a code", " 550 no"],
    ["nothing", ""],
    ["nothing but a blank", " "],
    ["a tab for the blank", "\ta"]
  ]
  for (const [what, text] of texts) {
    const ok = `250${text}`
    it.scopedLive(`${what}: accepted is accepted`, () =>
      Effect.gen(function*() {
        const { sent } = yield* send(toBob, [
          say(`220${text}`),
          hear("EHLO"),
          say(`250-x${text}\r\n250-SIZE 1000000\r\r\n250${text === "" ? " " : text}`),
          hear("MAIL FROM:<ada@example.com> SIZE="),
          say(ok),
          hear("RCPT"),
          say(ok),
          hear("DATA"),
          say(`354${text}`),
          hearMessage,
          say(ok)
        ])
        assert.strictEqual(told(sent), "Accepted")
      }))

    it.scopedLive(`${what}: refused is refused`, () =>
      Effect.gen(function*() {
        const { sent } = yield* send(toBob, [...hello(), ...envelope, ...body, say(`550${text}`)])
        assert.strictEqual(told(sent), "message 550: Rejected")
        const atMail = yield* send(toBob, [...hello(), hear("MAIL"), say(`451-x\r\n451${text}`)])
        assert.strictEqual(told(atMail.sent), "MAIL 451: Deferred")
        const greeting = yield* send(toBob, [say(`554${text}`), hang])
        assert.strictEqual(told(greeting.sent), "ConnectionError Greeting")
        const shown = inspect([sent, atMail.sent, greeting.sent], { depth: 20 })
        assert.notMatch(shown, /[\0\r\x0b\x0c\x85\u2028\u2029]/)
      }))

    it.scopedLive(`${what}: logging in is logging in`, () =>
      Effect.gen(function*() {
        const secret = Redacted.make("secret")
        const logins: ReadonlyArray<readonly [Smtp.Auth, ScriptedServer.Script]> = [
          [{ user: "ada", password: secret }, [...hello("AUTH PLAIN"), hear("AUTH PLAIN"), say(`235${text}`)]],
          [
            { user: "ada", accessToken: Effect.succeed(secret) },
            [...hello("AUTH XOAUTH2"), hear("AUTH XOAUTH2"), say(`235${text}`)]
          ],
          [
            { user: "ada", accessToken: Effect.succeed(secret) },
            [...hello("AUTH XOAUTH2"), hear("AUTH XOAUTH2"), say(`235-2.7.0 x\r\n235${text}`)]
          ],
          [{ user: "ada", password: secret }, [
            ...hello("AUTH LOGIN"),
            hear("AUTH LOGIN"),
            say(`334${text}`),
            hear("YWRh"),
            say(`334${text}`),
            hear("c2VjcmV0"),
            say(`235${text}`)
          ]],
          [{ user: "ada", password: secret }, [
            ...hello("AUTH CRAM-MD5"),
            hear("AUTH CRAM-MD5"),
            say("334 PDFAeD4=\r"),
            hear("YWRhI"),
            say(`235${text}`)
          ]]
        ]
        for (const [auth, script] of logins) {
          const { sent } = yield* send(toBob, [...script, ...delivery], { auth })
          assert.strictEqual(told(sent), "Accepted", inspect(script))
        }
      }))
  }

  it.scopedLive("so a capability is one, whatever is before the line end", () =>
    Effect.gen(function*() {
      const hi = [say("220 hi"), hear("EHLO"), say("250-x\r\r\n250-STARTTLS\r\r\n250 AUTH PLAIN\u2028\r")]
      const { sent } = yield* send(toBob, [...hi, hear("STARTTLS"), say("454 later")], { tls: "required" })
      assert.strictEqual(told(sent), "ConnectionError Tls")
    }))

  for (const line of ["25 ok", "2500 ok", "250_ok", "ok", "250-a\r\n550 b"]) {
    it.scopedLive(`but what has no code is no reply: ${JSON.stringify(line)}`, () =>
      Effect.gen(function*() {
        const { sent } = yield* send(toBob, [...hello(), ...envelope, ...body, say(line), hang])
        assert.strictEqual(told(sent), "unknown: Unknown")
      }))
  }
})

describe("A refusal that was heard stays, whatever comes after it", () => {
  const crowd = Array.from({ length: 31 }, (_, i) => `user${i}@example.com`)
  const toCrowd = Message.to(Message.make({ from: "ada@example.com", text: "Hello" }), crowd)
  const refusals = Array.from({ length: 20 }, (_, i) => [hear("RCPT"), say(i === 0 ? "450 later" : "550 no")]).flat()
  const tooMany = [
    ...hello(),
    hear("MAIL"),
    say("250 ok"),
    ...refusals,
    hear("RCPT"),
    say("421 too many errors"),
    close
  ]

  it.scopedLive("a farewell after twenty refusals", () =>
    Effect.gen(function*() {
      const { sent } = yield* send(toCrowd, tooMany)
      const tags = ["Deferred", ...Array(19).fill("Rejected"), ...Array(11).fill("NotSent")].join(" ")
      assert.strictEqual(told(sent), `RCPT 421: ${tags}`)
      assert.isTrue(isTransient(sent))
    }))

  it.scopedLive("and those that were not reached are tried again, and no others", () =>
    Effect.gen(function*() {
      const second = [...hello(), hear("MAIL"), say("250 ok")]
      const taken = Array.from({ length: 12 }, () => [hear("RCPT"), say("250 ok")]).flat()
      const server = yield* ScriptedServer.make(tooMany, [...second, ...taken, ...body, say("250 ok")])
      const report = yield* Mail.send(toCrowd).pipe(
        Effect.provide(server.layer().pipe(MailPolicy.apply(MailPolicy.retry(Schedule.recurs(3)))))
      )
      assert.deepStrictEqual(
        report.recipients.map(({ _tag }) => _tag),
        ["Accepted", ...Array(19).fill("Rejected"), ...Array(11).fill("Accepted")]
      )
      assert.strictEqual(server.connections, 2)
      assert.strictEqual(server.lines.filter((line) => line.startsWith("RCPT")).length, 33)
    }))

  it.scopedLive("not those that a policy left out", () =>
    Effect.gen(function*() {
      const gone = [...hello(), hear("MAIL"), say("250 ok"), hear("RCPT"), say("550 no"), hear("RCPT"), close]
      const server = yield* ScriptedServer.make(gone, [...hello(), hear("MAIL"), say("250 ok"), hear("RCPT"), close])
      const wide = Message.to(toBoth, "carol@example.com")
      const layer = server.layer().pipe(
        MailPolicy.apply(MailPolicy.suppress(["carol@example.com"])),
        MailPolicy.apply(MailPolicy.retry(Schedule.recurs(2)))
      )
      const error = yield* Effect.flip(Mail.send(wide)).pipe(Effect.provide(layer))
      assert.strictEqual(told(Either.left(error)), "RCPT 550: Rejected NotSent")
      assert.strictEqual(server.connections, 3)
      assert.isFalse(server.lines.some((line) => line.includes("carol")))
      assert.strictEqual(server.lines.filter((line) => line.includes(bob)).length, 1)
    }))

  it.scopedLive("and go by the next relay of failover", () =>
    Effect.gen(function*() {
      const first = yield* ScriptedServer.make([
        ...hello(),
        hear("MAIL"),
        say("250 ok"),
        hear("RCPT"),
        say("550 no"),
        hear("RCPT"),
        say("421 closing"),
        close
      ])
      const second = yield* ScriptedServer.make([...hello(), ...delivery])
      const options = { host: "127.0.0.1", tls: "none" } as const
      const backend = MailPolicy.failover([
        yield* Smtp.make({ ...options, port: first.port }),
        yield* Smtp.make({ ...options, port: second.port })
      ])
      const report = yield* backend.send(toBoth)
      assert.deepStrictEqual(report.recipients.map(({ _tag }) => _tag), ["Rejected", "Accepted"])
      assert.isFalse(second.lines.some((line) => line.includes(bob)))
    }))

  const mail = (
    text: string
  ): ScriptedServer.Script => [
    ...pipelined,
    hear("MAIL"),
    hear("RCPT"),
    hear("RCPT"),
    hear("DATA"),
    sayHalf(text),
    close
  ]
  for (
    const [what, text, outcome] of [
      ["the sender, then a farewell", "550 no\r\n421 closing\r\n", "MAIL 550: Rejected Rejected"],
      ["the sender for now, then a farewell", "451 no\r\n421 closing\r\n", "MAIL 451: Deferred Deferred"],
      ["the sender, then nothing", "550 no\r\n", "MAIL 550: Rejected Rejected"],
      ["a recipient, then a farewell", "250 ok\r\n550 no\r\n421 closing\r\n", "RCPT 421: Rejected NotSent"],
      ["a recipient for now, then nothing", "250 ok\r\n450 no\r\n", "RCPT 450: Deferred NotSent"],
      [
        "a recipient, then a farewell at DATA",
        "250 ok\r\n250 ok\r\n550 no\r\n421 bye\r\n",
        "RCPT 421: NotSent Rejected"
      ],
      ["a recipient, then DATA", "250 ok\r\n250 ok\r\n550 no\r\n451 later\r\n", "DATA 451: Deferred Rejected"],
      ["nobody, then a farewell", "250 ok\r\n250 ok\r\n421 closing\r\n", "ConnectionError Unavailable"],
      ["nobody, then nothing", "250 ok\r\n250 ok\r\n", "ConnectionError Lost"]
    ] as const
  ) {
    it.scopedLive(`of ${what}`, () =>
      Effect.gen(function*() {
        assert.strictEqual(told((yield* send(toBoth, mail(text))).sent), outcome)
      }))
  }
})

describe("An idle connection on which the server has begun to speak", () => {
  for (const text of ["25", "250-hello\r\n", "4"]) {
    it.scopedLive(`is not used again: ${JSON.stringify(text)}`, () =>
      Effect.gen(function*() {
        const halfway = [...hello(), ...envelope, ...body, sayHalf(`250 taken\r\n${text}`), hang]
        const server = yield* ScriptedServer.make(halfway, [...hello(), ...delivery])
        yield* Effect.zipRight(Mail.send(toBob), Mail.send(toBob)).pipe(Effect.provide(server.layer()))
        assert.strictEqual(server.messages.length, 2)
        assert.strictEqual(server.connections, 2)
        assert.isFalse(server.lines.includes("RSET"))
      }))
  }
})

describe("No part of a secret is left", () => {
  const shownOf = (user: string, password: string, text: string) =>
    Effect.gen(function*() {
      const auth = { user, password: Redacted.make(password) }
      const { sent } = yield* send(toBob, [...hello("AUTH PLAIN"), hear("AUTH"), sayHalf(`535 ${text}\r\n`), hang], {
        auth
      })
      assert.strictEqual(told(sent), "AuthenticationError")
      const transcript = Either.isLeft(sent) ? Smtp.transcript(sent.left) : []
      return inspect([sent, transcript], { depth: 20, maxStringLength: null, showHidden: true })
    })

  const password = "correct-horse-battery-staple"
  const forms = [
    password,
    Buffer.from(password).toString("base64"),
    Buffer.from(`\0ada\0${password}`).toString("base64")
  ]
  for (const form of forms) {
    for (const kept of [1, 8, form.length - 1]) {
      it.scopedLive(`where the text is cut after ${kept} of ${form.length} characters`, () =>
        Effect.gen(function*() {
          const shown = yield* shownOf("ada", password, `${"x".repeat(2048 - kept - "535 ".length)}${form}`)
          const other = yield* shownOf("ada", password, `${"x".repeat(2048 - kept)}${form}`)
          for (const text of [shown, other]) assert.notInclude(text, `x${form.slice(0, Math.min(kept, 6))}`)
        }))
    }
  }

  for (
    const [what, secret, echo, trace] of [
      ["characters that are escaped", "pa\tss\x7fword", "pa\tss\x7fword", "word"],
      [
        "UTF-8 beside octets that are none",
        "pässword",
        Buffer.from("pässword\xff".slice(0, 8)).toString("latin1") + "\xff",
        "ssword"
      ],
      [
        "a form that holds another",
        "YQ",
        Buffer.from("\0ada\0YQ").toString("base64"),
        Buffer.from("\0ada\0YQ").toString("base64").slice(0, 6)
      ]
    ] as const
  ) {
    it.scopedLive(`of ${what}`, () =>
      Effect.gen(function*() {
        assert.notInclude(yield* shownOf("ada", secret, echo), trace)
      }))
  }

  it.scopedLive("of a password that the server knows from before, and says in its greeting", () =>
    Effect.gen(function*() {
      const auth = { user: "ada", password: Redacted.make(password) }
      const { sent } = yield* send(toBob, [say(`554 ${password}`), hang], { auth })
      assert.notInclude(inspect([sent, Either.isLeft(sent) && Smtp.transcript(sent.left)], { depth: 20 }), password)
    }))
})
