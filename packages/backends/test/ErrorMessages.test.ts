import { Smtp } from "@effect-mail/backends"
import { Mail, MailError, Mailers, Message } from "@effect-mail/core"
import { failures, hidden, kindOf } from "@effect-mail/test-kit/FailureCases"
import * as SmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import * as ScriptedServer from "@effect-mail/test-kit/LineScriptServer"
import { TestCertificates } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

const { hear, hello, say } = ScriptedServer

const message = Message.make({ from: "ada@example.com", to: "bob@example.com", text: "Hello, Bob" })

describe("an error tells what happened, where, and what to do about it:", () => {
  for (const { cure, error: failing, isWithoutPlace, kind, what } of failures) {
    it.scopedLive(what, () =>
      Effect.gen(function*() {
        const error = yield* failing
        assert.strictEqual(kindOf(error), kind)
        assert.match(error.advice, cure)
        assert.isTrue(error.message.endsWith(`. ${error.advice}`), error.message)
        for (const secret of hidden) assert.notInclude(error.message.toLowerCase(), secret.toLowerCase())
        if (MailError.isMessageError(error) || error._tag === "AttachmentError" || kind.endsWith("Io")) return
        if (isWithoutPlace === true) return assert.isUndefined(error.host)
        assert.match(error.host ?? "", /^(?:127\.0\.0\.1|localhost|[a-z-]+\.invalid)$/)
        assert.isAbove(error.port ?? 0, 0)
        assert.match(error.message, new RegExp(` \\(${error.host}:${error.port}(?:, reply \\d{3})?\\)\\. `))
      }))
  }
})

describe("what an error says to do", () => {
  for (
    const [what, choose] of [
      ["the certificate itself in `certificates.ca`", ({ selfSigned }) => [selfSigned, { ca: selfSigned.cert }]],
      ["the authority in `certificates.ca`", ({ ca, valid }) => [valid, { ca }]],
      ["`certificates.serverName`", ({ ca, wrongHost }) => [wrongHost, { ca, serverName: "other.example" }]]
    ] as ReadonlyArray<
      readonly [
        string,
        (of: TestCertificates.TestCertificates) => readonly [TestCertificates.Certificate, Smtp.Certificates]
      ]
    >
  ) {
    it.scopedLive(`helps: ${what}`, () =>
      Effect.gen(function*() {
        const [certificate, certificates] = choose(yield* TestCertificates.make)
        const server = yield* SmtpServer.make({ ...certificate, secure: true })
        yield* Mail.send(message).pipe(
          Effect.provide(server.layer({ host: "localhost", tls: "implicit", certificates }))
        )
        assert.strictEqual(server.received.length, 1)
      }))
  }
})

describe("an error of SMTP", () => {
  const refusing = [...hello(), hear("MAIL"), say("550 5.7.1 no")]

  it.scopedLive("tells the mailer, and keeps the dialogue", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make(refusing)
      const error = yield* Effect.flip(Mail.using("newsletter")(Mail.send(message))).pipe(
        Effect.provide(Mailers.layer({ newsletter: server.layer() }))
      )
      assert.include(error.message, ` (127.0.0.1:${server.port}, mailer "newsletter", reply 550). `)
      assert.strictEqual("mailer" in error && error.mailer, "newsletter")
      assert.deepStrictEqual(Smtp.transcript(error).slice(0, 2), ["S: 220 test.example ESMTP", "C: EHLO [127.0.0.1]"])
    }))

  it.scopedLive("tells where also when nothing is sent", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([say("554 5.7.1 no")])
      const error = yield* Effect.flip(Smtp.verify({ host: "127.0.0.1", port: server.port }))
      assert.include(error, { host: "127.0.0.1", port: server.port })
    }))

  it.scopedLive("writes an IPv6 address in brackets", () =>
    Effect.sync(() => {
      const error = new MailError.ConnectionError({ reason: "Refused", description: "no server listens there" })
      assert.include(MailError.at(error, { host: "::1", port: 25 }).message, "there ([::1]:25). Check")
    }))
})
