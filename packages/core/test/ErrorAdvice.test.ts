import { Address, Mail, MailBackend, MailError, MailPolicy, Message, Outgoing } from "@effect-mail/core"
import * as RecordingDriver from "@effect-mail/test-kit/RecordingDriver"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Schedule } from "effect"

const several = [
  "a@example.com, b@example.com",
  "a@example.com,b@example.com",
  "a@example.com; b@example.com",
  "a@example.com b@example.com",
  "a@example.com,",
  "a@example.com ;",
  "Ada <a@example.com>, Bob <b@example.com>",
  "\"Lovelace, Ada\" <a@example.com>, b@example.com",
  "Lovelace, Ada <a@example.com>, b@example.com",
  "a@example.com, not an address, b@example",
  "Team: a@example.com, b@example.com;",
  "a@example.com,".repeat(50_000)
]
const single = [
  "",
  ",",
  ";;",
  "ada",
  "ada, bob",
  "a@b@example.com",
  "a@example.com ",
  " a@example.com",
  "Lovelace, Ada <a@example.com>",
  "\"a@example.com, b@example.com",
  "a@example.com <a@example.com>",
  "a@example.com,\nb@example.com",
  "\"a, b@c\"@exam ple.com"
]

const reasonOf = (text: string): string =>
  Either.match(Address.parse(text), { onLeft: ({ reason }) => reason, onRight: () => "it is an address" })

describe("several addresses in one string", () => {
  for (const text of several) {
    it(`are known for what they are: ${text.slice(0, 60)}`, () => {
      assert.strictEqual(reasonOf(text), "it holds several addresses")
    })
  }

  for (const text of single) {
    it(`are not found where there is one or none: ${text}`, () => {
      assert.notMatch(reasonOf(text), /several|is an address/)
    })
  }

  for (
    const [field, options, cure] of [
      ["To", { to: "a@example.com, b@example.com" }, /array/],
      ["Cc", { cc: "a@example.com; b@example.com" }, /array/],
      ["Bcc", { bcc: [{ address: "a@example.com, b@example.com" }] }, /array/],
      ["Reply-To", { replyTo: "a@example.com, b@example.com" }, /array/],
      ["From", { from: "a@example.com, b@example.com" }, /one address/],
      ["MAIL FROM", { envelopeFrom: "a@example.com, b@example.com" }, /one address/],
      ["Sender", { headers: { Sender: "a@example.com, b@example.com" } }, /one address/]
    ] as ReadonlyArray<readonly [string, Message.Options, RegExp]>
  ) {
    it.effect(`have a cure in ${field}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Outgoing.prepare(Message.make({ from: "ada@example.com", ...options })))
        assert.strictEqual(error._tag === "InvalidAddressError" && error.field, field)
        assert.match(error.advice, cure)
        assert.notInclude(error.message, "example.com")
      }))
  }
})

describe("an extra header that has another way", () => {
  for (
    const [name, cure] of [
      ["subject", /`subject`/],
      ["SUBJECT", /`subject`/],
      ["bcc", /`bcc`/],
      ["Resent-Bcc", /`bcc`/],
      ["MIME-Version", /follows from what the message holds/],
      ["Content-Language", /follows from what the message holds/],
      ["DKIM-Signature", /servers write it/],
      ["ARC-Seal", /servers write it/]
    ] as const
  ) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Outgoing.prepare(Message.make({ headers: { [name]: "x" } })))
        assert.strictEqual(error._tag, "BadHeaderError")
        assert.match(error.message, cure)
      }))
  }

  for (const name of ["From", "Sender", "To", "Cc", "Reply-To", "Resent-To"]) {
    it.effect(`${name} without a value`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Outgoing.prepare(Message.make({ headers: { [name]: "" } })))
        assert.match(error.message, /is empty\. Leave it out/)
      }))
  }
})

describe("the place of an error", () => {
  const refused = new MailError.ConnectionError({ reason: "Refused", description: "nobody listens", code: 421 })

  it("is told by its message, and stays once it is told", () => {
    const located = MailError.at(refused, { host: "a.example", port: 25 })
    assert.deepInclude(located, { host: "a.example", port: 25, code: 421 })
    const again = MailError.at(located, { host: "b.example", port: 26, mailer: "news" })
    assert.deepInclude(again, { host: "a.example", port: 25, mailer: "news" })
    assert.include(again.message, "nobody listens (a.example:25, mailer \"news\", reply 421). ")
    assert.strictEqual(MailError.at(again, { host: "b.example", mailer: "other" }), again)
    assert.notInclude(refused.message, "example")
  })

  it("leaves the rest of it as it was", () => {
    const mark = Symbol("mark")
    const error = Object.defineProperty(
      new MailError.ConnectionError({ reason: "Lost", description: "gone", cause: new Error("why") }),
      mark,
      { value: "kept" }
    )
    const located = MailError.at(error, { host: "a.example" })
    assert.instanceOf(located, MailError.ConnectionError)
    assert.instanceOf(located, Error)
    assert.strictEqual(Reflect.get(located, mark), "kept")
    assert.deepInclude(located, { reason: "Lost", description: "gone", cause: error.cause })
    assert.include(located.message, "gone (a.example). ")
  })

  for (
    const error of [
      new MailError.RejectedError({
        command: "RCPT",
        recipients: [{ _tag: "Deferred", recipient: "bob@example.com", reply: { code: 450, text: "no" } }],
        code: 450,
        response: "no"
      }),
      new MailError.OutcomeUnknownError({
        recipients: [{ _tag: "Unknown", recipient: "bob@example.com" }],
        description: "gone"
      })
    ]
  ) {
    it.effect(`is still told after retries: ${error._tag}`, () =>
      Effect.gen(function*() {
        const place = { host: "a.example", port: 25 }
        const { backend } = RecordingDriver.make({ deliver: () => Effect.fail(MailError.at(error, place)) })
        const last = yield* Effect.flip(Mail.send(RecordingDriver.message("a"))).pipe(
          Effect.provideService(MailBackend.MailBackend, MailPolicy.retry(Schedule.recurs(1))(backend))
        )
        assert.deepInclude(last, { _tag: error._tag, ...place })
      }))
  }

  it("holds no control characters", () => {
    assert.notMatch(MailError.at(refused, { mailer: "a\r\n\u001b[31mb" }).message, /[\r\n\u001b]/)
  })
})
