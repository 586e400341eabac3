import { DeliveryReport, Mail, MailPolicy, Message } from "@effect-mail/core"
import { TestMailbox } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Schedule, TestClock } from "effect"

const message = Message.make({
  from: "ada@example.com",
  to: ["bob@example.com", "Eve <eve@example.org>"],
  bcc: "dan@example.org",
  text: "Hello"
})

const full = { code: 450, enhancedCode: "4.2.2", text: "4.2.2 Mailbox full" }
const outcome = ({ recipients }: { readonly recipients: ReadonlyArray<DeliveryReport.RecipientStatus> }) =>
  recipients.map(({ _tag, recipient }) => `${recipient} ${_tag}`)
const envelopes = Effect.map(TestMailbox.outbox, (sent) => sent.map(({ envelope }) => envelope.to))

describe("TestMailbox.refuse", () => {
  it.effect("refuses some recipients, and delivers to the others", () =>
    Effect.gen(function*() {
      yield* TestMailbox.refuse("eve@EXAMPLE.org")
      yield* TestMailbox.refuse("dan@example.org", full)
      const report = yield* Mail.send(message)
      assert.deepStrictEqual(outcome(report), [
        "bob@example.com Accepted",
        "eve@example.org Rejected",
        "dan@example.org Deferred"
      ])
      assert.deepStrictEqual(DeliveryReport.refused(report).map(({ reply }) => reply.code), [550, 450])
      assert.deepStrictEqual(yield* envelopes, [["bob@example.com"]])
    }).pipe(Effect.provide(TestMailbox.layer)))

  const ways: ReadonlyArray<readonly [string, TestMailbox.Recipients]> = [
    ["several addresses", ["eve@example.org", { address: "dan@example.org" }]],
    ["an expression", /@example\.org$/g],
    ["a test", (recipient) => recipient.endsWith("@example.org")]
  ]
  for (const [name, recipients] of ways) {
    it.effect(`takes ${name}`, () =>
      Effect.gen(function*() {
        yield* TestMailbox.refuse(recipients)
        yield* Mail.sendAll([message, message])
        assert.deepStrictEqual(yield* envelopes, [["bob@example.com"], ["bob@example.com"]])
      }).pipe(Effect.provide(TestMailbox.layer)))
  }

  it.effect("fails where all are refused, and keeps nothing", () =>
    Effect.gen(function*() {
      yield* TestMailbox.refuse(/./)
      yield* TestMailbox.refuse("dan@example.org", full)
      const error = yield* Effect.flip(Mail.send(message))
      assert.deepInclude(error, { _tag: "RejectedError", command: "RCPT", code: 450, isTransient: true })
      assert.deepStrictEqual(outcome(error), [
        "bob@example.com Rejected",
        "eve@example.org Rejected",
        "dan@example.org Deferred"
      ])
      assert.deepStrictEqual(yield* envelopes, [])
    }).pipe(Effect.provide(TestMailbox.layer)))

  it.effect("is ended by acceptAll, and not by clear", () =>
    Effect.gen(function*() {
      yield* TestMailbox.refuse("dan@example.org")
      yield* TestMailbox.clear
      yield* Mail.send(message)
      yield* TestMailbox.acceptAll
      yield* Mail.send(message)
      assert.deepStrictEqual(yield* envelopes, [
        ["bob@example.com", "eve@example.org"],
        ["bob@example.com", "eve@example.org", "dan@example.org"]
      ])
    }).pipe(Effect.provide(TestMailbox.layer)))

  it.effect("lets a program try those again that were deferred", () =>
    Effect.gen(function*() {
      yield* TestMailbox.refuse("dan@example.org", full)
      const sending = yield* Effect.fork(Mail.send(message))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* envelopes, [["bob@example.com", "eve@example.org"]])
      yield* TestMailbox.acceptAll
      yield* TestClock.adjust("1 hour")
      const report = yield* Fiber.join(sending)
      assert.isTrue(DeliveryReport.isComplete(report))
      assert.deepStrictEqual(yield* envelopes, [["bob@example.com", "eve@example.org"], ["dan@example.org"]])
    }).pipe(Effect.provide(TestMailbox.layer.pipe(MailPolicy.retry(Schedule.spaced("1 hour"))))))
})
