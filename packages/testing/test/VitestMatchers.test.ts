import { Attachment, Mail, Message, type SentMessage } from "@effect-mail/core"
import { TestMailbox } from "@effect-mail/testing"
import { type Expected, matchers } from "@effect-mail/testing/VitestMatchers"
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"

expect.extend(matchers)

const welcome = Message.make({
  from: "Shop <shop@example.com>",
  to: ["Bob <bob@bücher.example>", "ann@example.org"],
  cc: "carol@example.org",
  bcc: "archive@example.com",
  subject: "Grüße, Bob",
  text: "Hello, Bob\nYour code is 1234",
  html: "<p>Hello, <b>Bob</b></p>",
  headers: { "X-Campaign": "Grüße" },
  attachments: [Attachment.text("id\n1\n", { filename: "report.csv" })]
})

const invoice = Message.make({ from: "shop@example.com", to: "eve@example.org", subject: "Invoice", text: "12.00" })

const outboxOf = (...messages: ReadonlyArray<Message.Message>) =>
  Effect.forEach(messages, (message) => Mail.send(message)).pipe(
    Effect.zipRight(TestMailbox.outbox),
    Effect.provide(TestMailbox.layer)
  )

const failure = (run: () => void): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof Error) return error.message
  }
  return assert.fail("it did not fail")
}

const fitting: ReadonlyArray<Expected> = [
  {},
  { from: "shop@EXAMPLE.com" },
  { from: "Shop <shop@example.com>" },
  { to: "bob@xn--bcher-kva.example" },
  { to: ["ann@example.org", /^bob@/] },
  { cc: "carol@example.org" },
  { bcc: "archive@example.com" },
  { recipient: ["archive@example.com", "carol@example.org"] },
  { subject: "Grüße, Bob" },
  { subject: /grüße/i },
  { text: "Hello, Bob\nYour code is 1234" },
  { text: /code is \d{4}/ },
  { html: /<b>Bob<\/b>/ },
  { headers: { "x-campaign": "Grüße" } },
  { attachments: "report.csv" },
  { subject: /Bob/g, attachments: [/\.csv$/] }
]

const others: ReadonlyArray<Expected> = [
  { from: "bob@example.com" },
  { to: "carol@example.org" },
  { to: ["ann@example.org", "dan@example.org"] },
  { cc: "ann@example.org" },
  { bcc: "ann@example.org" },
  { recipient: "dan@example.org" },
  { subject: "Grüße" },
  { text: "Hello, Bob" },
  { html: "Bob" },
  { headers: { "X-Other": /./ } },
  { attachments: "other.csv" }
]

describe("toHaveSent", () => {
  it.effect("finds a message by each of its fields", () =>
    Effect.gen(function*() {
      const outbox = yield* outboxOf(invoice, welcome)
      for (const expected of fitting) {
        expect(outbox).toHaveSent(expected)
        // An expression is the same each time.
        expect(outbox).toHaveSent(expected)
        assert.match(
          failure(() => expect(outbox).not.toHaveSent(expected)),
          /^expected the outbox not to have a message/
        )
      }
    }))

  for (const expected of others) {
    it.effect(`finds no message with another ${Object.keys(expected).join()}: ${JSON.stringify(expected)}`, () =>
      Effect.gen(function*() {
        const outbox = yield* outboxOf(welcome)
        expect(outbox).not.toHaveSent(expected)
        assert.match(failure(() => expect(outbox).toHaveSent(expected)), /expected .* but it is /)
      }))
  }

  it.effect("wants one message that is like that in everything", () =>
    Effect.gen(function*() {
      const outbox = yield* outboxOf(invoice, welcome)
      expect(outbox).not.toHaveSent({ to: "eve@example.org", subject: /Grüße/ })
    }))

  it.effect("says what was sent instead", () =>
    Effect.gen(function*() {
      const outbox = yield* outboxOf(invoice, welcome)
      assert.strictEqual(
        failure(() => expect(outbox).toHaveSent({ to: "eve@example.org", subject: /welcome/i })),
        [
          "expected the outbox to have a message with to \"eve@example.org\", subject /welcome/i",
          "1. from shop@example.com to eve@example.org, subject \"Invoice\"",
          "   subject: expected /welcome/i, but it is \"Invoice\"",
          "2. from shop@example.com to bob@xn--bcher-kva.example, ann@example.org, carol@example.org, archive@example.com, subject \"Grüße, Bob\"",
          "   to: expected \"eve@example.org\", but it is bob@xn--bcher-kva.example, ann@example.org",
          "   subject: expected /welcome/i, but it is \"Grüße, Bob\""
        ].join("\n")
      )
    }))

  it("says that nothing was sent", () => {
    const empty: ReadonlyArray<SentMessage.SentMessage> = []
    assert.strictEqual(
      failure(() => expect(empty).toHaveSent({})),
      "expected the outbox to have a message\nThe outbox is empty."
    )
  })

  it("shows a long text in short", () => {
    const run = () => expect([]).toHaveSent({ text: "x".repeat(10_000) })
    assert.isBelow(failure(run).length, 400)
  })

  it("says what it takes, where the effect is given instead of its result", () => {
    assert.match(
      failure(() => matchers.toHaveSent(TestMailbox.outbox, {})),
      /^toHaveSent takes the messages of an outbox: expect\(yield\* TestMailbox\.outbox\)\.toHaveSent\(\.\.\.\)$/
    )
  })
})

describe("toHaveSentTimes", () => {
  it.effect("counts the messages that are like that", () =>
    Effect.gen(function*() {
      const outbox = yield* outboxOf(invoice, welcome, invoice)
      expect(outbox).toHaveSentTimes(3)
      expect(outbox).toHaveSentTimes(2, { to: "eve@example.org" })
      expect(outbox).toHaveSentTimes(0, { to: "dan@example.org" })
      expect(outbox).not.toHaveSentTimes(1, { to: "eve@example.org" })
      assert.match(
        failure(() => expect(outbox).toHaveSentTimes(1, { to: "eve@example.org" })),
        /^expected the outbox to have a message with to "eve@example.org" 1 times, but it has 2\n1\. from/
      )
    }))
})
