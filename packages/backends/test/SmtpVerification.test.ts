import { Smtp } from "@effect-mail/backends"
import { Mail, MailMetrics, Message } from "@effect-mail/core"
import * as SmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import { close, delivery, hear, hello, say } from "@effect-mail/test-kit/LineScriptServer"
import * as ScriptedServer from "@effect-mail/test-kit/LineScriptServer"
import { TestCertificates } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Metric, Option, Redacted, Tracer } from "effect"
import { inspect } from "node:util"

const message = Message.make({ from: "ada@example.com", to: "bob@example.org", subject: "Secret plans", text: "Hello" })
const password = "correct horse"

const to = (server: { readonly port: number }, options: Partial<Smtp.Options> = {}): Smtp.Options => ({
  host: "localhost",
  port: server.port,
  tls: "none",
  ...options
})

describe("Smtp.verify", () => {
  it.scopedLive("tells what the connection has, and what the server offers", () =>
    Effect.gen(function*() {
      const { ca, valid } = yield* TestCertificates.make
      const server = yield* SmtpServer.make({
        ...valid,
        size: 5000,
        login: ({ password: given }) => given === password
      })
      const auth = { user: "ada", password: Redacted.make(password) }
      const seen = yield* Smtp.verify(to(server, { tls: "required", auth, certificates: { ca } }))
      assert.isTrue(seen.isEncrypted)
      assert.isTrue(seen.isLoggedIn)
      assert.isTrue(seen.extensions.has("SMTPUTF8"))
      assert.deepStrictEqual(seen.maxMessageSize, Option.some(5000))
      assert.strictEqual(server.received.length, 0)
      assert.include(server.commands, "QUIT")
    }))

  it.scopedLive("does not say that it logged in where it did not", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make(hello("AUTH PLAIN"))
      const seen = yield* Smtp.verify(to(server))
      assert.deepStrictEqual(
        [seen.isEncrypted, seen.isLoggedIn, seen.maxMessageSize],
        [false, false, Option.none()]
      )
    }))

  it.scopedLive("fails as sending would", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make(hello("STARTTLS"))
      const auth = { user: "ada", password: Redacted.make(password) }
      const silent = yield* ScriptedServer.make(hello())
      assert.strictEqual(
        (yield* Effect.flip(Smtp.verify(to(silent, { tls: "none", auth }))))._tag,
        "AuthenticationError"
      )
      assert.strictEqual((yield* Effect.flip(Smtp.verify(to(silent, { tls: "required" }))))._tag, "CapabilityError")
      assert.strictEqual((yield* Effect.flip(Smtp.verify({ host: "a b" })))._tag, "ConfigError")
      yield* server.allClosed
    }))
})

describe("Smtp.transcript", () => {
  it.scopedLive("holds the dialogue up to a failure, without the message and without secrets", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([
        ...hello("AUTH PLAIN"),
        hear("AUTH"),
        say((line) => `235 welcome ${line}`),
        ...delivery.slice(0, -1),
        say("550 5.7.1 no")
      ])
      const auth = { user: "ada", password: Redacted.make(password) }
      const error = yield* Mail.send(message).pipe(Effect.flip, Effect.provide(Smtp.layer(to(server, { auth }))))
      const lines = Smtp.transcript(error)
      assert.deepStrictEqual(lines.map((line) => line.slice(0, 12)), [
        "S: 220 test.",
        "C: EHLO [127",
        "S: 250-test.",
        "C: AUTH PLAI",
        "S: 235 welco",
        "C: MAIL FROM",
        "S: 250 2.1.0",
        "C: RCPT TO:<",
        "S: 250 2.1.5",
        "C: DATA",
        "S: 354 go on",
        "S: 550 5.7.1"
      ])
      const whole = lines.join("\n")
      for (const secret of [password, "Hello", "Secret plans", Buffer.from(`\0ada\0${password}`).toString("base64")]) {
        assert.notInclude(whole, secret)
      }
      assert.notInclude(inspect(error, { depth: 10 }), "RCPT TO")
      assert.notInclude(JSON.stringify(error), "RCPT TO")
    }))

  it.scopedLive("holds the handshake of a connection that never came to be", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([say("554 go away"), close])
      const error = yield* Mail.send(message).pipe(Effect.flip, Effect.provide(Smtp.layer(to(server))))
      assert.deepStrictEqual(Smtp.transcript(error), ["S: 554 go away"])
    }))

  it.effect("is empty for errors that did not come from a dialogue", () =>
    Effect.gen(function*() {
      const error = yield* Mail.send(Message.subject(message, "a\r\nb")).pipe(
        Effect.flip,
        Effect.provide(Smtp.layer({ host: "localhost" }))
      )
      assert.deepStrictEqual(Smtp.transcript(error), [])
      assert.deepStrictEqual(Smtp.transcript(undefined), [])
    }))
})

describe("delivery notifications and REQUIRETLS", () => {
  it.scopedLive("are asked of a server that offers them", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([...hello("DSN"), ...delivery])
      const notified = Message.deliveryNotification(message, {
        notify: ["success", "delay"],
        return: "headers",
        envelopeId: "order+1"
      })
      yield* Mail.send(notified).pipe(Effect.provide(Smtp.layer(to(server))))
      assert.include(server.lines, "MAIL FROM:<ada@example.com> RET=HDRS ENVID=order+2B1")
      assert.include(server.lines, "RCPT TO:<bob@example.org> NOTIFY=SUCCESS,DELAY")
    }))

  it.scopedLive("are left out where they ask for nothing", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([...hello("DSN"), ...delivery])
      yield* Mail.send(Message.deliveryNotification(message, { notify: [] })).pipe(
        Effect.provide(Smtp.layer(to(server)))
      )
      assert.include(server.lines, "RCPT TO:<bob@example.org>")
    }))

  it.scopedLive("are left out where the server offers none", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([...hello(), ...delivery])
      yield* Mail.send(Message.deliveryNotification(message, { notify: "never" })).pipe(
        Effect.provide(Smtp.layer(to(server)))
      )
      assert.include(server.lines, "RCPT TO:<bob@example.org>")
    }))

  it.scopedLive("REQUIRETLS is not given up: the message is not sent", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([...hello("REQUIRETLS")])
      const error = yield* Mail.send(Message.requireTls(message)).pipe(
        Effect.flip,
        Effect.provide(Smtp.layer(to(server)))
      )
      assert.strictEqual(error._tag === "CapabilityError" && error.capability, "REQUIRETLS")
      assert.isFalse(server.lines.some((line) => line.startsWith("MAIL")))
    }))
})

describe("what an operator sees", () => {
  it.scopedLive("is a span with phases, without addresses and subjects", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const spans: Array<Tracer.Span> = []
      const tracer = yield* Effect.map(Effect.tracer, (native) =>
        Tracer.make({
          ...native,
          span: (...args) => {
            const span = native.span(...args)
            spans.push(span)
            return span
          }
        }))
      yield* Mail.send(message).pipe(Effect.provide(server.layer()), Effect.withTracer(tracer))
      const sending = spans.find(({ name }) => name === "mail.send")
      const attributes = Object.fromEntries(sending?.attributes ?? [])
      assert.strictEqual(attributes["mail.backend"], "smtp")
      assert.strictEqual(attributes["server.port"], server.port)
      for (const phase of ["smtp.envelope_ms", "smtp.data_ms", "smtp.reply_ms"]) {
        assert.isAtLeast(Number(attributes[phase]), 0)
      }
      assert.isTrue(spans.some(({ name }) => name === "smtp.connect"))
      const printed = inspect(spans.map((span) => [span.name, Array.from(span.attributes)]), { depth: 5 })
      for (const private_ of ["ada@example.com", "bob@example.org", "Secret plans"]) {
        assert.notInclude(
          printed,
          private_
        )
      }
    }))

  it.scopedLive("is how many connections are open", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const gauge = (state: string) =>
        Effect.map(
          Metric.value(
            MailMetrics.connections.pipe(
              Metric.tagged("server.address", "127.0.0.1"),
              Metric.tagged("mail.connection.state", state)
            )
          ),
          ({ value }) => value
        )
      yield* Effect.gen(function*() {
        yield* Mail.send(message)
        assert.deepStrictEqual(yield* Effect.all([gauge("used"), gauge("idle")]), [0, 1])
      }).pipe(Effect.provide(Smtp.layer(to(server, { host: "127.0.0.1" }))))
      assert.deepStrictEqual(yield* Effect.all([gauge("used"), gauge("idle")]), [0, 0])
    }))
})
