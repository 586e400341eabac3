import { Smtp } from "@effect-mail/backends"
import { Mail, Message } from "@effect-mail/core"
import { DevInbox, SmtpScript, TestMailbox } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Fiber, Layer, Redacted, Stream, TestClock } from "effect"

const backendOf = ({ smtp }: DevInbox.Service) => Smtp.make({ host: smtp?.host ?? "", port: smtp?.port, tls: "none" })

const to = (...recipients: ReadonlyArray<string>) =>
  Message.make({ from: "Ada <ada@example.com>", to: [...recipients], subject: "Hello", text: "Hello, Bob" })

/** An inbox, and a way to send to it. */
const withInbox = <A, E>(
  options: DevInbox.SmtpOptions,
  use: (inbox: DevInbox.Service, backend: Effect.Effect.Success<ReturnType<typeof backendOf>>) => Effect.Effect<A, E>
) =>
  Effect.scoped(Effect.gen(function*() {
    const inbox = yield* DevInbox.makeSmtp(options)
    return yield* use(inbox, yield* backendOf(inbox))
  }))

const verdicts = (inbox: DevInbox.Service, query = "") =>
  Effect.gen(function*() {
    const { id } = yield* inbox.wait(`${query} -is:waiting`)
    const { envelope, outcome } = yield* inbox.get(id)
    return { outcome: outcome.name, verdicts: envelope.recipients.map(({ address, verdict }) => [address, verdict]) }
  })

describe("DevInbox", () => {
  it.live("keeps a message as it came, with its envelope apart from its header", () =>
    withInbox({}, (inbox, backend) =>
      Effect.gen(function*() {
        const message = Message.make({
          from: "Ada <ada@example.com>",
          envelopeFrom: "bounce@example.com",
          to: "Bob <bob@example.com>",
          cc: "eve@example.com",
          bcc: "archive@example.com",
          subject: "Grüße",
          text: "Hello, Bob"
        })
        yield* backend.send(message)
        const { id } = yield* inbox.wait("subject:grüße -is:waiting")
        const detail = yield* inbox.get(id)
        assert.strictEqual(detail.envelope.from, "bounce@example.com")
        assert.strictEqual(detail.fromField, "not in From")
        assert.deepStrictEqual(
          detail.envelope.recipients.map(({ address, field, verdict }) => [address, field, verdict]),
          [
            ["bob@example.com", "To", "accepted"],
            ["eve@example.com", "Cc", "accepted"],
            ["archive@example.com", "Bcc", "accepted"]
          ]
        )
        assert.deepStrictEqual([detail.outcome.name, detail.hidden, detail.isComplete], ["DeliveryReport", 1, true])
        const source = Buffer.from(yield* inbox.source(id)).toString()
        assert.match(source, /^From: Ada <ada@example.com>\r\n/)
        assert.notInclude(source, "archive@example.com")
        const said = detail.dialogue.map(({ from, text }) => `${from} ${text}`)
        assert.include(
          said,
          "client MAIL FROM:<bounce@example.com> SIZE=" + (said.join().match(/SIZE=(\d+)/)?.[1] ?? "")
        )
        assert.include(said, "server 250 2.0.0 taken")
      })))

  it.live("holds a message before its sender has the reply", () =>
    withInbox({}, (inbox, backend) =>
      Effect.gen(function*() {
        for (let i = 1; i <= 20; i++) {
          yield* backend.send(to("bob@example.com"))
          assert.lengthOf(yield* inbox.list(), i)
        }
      })))

  const failing: ReadonlyArray<readonly [address: string, tag: string, outcome: string, verdict: string]> = [
    ["550@fail.test", "RejectedError", "RejectedError", "refused"],
    ["450@fail.test", "RejectedError", "RejectedError", "deferred"],
    ["599@fail.test", "RejectedError", "RejectedError", "refused"],
    ["552-data@fail.test", "RejectedError", "RejectedError", "refused"],
    ["drop@fail.test", "OutcomeUnknownError", "OutcomeUnknownError", "unknown"]
  ]
  for (const [address, tag, outcome, verdict] of failing) {
    it.live(`${address} fails by itself, and both sides say the same`, () =>
      withInbox({}, (inbox, backend) =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(backend.send(to(address)))
          assert.strictEqual(error._tag, tag)
          assert.deepStrictEqual(yield* verdicts(inbox), { outcome, verdicts: [[address, verdict]] })
        })))
  }

  it.live("reset@fail.test breaks off, and nothing was sent", () =>
    withInbox({}, (inbox, backend) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(backend.send(to("reset@fail.test")))
        assert.include(["ConnectionError", "OutcomeUnknownError"], error._tag)
        const seen = yield* verdicts(inbox)
        assert.deepStrictEqual(seen.verdicts, [["reset@fail.test", "failed"]])
      })))

  it.live("450-once@fail.test is deferred the first time, on whichever connection", () =>
    withInbox({}, (inbox, backend) =>
      Effect.gen(function*() {
        const first = yield* Effect.flip(backend.send(to("450-once@fail.test")))
        assert.isTrue(first.isTransient)
        const second = yield* Effect.flatMap(backendOf(inbox), (other) => other.send(to("450-once@fail.test"))).pipe(
          Effect.scoped
        )
        assert.strictEqual(second.recipients[0]?._tag, "Accepted")
      })))

  it.live("450-once@fail.test is deferred again after the inbox was cleared", () =>
    withInbox({}, (inbox, backend) =>
      Effect.gen(function*() {
        const isDeferred = Effect.map(Effect.either(backend.send(to("450-once@fail.test"))), Either.isLeft)
        assert.deepStrictEqual([yield* isDeferred, yield* isDeferred], [true, false])
        yield* inbox.clear
        assert.deepStrictEqual([yield* isDeferred, yield* isDeferred], [true, false])
      })))

  it.effect("450-once@fail.test is deferred again when it was not named for 15 minutes", () =>
    Effect.scoped(Effect.gen(function*() {
      const inbox = yield* DevInbox.makeSmtp()
      const isDeferred = Effect.scoped(Effect.flatMap(
        backendOf(inbox),
        (backend) => Effect.map(Effect.either(backend.send(to("450-once@fail.test"))), Either.isLeft)
      ))
      assert.deepStrictEqual([yield* isDeferred, yield* isDeferred], [true, false])
      yield* TestClock.adjust("16 minutes")
      assert.deepStrictEqual([yield* isDeferred, yield* isDeferred], [true, false])
    })))

  it.live("is reached by IPv4 and by IPv6, since localhost may be either", () =>
    withInbox({}, (inbox) =>
      Effect.forEach(["127.0.0.1", "::1", "localhost"], (host) =>
        Effect.scoped(Effect.flatMap(
          Smtp.make({ host, port: inbox.smtp?.port, tls: "none" }),
          (backend) => backend.send(to("bob@example.com"))
        )), { discard: true })))

  it.live("tells who was refused of several", () =>
    withInbox({}, (inbox, backend) =>
      Effect.gen(function*() {
        yield* backend.send(to("bob@example.com", "550@fail.test", "451@fail.test"))
        assert.deepStrictEqual(yield* verdicts(inbox), {
          outcome: "DeliveryReport",
          verdicts: [["bob@example.com", "accepted"], ["550@fail.test", "refused"], ["451@fail.test", "deferred"]]
        })
        assert.lengthOf(yield* inbox.list("is:refused to:bob"), 1)
      })))

  it.live("plays rules from the next command on, and counts how often each spoke", () =>
    withInbox(
      { rules: [{ kind: "refuse", pattern: "*@corp.example", code: 553, text: "5.1.3 not here" }] },
      (inbox, backend) =>
        Effect.gen(function*() {
          const refused = yield* Effect.flip(backend.send(to("eve@corp.example")))
          assert.include(refused.message, "553")
          const [rule] = yield* inbox.rules
          assert.deepStrictEqual([rule?.spoke, rule?.isOn], [1, true])
          yield* inbox.switchRule(rule?.id ?? 0, false)
          yield* backend.send(to("eve@corp.example"))
          yield* inbox.addRule({ kind: "drop", pattern: "lin@*" })
          const unknown = yield* Effect.flip(backend.send(to("lin@example.com")))
          assert.strictEqual(unknown._tag, "OutcomeUnknownError")
          yield* inbox.rulesOff
          yield* backend.send(to("lin@example.com"))
          assert.isTrue((yield* inbox.rules).every(({ isOn }) => !isOn))
        })
    ))

  it.live("shows the rules of a program's own script", () =>
    withInbox({
      script: SmtpScript.make({
        rules: [SmtpScript.label(SmtpScript.on("MAIL", SmtpScript.reply(451, "4.3.0 later")), "busy")]
      })
    }, (inbox, backend) =>
      Effect.gen(function*() {
        yield* Effect.flip(backend.send(to("bob@example.com")))
        const [rule] = yield* inbox.rules
        assert.deepStrictEqual([rule?.label, rule?.spoke], ["busy", 1])
        const { outcome } = yield* verdicts(inbox)
        assert.strictEqual(outcome, "RejectedError")
      })))

  it.live("masks credentials in every dialogue", () =>
    Effect.scoped(Effect.gen(function*() {
      const inbox = yield* DevInbox.makeSmtp({ tls: "starttls" })
      const backend = yield* Smtp.make({
        host: "localhost",
        port: inbox.smtp?.port,
        tls: "required",
        auth: { user: "ada", password: Redacted.make("correct horse") },
        certificates: { ca: inbox.smtp?.ca }
      })
      yield* backend.send(to("bob@example.com"))
      const { id } = yield* inbox.wait("-is:waiting")
      const { dialogue, envelope } = yield* inbox.get(id)
      const whole = JSON.stringify(dialogue)
      assert.match(whole, /AUTH [A-Z0-9-]+ \*\*\*|"\*\*\*"/)
      for (
        const secret of [
          "correct horse",
          Buffer.from("correct horse").toString("base64"),
          Buffer.from("\0ada\0correct horse").toString("base64")
        ]
      ) {
        assert.notInclude(whole, secret)
      }
      assert.match(envelope.tls, /^TLS/)
    })))

  it.live("refuses what is larger than it takes, and keeps a row of it", () =>
    withInbox(
      { maxMessageOctets: 2_000, script: SmtpScript.make({ extensions: [] }) },
      (inbox, backend) =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(backend.send(
            Message.make({ from: "ada@example.com", to: "bob@example.com", text: "x ".repeat(3_000) })
          ))
          assert.isFalse(error.isTransient)
          const { outcome } = yield* verdicts(inbox, "is:refused")
          assert.strictEqual(outcome, "RejectedError")
        })
    ))

  it.live("keeps the newest, and says which were removed", () =>
    withInbox({ maxMessages: 3 }, (inbox, backend) =>
      Effect.gen(function*() {
        const removed = yield* Effect.fork(
          Stream.runHead(Stream.filter(inbox.events(0), (numbered) => numbered?.event._tag === "Removed"))
        )
        for (let i = 0; i < 5; i++) yield* backend.send(to("bob@example.com"))
        assert.deepStrictEqual((yield* inbox.list()).map(({ id }) => id), [5, 4, 3])
        const [first] = yield* Effect.map(Fiber.join(removed), (found) => [found])
        assert.strictEqual(first._tag, "Some")
        assert.strictEqual((yield* Effect.flip(inbox.get(1)))._tag, "MessageNotFound")
      })))

  it.live("waits for a message that comes later, and streams what arrives", () =>
    withInbox({}, (inbox, backend) =>
      Effect.gen(function*() {
        const waiting = yield* Effect.fork(inbox.wait("to:later@example.com"))
        const stream = yield* Effect.fork(Stream.runCollect(Stream.take(inbox.received, 2)))
        yield* Effect.yieldNow()
        yield* backend.send(to("bob@example.com"))
        yield* backend.send(to("later@example.com"))
        assert.strictEqual((yield* Fiber.join(waiting)).to[0], "later@example.com")
        assert.lengthOf(Array.from(yield* Fiber.join(stream)), 2)
      })))

  const searches: ReadonlyArray<readonly [query: string, found: number]> = [
    ["hello", 2],
    ["subject:invoice", 1],
    ["from:ada", 2],
    ["to:bob -invoice", 1],
    ["!subject:invoice", 1],
    ["\"hello, bob\"", 1],
    ["has:attachment", 0],
    ["larger:1k", 0],
    ["smaller:1mb", 2],
    ["after:2000-01-01", 2],
    ["before:2000-01-01", 0],
    ["is:nonsense", 0],
    ["tag:x", 1],
    ["http://example.com", 0],
    ["", 2]
  ]
  it.live("finds by words and operators", () =>
    withInbox({}, (inbox) =>
      Effect.gen(function*() {
        const message = (subject: string, more = "") =>
          new TextEncoder().encode(
            `From: Ada <ada@example.com>\r\nTo: bob@example.com\r\nSubject: ${subject}\r\n${more}\r\nHello, ${subject}\r\n`
          )
        yield* inbox.add(message("Bob"))
        yield* inbox.add(message("Invoice", "X-Tags: x, y\r\n"))
        for (const [query, found] of searches) assert.lengthOf(yield* inbox.list(query), found, query)
      })))

  it.live("says that a port is taken", () =>
    Effect.scoped(Effect.gen(function*() {
      const { smtp } = yield* DevInbox.makeSmtp()
      const error = yield* Effect.flip(DevInbox.makeSmtp({ port: smtp?.port }))
      assert.strictEqual(error._tag, "PortUnavailable")
      assert.include(error.message, String(smtp?.port))
    })))

  it.live("shows what a TestMailbox gets", () =>
    Effect.gen(function*() {
      yield* Mail.sendMail({
        from: "ada@example.com",
        to: "bob@example.com",
        bcc: "x@example.com",
        subject: "Hi",
        text: "Hello"
      })
      const { hidden, source, subject } = yield* DevInbox.wait()
      assert.deepStrictEqual([subject, source, hidden], ["Hi", "mailbox", 1])
      const [{ outcome }] = [yield* DevInbox.get(1)]
      assert.isTrue(outcome.isReal)
    }).pipe(Effect.provide(Layer.provideMerge(DevInbox.layerTestMailbox(), TestMailbox.layer))))

  it.live("reads rules as a command line has them", () =>
    Effect.sync(() => {
      assert.deepStrictEqual(DevInbox.parseRule("550 *@fail.test"), {
        kind: "refuse",
        code: 550,
        pattern: "*@fail.test"
      })
      assert.deepStrictEqual(DevInbox.parseRule("  450-once   * "), { kind: "defer-once", code: 450, pattern: "*" })
      assert.deepStrictEqual(DevInbox.parseRule("wait 20"), { kind: "wait", seconds: 20 })
      for (const none of ["", "x", "250 *", "550", "wait soon", "one-in 0"]) {
        assert.isUndefined(DevInbox.parseRule(none), none)
      }
    }))
})
