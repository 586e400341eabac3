import { Smtp } from "@effect-mail/backends"
import { Attachment, Mail, type MailError, Message } from "@effect-mail/core"
import * as ScriptedServer from "@effect-mail/test-kit/LineScriptServer"
import { hasControl } from "@effect-mail/test-kit/WireReader"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Duration, Effect, Fiber, Option, Stream, TestClock } from "effect"
import { inspect } from "node:util"

const { body, close, envelope, hang, hear, hello, reset, say, stall } = ScriptedServer

const message = Message.make({
  from: "ada@example.com",
  to: ["bob@example.com", "eva@example.com"],
  subject: "Hello",
  text: "Hello, Bob"
})

/** MAIL FROM and two recipients, of which the second is refused. */
const halfRefused: ScriptedServer.Script = [...envelope, hear("RCPT TO:"), say("550 5.1.1 no such user")]

/** What becomes of a message that a server treats so. */
const fail = (options: Partial<Smtp.Options>, script: ScriptedServer.Script) =>
  Effect.gen(function*() {
    const server = yield* ScriptedServer.make(script)
    const error = yield* Effect.flip(Mail.send(message)).pipe(Effect.provide(server.layer(options)))
    yield* server.allClosed
    return { error, server }
  })

const assertConnectionError = (error: MailError.MailError, reason: MailError.ConnectionErrorReason) => {
  assert.strictEqual(error._tag === "ConnectionError" ? error.reason : error._tag, reason)
}

/** Who was refused before the server went away stays so, and the other one may be tried again. */
const assertUnreached = (error: MailError.MailError) => {
  assert.strictEqual(error._tag, "RejectedError")
  assert.isTrue(error.isTransient)
  assert.deepStrictEqual("recipients" in error && error.recipients, [
    { _tag: "NotSent", recipient: "bob@example.com" },
    {
      _tag: "Rejected",
      recipient: "eva@example.com",
      reply: { code: 550, enhancedCode: "5.1.1", text: "5.1.1 no such user" }
    }
  ])
}

const assertUnknown = (error: MailError.MailError) => {
  assert.strictEqual(error._tag, "OutcomeUnknownError")
  assert.isFalse(error.isTransient)
  assert.deepStrictEqual("recipients" in error && error.recipients, [
    { _tag: "Unknown", recipient: "bob@example.com" },
    {
      _tag: "Rejected",
      recipient: "eva@example.com",
      reply: { code: 550, enhancedCode: "5.1.1", text: "5.1.1 no such user" }
    }
  ])
}

describe("Smtp cannot connect", () => {
  it.scopedLive("where no server listens", () =>
    Effect.gen(function*() {
      const server = yield* Effect.scoped(ScriptedServer.make([]))
      const error = yield* Effect.flip(Mail.send(message)).pipe(Effect.provide(server.layer()))
      assertConnectionError(error, "Refused")
      assert.isTrue(error.isTransient)
    }))

  it.live("to a host that does not exist", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Mail.send(message)).pipe(
        Effect.provide(Smtp.layer({ host: "no-such-host.invalid" }))
      )
      assertConnectionError(error, "Dns")
    }))

  for (
    const [what, script, reason, isTransient] of [
      ["refuses to talk", [say("554 5.7.1 go away")], "Greeting", false],
      ["refuses to talk for now", [say("450 4.3.2 not now")], "Greeting", true],
      ["is closing", [say("421 4.3.2 closing"), close], "Unavailable", true],
      [
        "refuses EHLO and HELO",
        [say("220 hi"), hear("EHLO"), say("502 what?"), hear("HELO"), say("502 what?")],
        "Greeting",
        false
      ],
      ["speaks HTTP", [say("HTTP/1.1 400 Bad Request"), hang], "Protocol", false],
      ["sends octets", [say("\x16\x03\x01\x02"), hang], "Protocol", false],
      ["answers EHLO with a malformed reply", [say("220 hi"), hear("EHLO"), say("250_hi"), hang], "Protocol", false],
      ["answers EHLO with two codes", [say("220 hi"), hear("EHLO"), say("250-hi\r\n550 no"), hang], "Protocol", false],
      [
        "never ends its reply",
        [say("220 hi"), hear("EHLO"), say("250-x\r\n".repeat(200_000)), hang],
        "Protocol",
        false
      ],
      ["closes", [close], "Lost", true],
      ["resets", [reset], "Lost", true],
      ["closes after EHLO", [say("220 hi"), hear("EHLO"), close], "Lost", true]
    ] as const
  ) {
    it.scopedLive(`to a server that ${what}`, () =>
      Effect.gen(function*() {
        const { error, server } = yield* fail({}, script)
        assertConnectionError(error, reason)
        assert.strictEqual(error.isTransient, isTransient)
        assert.strictEqual(server.connections, 1)
      }))
  }

  it.scopedLive("gives the reply of the server", () =>
    Effect.gen(function*() {
      const { error } = yield* fail({}, [say("554-5.7.1 we do not\r\n554 5.7.1 know you")])
      assertConnectionError(error, "Greeting")
      assert.deepInclude(error, { code: 554, enhancedCode: "5.7.1", response: "5.7.1 we do not 5.7.1 know you" })
    }))
})

describe("Smtp loses the connection", () => {
  for (
    const [where, script] of [
      ["at MAIL", [...hello(), hear("MAIL")]],
      ["at RCPT", [...hello(), hear("MAIL"), say("250 ok"), hear("RCPT")]],
      ["at DATA", [...hello(), ...envelope, hear("RCPT TO:"), say("250 ok"), hear("DATA")]]
    ] as const
  ) {
    for (const [how, end] of [["closed", close], ["reset", reset]] as const) {
      it.scopedLive(`${where}: ${how}, so nothing was sent`, () =>
        Effect.gen(function*() {
          const { error, server } = yield* fail({}, [...script, end])
          assertConnectionError(error, "Lost")
          assert.isTrue(error.isTransient)
          assert.deepStrictEqual(server.messages, [])
        }))
    }
  }

  for (const [how, end] of [["closed", close], ["reset", reset]] as const) {
    it.scopedLive(`at DATA: ${how}, so nothing was sent, and who was refused stays so`, () =>
      Effect.gen(function*() {
        const { error, server } = yield* fail({}, [...hello(), ...halfRefused, hear("DATA"), end])
        assertUnreached(error)
        assert.deepStrictEqual(server.messages, [])
      }))

    it.scopedLive(`after the dot: ${how}, so the outcome is unknown, but for recipients refused before`, () =>
      Effect.gen(function*() {
        const { error, server } = yield* fail({}, [...hello(), ...halfRefused, ...body, end])
        assertUnknown(error)
        assert.strictEqual(server.messages.length, 1)
      }))
  }

  it.scopedLive("when the server says 421 between commands", () =>
    Effect.gen(function*() {
      const { error } = yield* fail({}, [...hello(), hear("MAIL"), say("421 4.3.2 shutting down"), close])
      assertConnectionError(error, "Unavailable")
      assert.deepInclude(error, { code: 421, enhancedCode: "4.3.2" })
      assert.isTrue(error.isTransient)
    }))

  for (
    const [what, reply] of [
      ["354 again", "354 go on"],
      ["no reply at all", "thank you"],
      ["two codes", "250-taken\r\n550 refused"]
    ] as const
  ) {
    it.scopedLive(`when the server answers the message with ${what}`, () =>
      Effect.gen(function*() {
        const { error } = yield* fail({}, [...hello(), ...halfRefused, ...body, say(reply), hang])
        assertUnknown(error)
      }))
  }

  it.scopedLive("when the server answers DATA with 250, as if it had the message", () =>
    Effect.gen(function*() {
      const { error, server } = yield* fail({}, [...hello(), ...halfRefused, hear("DATA"), say("250 taken"), hang])
      assertConnectionError(error, "Protocol")
      assert.deepStrictEqual(server.messages, [])
    }))
})

/** What becomes of a message when nothing happens any more: nothing before the time is over, and then an error. */
const outwait = (
  server: ScriptedServer.ScriptedServer,
  limit: Duration.DurationInput,
  options: Partial<Smtp.Options>,
  { isSilent = server.hanging(1), sent = message } = {}
) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(Effect.flip(Mail.send(sent)).pipe(Effect.provide(server.layer(options))))
    yield* isSilent
    yield* TestClock.adjust(Duration.subtract(Duration.decode(limit), "1 second"))
    assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)), "it did not wait")
    return yield* Effect.raceFirst(Fiber.join(fiber), Effect.forever(TestClock.adjust("1 second")))
  })

describe("Smtp waits no longer than", () => {
  const silentAtEhlo = [say("220 hi"), hear("EHLO"), hang]
  const bothTaken = [...envelope, hear("RCPT TO:"), say("250 ok")]
  const silentAtData = [...hello(), ...bothTaken, hear("DATA"), hang]
  const silentAtReply = [...hello(), ...halfRefused, ...body, hang]
  const limits: ReadonlyArray<
    readonly [
      what: string,
      limit: Duration.DurationInput,
      script: ScriptedServer.Script,
      options?: Partial<Smtp.Options>
    ]
  > = [
    ["30 seconds for the greeting", "30 seconds", [hang]],
    ["30 seconds for the TLS handshake", "30 seconds", [hang], { tls: "implicit" }],
    ["greeting says", "5 seconds", [hang], { timeouts: { greeting: "5 seconds" } }],
    ["2 minutes for EHLO", "2 minutes", silentAtEhlo],
    ["2 minutes for MAIL", "2 minutes", [...hello(), hear("MAIL"), hang]],
    ["2 minutes for DATA", "2 minutes", silentAtData],
    ["command says, though it may have waited longer before", "5 seconds", silentAtEhlo, {
      timeouts: { command: "5 seconds" }
    }],
    ["send says for the message as a whole", "1 minute", silentAtData, { timeouts: { send: "1 minute" } }]
  ]
  for (const [what, limit, script, options = {}] of limits) {
    it.scoped(what, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedServer.make(script)
        const error = yield* outwait(server, limit, options)
        yield* server.allClosed
        assertConnectionError(error, "Timeout")
        assert.isTrue(error.isTransient)
      }))
  }

  const replyLimits: ReadonlyArray<readonly [what: string, limit: Duration.DurationInput, timeouts: Smtp.Timeouts]> = [
    ["10 minutes", "10 minutes", {}],
    ["reply says", "30 seconds", { reply: "30 seconds" }],
    ["reply says, though commands may take longer", "30 seconds", { command: "1 hour", reply: "30 seconds" }],
    ["send says", "1 minute", { send: "1 minute" }]
  ]
  for (const [what, limit, timeouts] of replyLimits) {
    it.scoped(`${what} for the reply to the message: then the outcome is unknown`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedServer.make(silentAtReply)
        assertUnknown(yield* outwait(server, limit, { timeouts }))
        yield* server.allClosed
        assert.strictEqual(server.messages.length, 1)
      }))
  }

  const octets = new Uint8Array(20_000_000)
  for (
    const [what, attachment] of [
      ["in memory", Attachment.bytes(octets)],
      ["streamed", Attachment.stream(Stream.make(octets))]
    ] as const
  ) {
    it.scoped(`2 minutes for the server to take more of what is ${what}`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedServer.make([...hello(), ...bothTaken, hear("DATA"), say("354 go on"), stall])
        const error = yield* outwait(server, "2 minutes", {}, { sent: Message.attach(message, attachment) })
        assertConnectionError(error, "Timeout")
      }))
  }

  for (
    const [what, rest, sent] of [
      ["DATA", [hang], message],
      ["the message", [say("354 go on"), stall], Message.attach(message, Attachment.bytes(octets))]
    ] as const
  ) {
    it.scoped(`2 minutes at ${what}, and who was refused stays so`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedServer.make([...hello(), ...halfRefused, hear("DATA"), ...rest])
        assertUnreached(yield* outwait(server, "2 minutes", {}, { sent }))
      }))
  }

  it.scoped("2 minutes for an attachment that stops coming", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([...hello(), ...halfRefused, ...body])
      const stopped = yield* Deferred.make<void>()
      const content = Stream.concat(
        Stream.make(new Uint8Array(1000)),
        Stream.fromEffect(Effect.zipRight(Deferred.succeed(stopped, undefined), Effect.never))
      )
      const error = yield* outwait(server, "2 minutes", {}, {
        isSilent: Deferred.await(stopped),
        sent: Message.attach(message, Attachment.stream(content))
      })
      assert.strictEqual(error._tag, "AttachmentError")
      yield* server.allClosed
      assert.deepStrictEqual(server.messages, [])
    }))
})

describe("Smtp shows what a server said", () => {
  const hostile = "5.7.1 \x1b[31mred\x07 \x9b2J\u2028line\u202e fake=\ttab"
  const replies: ReadonlyArray<readonly [string, ScriptedServer.Script]> = [
    ["the greeting", [say(`554 ${hostile}`)]],
    ["EHLO", [say("220 hi"), hear("EHLO"), say(`550 ${hostile}`), hear("HELO"), say(`550 ${hostile}`)]],
    ["MAIL", [...hello(), hear("MAIL"), say(`550 ${hostile}`)]],
    ["RCPT", [
      ...hello(),
      hear("MAIL"),
      say("250 ok"),
      hear("RCPT"),
      say(`550 ${hostile}`),
      hear("RCPT"),
      say(`550 ${hostile}`)
    ]],
    ["the message", [...hello(), ...halfRefused, ...body, say(`554 ${hostile}`)]],
    ["a command, while it closes", [...hello(), hear("MAIL"), say(`421 ${hostile}`), close]],
    ["nothing that it was asked", [say(`220 hi\r\n550 ${hostile}`), hang]],
    ["EHLO, without end", [say("220 hi"), hear("EHLO"), say(`250-${hostile}\r\n`.repeat(20_000)), hang]]
  ]
  for (const [what, script] of replies) {
    it.scopedLive(`to ${what} without control characters`, () =>
      Effect.gen(function*() {
        const { error } = yield* fail({}, script)
        const shown = [String(error), inspect(error, { depth: 20 }), Cause.pretty(Cause.fail(error))].join(" ")
        // The stack of an error has lines of its own.
        assert.isFalse(hasControl(shown.replaceAll("\n", " ")), JSON.stringify(shown))
        assert.notMatch(shown, /[\u202a-\u202e]/)
      }))
  }
})
