import type { Smtp } from "@effect-mail/backends"
import { Mail, MailError, Message } from "@effect-mail/core"
import * as SmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import * as ScriptedServer from "@effect-mail/test-kit/LineScriptServer"
import { TestCertificates } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Logger, LogLevel, Redacted } from "effect"
import type { TLSSocket } from "node:tls"
import { inspect } from "node:util"

const { close, delivery, hang, hear, hello, say } = ScriptedServer

const message = Message.make({ from: "ada@example.com", to: "bob@example.com", subject: "Hello", text: "Hello, Bob" })

const user = "ada"
const password = "pä$$ w0rd<>"
const auth: Smtp.Auth = { user, password: Redacted.make(password) }

const verbs = (server: SmtpServer.TestServer) => server.commands.map((line) => line.split(" ")[0])

describe("Smtp encrypts", () => {
  for (
    const [tls, server, isSecure, said] of [
      ["implicit", "implicit", true, ["EHLO"]],
      ["required", "starttls", true, ["EHLO", "STARTTLS", "EHLO"]],
      ["opportunistic", "starttls", true, ["EHLO", "STARTTLS", "EHLO"]],
      ["opportunistic", "plain", false, ["EHLO"]],
      [undefined, "starttls", true, ["EHLO", "STARTTLS", "EHLO"]],
      [undefined, "plain", false, ["EHLO"]],
      ["none", "starttls", false, ["EHLO"]]
    ] as const
  ) {
    it.scopedLive(`as tls: ${tls} says, to a ${server} server`, () =>
      Effect.gen(function*() {
        const { ca, valid } = yield* TestCertificates.make
        const smtp = yield* SmtpServer.make(server === "plain" ? {} : { ...valid, secure: server === "implicit" })
        yield* Mail.send(message).pipe(
          Effect.provide(smtp.layer({ host: "localhost", tls, certificates: { ca } }))
        )
        assert.deepStrictEqual(smtp.received.map((received) => received.isSecure), [isSecure])
        assert.deepStrictEqual(verbs(smtp).slice(0, said.length + 1), [...said, "MAIL"])
      }))
  }

  for (
    const [what, options] of [
      ["an address that the certificate names", { host: "127.0.0.1" }],
      ["a name that is not the host", { certificates: { serverName: "localhost" } }]
    ] as const
  ) {
    it.scopedLive(`to ${what}`, () =>
      Effect.gen(function*() {
        const { ca, valid } = yield* TestCertificates.make
        const server = yield* SmtpServer.make(valid)
        yield* Mail.send(message).pipe(
          Effect.provide(server.layer({ tls: "required", ...options, certificates: { ca, ...options.certificates } }))
        )
        assert.strictEqual(server.received[0]?.isSecure, true)
      }))
  }

  it.scopedLive("and shows its own certificate to a server that asks for one", () =>
    Effect.gen(function*() {
      const { ca, valid } = yield* TestCertificates.make
      const shown: Array<string> = []
      const server = yield* SmtpServer.make({
        ...valid,
        ca,
        requestCert: true,
        rejectUnauthorized: true,
        onSecure: (socket, _, callback) => {
          shown.push(String((socket as TLSSocket).getPeerCertificate().subject?.CN))
          callback()
        }
      })
      const send = (certificates: Smtp.Certificates) =>
        Mail.send(message).pipe(Effect.provide(server.layer({ tls: "required", certificates })))
      yield* send({ ca, cert: valid.cert, key: Redacted.make(valid.key) })
      assert.deepStrictEqual(shown, ["localhost"])
      assert.strictEqual((yield* Effect.flip(send({ ca })))._tag, "ConnectionError")
      assert.strictEqual(server.received.length, 1)
    }))
})

describe("Smtp trusts no certificate", () => {
  for (const tls of ["implicit", "required", "opportunistic"] as const) {
    for (
      const [what, choose] of [
        ["that it was not told of", ({ valid }) => [valid, undefined]],
        ["that is its own authority", ({ ca, selfSigned }) => [selfSigned, ca]],
        ["that has expired", ({ ca, expired }) => [expired, ca]],
        ["that is for another host", ({ ca, wrongHost }) => [wrongHost, ca]]
      ] as ReadonlyArray<
        readonly [
          string,
          (of: TestCertificates.TestCertificates) => readonly [TestCertificates.Certificate, string | undefined]
        ]
      >
    ) {
      it.scopedLive(`${what}, tls: ${tls}`, () =>
        Effect.gen(function*() {
          const [certificate, ca] = choose(yield* TestCertificates.make)
          const server = yield* SmtpServer.make({ ...certificate, secure: tls === "implicit", login: () => true })
          const error = yield* Effect.flip(Mail.send(message)).pipe(
            Effect.provide(server.layer({ host: "localhost", tls, auth, certificates: { ca } }))
          )
          assert.strictEqual(error._tag === "ConnectionError" && error.reason, "Certificate")
          assert.isFalse(error.isTransient)
          assert.deepStrictEqual(server.logins, [])
          assert.notInclude(verbs(server), "MAIL")
        }))
    }
  }
})

describe("Smtp sends nothing in clear text that is to be encrypted", () => {
  for (
    const [what, options] of [
      ["credentials, as it is by default", { auth, tls: undefined }],
      ["credentials, tls: required", { auth, tls: "required" }],
      ["credentials, tls: opportunistic", { auth, tls: "opportunistic" }],
      ["a message, tls: required", { tls: "required" }]
    ] as const
  ) {
    it.scopedLive(`${what}, where STARTTLS is not offered`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedServer.make(hello("AUTH PLAIN LOGIN", "SIZE 1000000"))
        const error = yield* Effect.flip(Mail.send(message)).pipe(Effect.provide(server.layer(options)))
        assert.strictEqual(error._tag === "CapabilityError" && error.capability, "STARTTLS")
        assert.isFalse(error.isTransient)
        yield* server.allClosed
        assert.deepStrictEqual(server.lines.filter((line) => line !== "QUIT"), ["EHLO [127.0.0.1]"])
      }))
  }

  for (const [code, isTransient] of [[454, true], [502, false]] as const) {
    it.scopedLive(`where STARTTLS is refused with ${code}`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedServer.make([
          ...hello("STARTTLS", "AUTH PLAIN"),
          hear("STARTTLS"),
          say(`${code} no`)
        ])
        const error = yield* Effect.flip(Mail.send(message)).pipe(
          Effect.provide(server.layer({ tls: undefined, auth }))
        )
        assert.strictEqual(error._tag === "ConnectionError" && error.reason, "Tls")
        assert.deepInclude(error, { code, response: "no" })
        assert.strictEqual(error.isTransient, isTransient)
        yield* server.allClosed
        assert.deepStrictEqual(server.lines.filter((line) => line !== "QUIT"), ["EHLO [127.0.0.1]", "STARTTLS"])
      }))
  }

  for (
    const [what, credentials, outcome] of [
      ["a message, tls: opportunistic", undefined, "sent"],
      ["credentials, tls: opportunistic", auth, "CapabilityError"]
    ] as const
  ) {
    it.scopedLive(`but ${what}, where STARTTLS is refused: ${outcome}`, () =>
      Effect.gen(function*() {
        const refused = [...hello("STARTTLS", "AUTH PLAIN"), hear("STARTTLS"), say("454 not now")]
        const server = yield* ScriptedServer.make(credentials === undefined ? [...refused, ...delivery] : refused)
        const sent = yield* Mail.send(message).pipe(
          Effect.match({ onFailure: (error) => error._tag, onSuccess: () => "sent" }),
          Effect.provide(server.layer({ tls: "opportunistic", auth: credentials }))
        )
        assert.strictEqual(sent, outcome)
        yield* server.allClosed
        assert.isFalse(server.lines.some((line) => line.startsWith("AUTH")))
      }))
  }

  for (
    const [what, tls, script, reason] of [
      ["is cut off", "required", [...hello("STARTTLS"), hear("STARTTLS"), say("220 go on"), close], "Tls"],
      ["is answered in clear text", "implicit", [say("220 hi"), hang], "Protocol"]
    ] as const
  ) {
    it.scopedLive(`where the TLS handshake ${what}`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedServer.make(script)
        const error = yield* Effect.flip(Mail.send(message)).pipe(Effect.provide(server.layer({ tls })))
        assert.strictEqual(error._tag === "ConnectionError" && error.reason, reason)
        yield* server.allClosed
      }))
  }

  it.scopedLive("so credentials go out after STARTTLS", () =>
    Effect.gen(function*() {
      const { ca, valid } = yield* TestCertificates.make
      const server = yield* SmtpServer.make({ ...valid, login: () => true })
      yield* Mail.send(message).pipe(Effect.provide(server.layer({ tls: undefined, auth, certificates: { ca } })))
      assert.deepStrictEqual(verbs(server).slice(0, 5), ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL"])
      assert.deepInclude(server.received[0], { user, isSecure: true })
    }))
})

describe("Smtp logs in", () => {
  for (const offered of [["PLAIN"], ["LOGIN"], ["CRAM-MD5"], ["XOAUTH2", "CRAM-MD5", "LOGIN", "PLAIN"]]) {
    it.scopedLive(`with a password, where ${offered.join(", ")} is offered`, () =>
      Effect.gen(function*() {
        const server = yield* SmtpServer.make({
          authMethods: offered,
          login: (given) => given.method === "CRAM-MD5" ? given.validatePassword(password) : given.password === password
        })
        yield* Mail.send(message).pipe(Effect.provide(server.layer({ auth })))
        assert.strictEqual(server.received[0]?.user, user)
        assert.strictEqual(server.logins[0]?.method, offered.at(-1))
      }))
  }

  it.scopedLive("with an access token", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make({
        authMethods: ["PLAIN", "XOAUTH2"],
        login: (given) => given.accessToken === "token-1"
      })
      const accessToken = Effect.succeed(Redacted.make("token-1"))
      yield* Mail.send(message).pipe(Effect.provide(server.layer({ auth: { user, accessToken } })))
      assert.strictEqual(server.received[0]?.user, user)
    }))

  for (
    const [what, good, asked, tag] of [
      ["the first is good", 1, 1, "sent"],
      ["the first has expired", 2, 2, "sent"],
      ["none is good", 3, 2, "AuthenticationError"]
    ] as const
  ) {
    it.scopedLive(`asking for another token after a refusal, and no more: ${what}`, () =>
      Effect.gen(function*() {
        const server = yield* SmtpServer.make({
          authMethods: ["XOAUTH2"],
          login: (given) => given.accessToken === `token-${good}`
        })
        let count = 0
        const accessToken = Effect.sync(() => Redacted.make(`token-${++count}`))
        const outcome = yield* Mail.send(message).pipe(
          Effect.match({ onFailure: (error) => error._tag, onSuccess: () => "sent" }),
          Effect.provide(server.layer({ auth: { user, accessToken } }))
        )
        assert.strictEqual(outcome, tag)
        assert.strictEqual(count, asked)
        assert.strictEqual(server.connections, 1)
      }))
  }

  it.scopedLive("not where there is no token to be had", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make({ authMethods: ["XOAUTH2"], login: () => true })
      let count = 0
      const accessToken = Effect.suspend(() => {
        count++
        return Effect.fail(new MailError.AuthenticationError({ reason: "Credentials" }))
      })
      const error = yield* Effect.flip(Mail.send(message)).pipe(
        Effect.provide(server.layer({ auth: { user, accessToken } }))
      )
      assert.strictEqual(error._tag === "AuthenticationError" && error.reason, "Credentials")
      assert.strictEqual(count, 1)
      assert.deepStrictEqual(server.logins, [])
    }))

  const token: Smtp.Auth = { user, accessToken: Effect.succeed(Redacted.make("token-1")) }
  for (
    const [what, extensions, credentials] of [
      ["AUTH", [], auth],
      ["a way for passwords", ["AUTH XOAUTH2 GSSAPI"], auth],
      ["a way for tokens", ["AUTH PLAIN LOGIN"], token]
    ] as const
  ) {
    it.scopedLive(`not where the server does not offer ${what}`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedServer.make([...hello(...extensions)])
        const error = yield* Effect.flip(Mail.send(message)).pipe(Effect.provide(server.layer({ auth: credentials })))
        assert.strictEqual(error._tag === "AuthenticationError" && error.reason, "NotOffered")
        assert.isFalse(error.isTransient)
        yield* server.allClosed
        assert.deepStrictEqual(server.lines, ["EHLO [127.0.0.1]", "QUIT"])
      }))
  }

  for (
    const [reply, tag, isTransient] of [
      ["535 5.7.8 wrong", "AuthenticationError", false],
      ["454 4.7.0 later", "AuthenticationError", true],
      ["421 4.3.2 closing", "ConnectionError", true]
    ] as const
  ) {
    it.scopedLive(`and says what the server said: ${reply}`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedServer.make([...hello("AUTH PLAIN"), hear("AUTH PLAIN "), say(reply)])
        const error = yield* Effect.flip(Mail.send(message)).pipe(Effect.provide(server.layer({ auth })))
        assert.strictEqual(error._tag, tag)
        assert.deepInclude(error, {
          code: Number(reply.slice(0, 3)),
          enhancedCode: reply.slice(4, 9),
          response: reply.slice(4)
        })
        assert.strictEqual(error.isTransient, isTransient)
      }))
  }
})

describe("Smtp keeps secrets", () => {
  const base64 = (text: string) => Buffer.from(text).toString("base64")
  const shapes = (secret: string) => [
    secret,
    base64(secret),
    base64(`\0${user}\0${secret}`),
    base64(`user=${user}\u0001auth=Bearer ${secret}\u0001\u0001`)
  ]

  /** All that a program may show of an error: on the console, as JSON, in a log. */
  const show = (error: MailError.MailError) =>
    Effect.gen(function*() {
      const logged: Array<string> = []
      const logger = Logger.map(Logger.jsonLogger, (text) => void logged.push(text))
      yield* Effect.logError("not sent", Cause.fail(error), error).pipe(
        Effect.withSpan("test"),
        Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
        Logger.withMinimumLogLevel(LogLevel.All)
      )
      return [
        inspect(error, { depth: Infinity, showHidden: true, getters: true }),
        JSON.stringify(error),
        Cause.pretty(Cause.fail(error)),
        String(error),
        ...logged
      ].join("\n")
    })

  const assertHidden = (shown: string, secret: string) => {
    for (const shape of shapes(secret)) {
      assert.notInclude(shown, shape)
      assert.notInclude(shown, JSON.stringify(shape).slice(1, -1))
    }
  }

  for (const mechanism of ["PLAIN", "LOGIN", "CRAM-MD5"]) {
    it.scopedLive(`of a refused ${mechanism}`, () =>
      Effect.gen(function*() {
        const server = yield* SmtpServer.make({ authMethods: [mechanism], login: () => false })
        const error = yield* Effect.flip(Mail.send(message)).pipe(Effect.provide(server.layer({ auth })))
        assert.deepInclude(error, { _tag: "AuthenticationError", reason: "Refused", code: 535 })
        assert.isFalse(error.isTransient)
        assertHidden(yield* show(error), password)
      }))
  }

  it.scopedLive("of refused tokens", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make({ authMethods: ["XOAUTH2"], login: () => false })
      let count = 0
      const accessToken = Effect.sync(() => Redacted.make(`t0ken-${++count}`))
      const error = yield* Effect.flip(Mail.send(message)).pipe(
        Effect.provide(server.layer({ auth: { user, accessToken } }))
      )
      assert.deepInclude(error, { _tag: "AuthenticationError", reason: "Refused" })
      const shown = yield* show(error)
      assertHidden(shown, "t0ken-1")
      assertHidden(shown, "t0ken-2")
    }))

  for (
    const [what, script] of [
      ["PLAIN", [
        ...hello("AUTH PLAIN"),
        hear("AUTH PLAIN"),
        say((line) => `535 5.7.8 ${line} is wrong, ${Buffer.from(line.slice(11), "base64").toString("utf8")} too`)
      ]],
      ["LOGIN", [
        ...hello("AUTH LOGIN"),
        hear("AUTH LOGIN"),
        say("334 VXNlcm5hbWU6"),
        hear(base64(user)),
        say("334 UGFzc3dvcmQ6"),
        hear(""),
        say((line) => `535-5.7.8 ${line}\r\n535 5.7.8 ${Buffer.from(line, "base64").toString("utf8")}`)
      ]],
      ["a closing PLAIN", [
        ...hello("AUTH PLAIN"),
        hear("AUTH PLAIN"),
        say((line) => `421 4.7.0 ${line}`),
        close
      ]],
      ["an accepted PLAIN", [
        ...hello("AUTH PLAIN"),
        hear("AUTH PLAIN"),
        say("235 ok"),
        hear("MAIL"),
        say(`550 5.7.1 ${base64(password)} ${password} ${base64(`\0${user}\0${password}`)}`)
      ]],
      ["a malformed PLAIN", [
        ...hello("AUTH PLAIN"),
        hear("AUTH PLAIN"),
        say((line) => `999 ${line} ${password}`),
        hang
      ]]
    ] as ReadonlyArray<readonly [string, ScriptedServer.Script]>
  ) {
    it.scopedLive(`that the server repeats: ${what}`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedServer.make(script)
        const error = yield* Effect.flip(Mail.send(message)).pipe(Effect.provide(server.layer({ auth })))
        assertHidden(yield* show(error), password)
      }))
  }
})
