import { BatchReport, Mail, MailBackend, Message } from "@effect-mail/core"
import * as SmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import * as ScriptedServer from "@effect-mail/test-kit/LineScriptServer"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Fiber, Layer, Scope, TestClock } from "effect"

const { body, close, delivery, envelope, hang, hear, hello, reset, say } = ScriptedServer

const message = Message.make({ from: "ada@example.com", to: "bob@example.com", subject: "Hello", text: "Hello, Bob" })

const numbered = (count: number) => Array.from({ length: count }, (_, n) => Message.subject(message, `message ${n}`))

const subject = (bytes: Uint8Array) => /^Subject: (.*)\r$/m.exec(Buffer.from(bytes).toString("latin1"))?.[1]

const count = (server: SmtpServer.TestServer, command: string) =>
  server.commands.filter((line) => line === command).length

/** On how many connections the messages came. */
const used = (server: SmtpServer.TestServer) => new Set(server.received.map(({ connection }) => connection)).size

/** A script that another message may follow. */
const anotherDelivery = [hear("RSET"), say("250 ok"), ...delivery]

describe("Smtp connects", () => {
  const quiet: ReadonlyArray<readonly [string, Effect.Effect<unknown, unknown, MailBackend.MailBackend>]> = [
    ["nothing is sent", Effect.void],
    ["there are no messages", Mail.sendAll([])],
    ["there are no messages to mass mail", Mail.sendMassMail([])],
    [
      "nobody is to get the message",
      Effect.flip(Mail.send(Message.make({ from: "ada@example.com", text: "To nobody" })))
    ],
    ["nobody is to get the mail", Mail.sendMail({ from: "ada@example.com", to: [], subject: "x", text: "To nobody" })],
    ["a header holds a line break", Effect.flip(Mail.send(Message.subject(message, "Hello\r\nBcc: eve@example.com")))],
    ["an address is none", Effect.flip(Mail.send(Message.to(message, "eve@example.com>\r\nDATA")))],
    ["all messages are wrong", Mail.sendAll([Message.header(message, "X-A\r\nBcc", "eve@example.com")])]
  ]
  for (const [what, effect] of quiet) {
    it.scopedLive(`to no server while ${what}`, () =>
      Effect.gen(function*() {
        const server = yield* SmtpServer.make()
        yield* Effect.provide(effect, server.layer())
        assert.strictEqual(server.connections, 0)
      }))
  }

  it.scopedLive("and says so when a header holds a line break", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const error = yield* Effect.flip(Mail.send(Message.subject(message, "Hello\nBcc: eve@example.com"))).pipe(
        Effect.provide(server.layer())
      )
      assert.strictEqual(error._tag === "BadHeaderError" && error.field, "Subject")
    }))

  it.scopedLive("once for messages one after the other, which start with RSET", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Effect.forEach(numbered(5), Mail.send).pipe(Effect.provide(server.layer()))
      assert.strictEqual(server.connections, 1)
      assert.strictEqual(server.received.length, 5)
      assert.strictEqual(count(server, "RSET"), 4)
    }))

  it.scopedLive("no more than maxConnections times, however many send", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Effect.forEach(numbered(40), Mail.send, { concurrency: "unbounded" }).pipe(
        Effect.provide(server.layer({ pool: { maxConnections: 3 } }))
      )
      assert.strictEqual(server.connections, 3)
      assert.strictEqual(server.maxOpen, 3)
      assert.deepStrictEqual(
        server.received.map(({ bytes }) => subject(bytes)).sort(),
        numbered(40).map((sent) => sent.subject).sort()
      )
    }))

  it.scopedLive("over the connection that was used last", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Effect.gen(function*() {
        yield* Effect.forEach(numbered(3), Mail.send, { concurrency: 3 })
        yield* Effect.forEach(numbered(4), Mail.send)
      }).pipe(Effect.provide(server.layer()))
      assert.strictEqual(server.connections, 3)
      assert.strictEqual(new Set(server.received.slice(3).map(({ connection }) => connection)).size, 1)
    }))

  it.scopedLive("again after maxMessages", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Effect.forEach(numbered(5), Mail.send).pipe(Effect.provide(server.layer({ pool: { maxMessages: 2 } })))
      assert.strictEqual(server.connections, 3)
      assert.strictEqual(server.received.length, 5)
    }))

  for (
    const [what, idleTimeout] of [["30 seconds", undefined], ["idleTimeout says", Duration.minutes(5)]] as const
  ) {
    it.scoped(`again after no message for ${what}`, () =>
      Effect.gen(function*() {
        const server = yield* SmtpServer.make()
        yield* Effect.gen(function*() {
          yield* Effect.forEach(numbered(2), Mail.send, { concurrency: 2 })
          assert.strictEqual(server.open, 2)
          yield* Effect.raceFirst(server.allClosed, Effect.forever(TestClock.adjust("10 seconds")))
          const elapsed = yield* Clock.currentTimeMillis
          assert.isAtLeast(elapsed, Duration.toMillis(idleTimeout ?? "30 seconds"))
          assert.strictEqual(count(server, "QUIT"), 2)
          yield* Mail.send(message)
          assert.strictEqual(server.connections, 3)
        }).pipe(Effect.provide(server.layer({ pool: { idleTimeout } })))
        assert.strictEqual(server.received.length, 3)
      }))
  }

  for (const [how, end] of [["closed", close], ["reset", reset]] as const) {
    it.scopedLive(`again where the server has ${how} the connection meanwhile, with each message once`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedServer.make([...hello(), ...delivery, end], [...hello(), ...delivery])
        yield* Effect.gen(function*() {
          yield* Mail.send(message)
          yield* server.allClosed
          yield* Mail.send(message)
        }).pipe(Effect.provide(server.layer()))
        assert.strictEqual(server.connections, 2)
        assert.strictEqual(server.messages.length, 2)
      }))
  }

  for (
    const [what, reply] of [
      ["421", [hear("RSET"), say("421 4.4.2 timeout"), close]],
      ["502", [hear("RSET"), say("502 what?")]],
      ["nothing and closes", [hear("RSET"), close]],
      ["before it was asked", [say("421 4.4.2 timeout"), close]]
    ] as const
  ) {
    it.scopedLive(`again where the server answers RSET with ${what}`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedServer.make([...hello(), ...delivery, ...reply], [...hello(), ...delivery])
        const reports = yield* Effect.forEach([message, message], Mail.send).pipe(Effect.provide(server.layer()))
        assert.strictEqual(reports.length, 2)
        assert.strictEqual(server.connections, 2)
        assert.strictEqual(server.messages.length, 2)
      }))
  }

  it.scopedLive("again after a connection failed, with the same permit of the pool", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([say("421 busy"), close], [...hello(), hear("MAIL"), close], [
        ...hello(),
        ...delivery
      ])
      const outcomes = yield* Effect.forEach(numbered(3), (sent) => Effect.exit(Mail.send(sent))).pipe(
        Effect.provide(server.layer({ pool: { maxConnections: 1 } }))
      )
      assert.deepStrictEqual(outcomes.map(Exit.isSuccess), [false, false, true])
      assert.strictEqual(server.connections, 3)
    }))

  it.scopedLive("not again after a message was refused", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make({ refuse: { recipients: { "eve@example.com": [550, "5.1.1 no"] } } })
      const error = yield* Effect.zipRight(
        Mail.send(message),
        Effect.flip(Mail.send(Message.make({ from: "ada@example.com", to: "eve@example.com" })))
      ).pipe(Effect.zipLeft(Mail.send(message)), Effect.provide(server.layer()))
      assert.strictEqual(error._tag, "RejectedError")
      assert.strictEqual(server.connections, 1)
      assert.strictEqual(server.received.length, 2)
    }))

  it.scopedLive("for each layer", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const send = Mail.send(message).pipe(Effect.provide(server.layer()))
      yield* Effect.zipRight(send, send)
      assert.strictEqual(server.connections, 2)
    }))
})

describe("Smtp sends over one connection", () => {
  it.scopedLive("all messages of a batch", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make({ refuse: { recipients: { "eve@example.com": [550, "5.1.1 no"] } } })
      const [first, second] = numbered(2)
      const refused = Message.make({ from: "ada@example.com", to: "eve@example.com" })
      const wrong = Message.subject(message, "a\nb")
      const report = yield* Mail.sendAll([first ?? message, refused, wrong, second ?? message]).pipe(
        Effect.provide(server.layer())
      )
      assert.deepStrictEqual(report.entries.map(({ _tag }) => _tag), ["Sent", "Failed", "Failed", "Sent"])
      assert.deepStrictEqual(
        BatchReport.failures(report).map(({ error }) => error._tag),
        ["RejectedError", "BadHeaderError"]
      )
      assert.strictEqual(server.connections, 1)
      assert.deepStrictEqual(server.received.map(({ bytes }) => subject(bytes)), ["message 0", "message 1"])
    }))

  it.scopedLive("or over as many as a batch asks for", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const report = yield* Mail.sendAll(numbered(20), { concurrency: 2 }).pipe(Effect.provide(server.layer()))
      assert.strictEqual(BatchReport.sentCount(report), 20)
      assert.strictEqual(server.connections, 2)
      assert.strictEqual(used(server), 2)
    }))

  it.scopedLive("more messages than maxMessages in a batch, over as many as that takes", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const report = yield* Mail.sendAll(numbered(5)).pipe(Effect.provide(server.layer({ pool: { maxMessages: 2 } })))
      assert.strictEqual(BatchReport.sentCount(report), 5)
      assert.strictEqual(server.connections, 3)
    }))

  it.scopedLive("what a session sends, at once or one after the other", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Mail.session(Effect.forEach(numbered(5), Mail.send, { concurrency: "unbounded" })).pipe(
        Effect.provide(server.layer())
      )
      assert.strictEqual(server.connections, 1)
      assert.strictEqual(server.received.length, 5)
    }))

  it.scopedLive("the rest of a batch, where the server gives the connection up between two messages", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make(
        [...hello(), ...delivery, hear("MAIL"), close],
        [...hello(), ...delivery, ...delivery]
      )
      const report = yield* Mail.sendAll(numbered(3)).pipe(Effect.provide(server.layer()))
      assert.deepStrictEqual(report.entries.map(({ _tag }) => _tag), ["Sent", "Sent", "Sent"])
      assert.strictEqual(server.connections, 2)
    }))

  it.scopedLive("the rest of a batch after a connection was lost within a message, over another one", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make(
        [
          ...hello(),
          ...delivery,
          hear("MAIL"),
          say("250 ok"),
          hear("RCPT"),
          say("250 ok"),
          hear("DATA"),
          say("354 go"),
          close
        ],
        [...hello(), ...delivery]
      )
      const report = yield* Mail.sendAll(numbered(3)).pipe(Effect.provide(server.layer()))
      assert.deepStrictEqual(report.entries.map(({ _tag }) => _tag), ["Sent", "Failed", "Sent"])
      assert.strictEqual(server.connections, 2)
    }))

  it.scopedLive("nothing more of a batch when no server can be reached any more", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([say("421 busy"), close])
      const report = yield* Mail.sendAll(numbered(3)).pipe(Effect.provide(server.layer()))
      assert.deepStrictEqual(report.entries.map(({ _tag }) => _tag), ["Failed", "NotTried", "NotTried"])
      assert.strictEqual(server.connections, 1)
    }))
})

describe("Smtp closes", () => {
  it.scopedLive("all connections with the layer, saying QUIT", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const scope = yield* Scope.make()
      const backend = yield* Effect.map(
        Layer.buildWithScope(server.layer(), scope),
        (context) => MailBackend.MailBackend.pipe(Effect.provide(context))
      ).pipe(Effect.flatten)
      yield* Effect.forEach(numbered(3), backend.send, { concurrency: 3 })
      assert.strictEqual(server.open, 3)
      assert.strictEqual(count(server, "QUIT"), 0)
      yield* Scope.close(scope, Exit.void)
      yield* server.allClosed
      assert.strictEqual(count(server, "QUIT"), 3)
      // No sender waits for a connection that cannot be made.
      const late = yield* Effect.exit(backend.send(numbered(1)[0] ?? message))
      assert.isTrue(Exit.isInterrupted(late))
      assert.strictEqual(server.open, 0)
    }))

  for (
    const [what, script] of [
      ["never answers QUIT", [...hello(), ...delivery, hear("QUIT"), hang]],
      ["sends something else for ever", [...hello(), ...delivery, hear("QUIT"), say("250-".repeat(1000)), hang]]
    ] as const
  ) {
    it.scoped(`within the limit where the server ${what}`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedServer.make(script)
        const fiber = yield* Effect.fork(Mail.send(message).pipe(Effect.provide(server.layer())))
        yield* server.hanging(1)
        assert.strictEqual(server.open, 1)
        yield* Effect.raceFirst(Fiber.join(fiber), Effect.forever(TestClock.adjust("1 second")))
        yield* server.allClosed
        assert.isAtMost(yield* Clock.currentTimeMillis, 2000)
      }))
  }

  it.scopedLive("without a word where the state of the session is in doubt", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([...hello(), ...envelope, ...body, say("354 go on"), hang])
      yield* Effect.flip(Mail.send(message)).pipe(Effect.provide(server.layer()))
      yield* server.allClosed
      assert.notInclude(server.lines, "QUIT")
    }))

  it.scopedLive("nothing twice: a connection that is reused says QUIT once", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([...hello(), ...delivery, ...anotherDelivery])
      yield* Effect.forEach([message, message], Mail.send).pipe(Effect.provide(server.layer()))
      yield* server.allClosed
      assert.deepStrictEqual(server.lines.filter((line) => line === "QUIT"), ["QUIT"])
    }))
})
