import { Smtp } from "@effect-mail/backends"
import { Mail } from "@effect-mail/core"
import * as SmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import * as ScriptedServer from "@effect-mail/test-kit/LineScriptServer"
import { TestCertificates } from "@effect-mail/testing"
import { assert } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Redacted, TestClock } from "effect"
import { hostname } from "node:os"
import type { TLSSocket } from "node:tls"
import { type Behaviour, closedHole, passed } from "../Behaviour.js"
import { environment, live, portOf } from "../LiveConnections.js"
import { message } from "../SampleMail.js"

const { hang, hear, hello, say } = ScriptedServer

const auth: Smtp.Auth = { user: "ada", password: Redacted.make("secret") }

const verbs = (server: SmtpServer.TestServer) => server.commands.map((line) => line.split(" ")[0])

export const smtpOpening: ReadonlyArray<Behaviour> = [
  passed(
    203,
    "no host (one that is left out is refused by the compiler)",
    live(Effect.gen(function*() {
      const error = yield* Effect.flip(Layer.build(Smtp.layer({ host: "" })))
      assert.strictEqual(error._op, "InvalidData")
      assert.include(String(error), "host")
    }))
  ),
  passed(
    204,
    "no port: plain, TLS from the start, STARTTLS",
    live(Effect.gen(function*() {
      const ports = yield* Effect.forEach(
        [{}, { tls: "none" }, { tls: "implicit" }, { tls: "required" }, { auth }] as const,
        portOf
      )
      assert.deepStrictEqual(ports, [25, 25, 465, 587, 587])
    }))
  ),
  passed(
    205,
    "a host and a port, and what the client calls itself",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Mail.send(message).pipe(Effect.provide(server.layer({ clientName: "mail.example.com" })))
      yield* Mail.send(message).pipe(Effect.provide(server.layer()))
      assert.deepStrictEqual(
        server.received.map(({ clientName }) => clientName),
        ["mail.example.com", "[127.0.0.1]"]
      )
      assert.notInclude(server.commands.join(" "), hostname())
    }))
  ),
  passed(
    206,
    "TLS from the start and STARTTLS, both",
    live(Effect.gen(function*() {
      const error = yield* Effect.flip(
        Layer.build(environment({ EMAIL_USE_TLS: "true", EMAIL_USE_SSL: "true" }))
      )
      assert.strictEqual(error._op, "InvalidData")
      assert.include(String(error), "EMAIL_USE_SSL")
      assert.include(String(error), "EMAIL_USE_TLS")
    }))
  ),
  passed(
    207,
    "nothing but host and port: no encryption is asked for, nobody logs in, no certificate is shown",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make({ login: () => true, authOptional: true })
      yield* Mail.send(message).pipe(Effect.provide(Smtp.layer({ host: "127.0.0.1", port: server.port })))
      assert.strictEqual(server.received[0]?.isSecure, false)
      assert.deepStrictEqual(server.logins, [])
      assert.deepStrictEqual(verbs(server).slice(0, 2), ["EHLO", "MAIL"])
    }))
  ),
  passed(
    208,
    "an empty user and an empty password",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make({ login: () => true, authOptional: true })
      yield* Mail.send(message).pipe(Effect.provide(environment({
        EMAIL_HOST: "127.0.0.1",
        EMAIL_PORT: String(server.port),
        EMAIL_HOST_USER: "",
        EMAIL_HOST_PASSWORD: ""
      })))
      assert.strictEqual(server.received.length, 1)
      assert.deepStrictEqual(server.logins, [])
    }))
  ),
  closedHole(
    209,
    "a user and a password, or one of them only",
    "both log in, once for a connection; one alone is an error, where Django sends without logging in",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make({ login: () => true })
      yield* Mail.sendMassMail([message, message]).pipe(Effect.provide(server.layer({ auth })))
      assert.deepStrictEqual(server.logins.map(({ password, username }) => [username, password]), [["ada", "secret"]])
      assert.deepStrictEqual(server.received.map(({ user }) => user), ["ada", "ada"])
      for (const half of ["EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD"]) {
        const error = yield* Effect.flip(Layer.build(environment({ [half]: "secret" })))
        assert.strictEqual(error._op, "InvalidData")
        assert.notInclude(String(error), "secret")
      }
    }))
  ),
  passed(
    210,
    "credentials, for a server that offers no way to log in",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Effect.gen(function*() {
        const error = yield* Effect.flip(Mail.send(message))
        assert.strictEqual(error._tag === "AuthenticationError" && error.reason, "NotOffered")
        yield* server.allClosed
      }).pipe(Effect.provide(server.layer({ auth })))
      assert.notInclude(verbs(server), "MAIL")
    }))
  ),
  passed(
    211,
    "STARTTLS, for a server that does not offer it",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Effect.gen(function*() {
        const error = yield* Effect.flip(Mail.send(message))
        assert.strictEqual(error._tag === "CapabilityError" && error.capability, "STARTTLS")
        yield* server.allClosed
      }).pipe(Effect.provide(server.layer({ tls: "required" })))
      assert.notInclude(verbs(server), "MAIL")
    }))
  ),
  passed(
    212,
    "TLS from the start, with a server that speaks plain SMTP",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Effect.gen(function*() {
        const error = yield* Effect.flip(Mail.send(message))
        assert.strictEqual(error._tag, "ConnectionError")
        yield* server.allClosed
      }).pipe(Effect.provide(server.layer({ tls: "implicit" })))
      assert.notInclude(verbs(server), "MAIL")
    }))
  ),
  passed(
    213,
    "opening again after it failed",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Effect.gen(function*() {
        for (const attempt of [1, 2]) {
          assert.strictEqual((yield* Effect.flip(Mail.send(message)))._tag, "AuthenticationError")
          yield* server.allClosed
          assert.strictEqual(server.connections, attempt)
        }
      }).pipe(Effect.provide(server.layer({ auth })))
      assert.strictEqual(server.maxOpen, 1)
    }))
  ),
  passed(
    214,
    "STARTTLS fails silently, and another message is sent",
    live(Effect.gen(function*() {
      const server = yield* ScriptedServer.make([...hello("STARTTLS"), hear("STARTTLS"), say("454 4.7.0 not now")])
      const send = Mail.failSilently(Mail.sendMassMail([message]))
      const counts = yield* Effect.all([send, send]).pipe(Effect.provide(server.layer({ tls: "required" })))
      assert.deepStrictEqual(counts, [0, 0])
      yield* server.allClosed
      assert.strictEqual(server.connections, 2)
      assert.isEmpty(server.lines.filter((line) => !/^(?:EHLO|STARTTLS|QUIT)/.test(line)))
    }))
  ),
  passed(
    215,
    "a client certificate and its key; the server's own certificate is checked",
    live(Effect.gen(function*() {
      const { ca, selfSigned, valid, wrongHost } = yield* TestCertificates.make
      const shown: Array<string> = []
      const server = yield* SmtpServer.make({
        ...valid,
        ca,
        requestCert: true,
        rejectUnauthorized: false,
        onSecure: (socket, _, callback) => {
          shown.push(String((socket as TLSSocket).getPeerCertificate().subject?.CN))
          callback()
        }
      })
      const send = (certificates: Smtp.Certificates) =>
        Mail.send(message).pipe(Effect.provide(server.layer({ host: "localhost", tls: "required", certificates })))
      yield* send({ ca, cert: wrongHost.cert, key: Redacted.make(wrongHost.key) })
      yield* send({ ca })
      assert.deepStrictEqual(shown, ["other.example", "undefined"])
      const untrusted = yield* Effect.flip(send({}))
      assert.strictEqual(untrusted._tag === "ConnectionError" && untrusted.reason, "Certificate")
      for (const certificate of [wrongHost, selfSigned]) {
        const other = yield* SmtpServer.make(certificate)
        const error = yield* Effect.flip(Mail.send(message)).pipe(
          Effect.provide(other.layer({ host: "localhost", tls: "required", certificates: { ca } }))
        )
        assert.strictEqual(error._tag === "ConnectionError" && error.reason, "Certificate")
        assert.isEmpty(other.received)
      }
    }))
  ),
  closedHole(
    216,
    "a timeout, and none",
    "each step has a limit of its own when none is given: Django waits for ever",
    Effect.gen(function*() {
      yield* live(Effect.gen(function*() {
        const server = yield* ScriptedServer.make([hang])
        const [elapsed, error] = yield* Effect.timed(Effect.flip(Mail.send(message))).pipe(
          Effect.provide(environment({
            EMAIL_HOST: "127.0.0.1",
            EMAIL_PORT: String(server.port),
            EMAIL_TIMEOUT: "0.1"
          }))
        )
        assert.strictEqual(error._tag === "ConnectionError" && error.reason, "Timeout")
        assert.isTrue(Duration.between(elapsed, { minimum: "90 millis", maximum: "5 seconds" }), String(elapsed))
      }))
      const silent = yield* ScriptedServer.make([hang])
      const fiber = yield* Effect.fork(Effect.flip(Mail.send(message)).pipe(Effect.provide(silent.layer())))
      yield* silent.hanging(1)
      const error = yield* Effect.raceFirst(Fiber.join(fiber), Effect.forever(TestClock.adjust("1 minute")))
      assert.strictEqual(error._tag === "ConnectionError" && error.reason, "Timeout")
    }).pipe(Effect.scoped)
  )
]
