import { Message } from "@effect-mail/core"
import { AutoReply, Received } from "@effect-mail/inbound"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { render } from "@effect-mail/test-kit/RenderedMessage"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { octets } from "./Reports.js"

const received = (...lines: ReadonlyArray<string>) =>
  Received.parse(octets(["From: Bob <bob@example.org>", "To: ada@example.com", ...lines, "", "Hello"].join("\r\n")))

describe("AutoReply", () => {
  it("says why there must be no answer", () => {
    const table: ReadonlyArray<readonly [AutoReply.Refusal, Received.Received]> = [
      ["AutoSubmitted", received("Auto-Submitted: auto-generated")],
      ["AutoSubmitted", received("AUTO-SUBMITTED:  auto-replied (vacation)")],
      ["NullReturnPath", received("Return-Path: <>")],
      ["List", received("List-Id: <news.example.org>")],
      ["List", received("List-Unsubscribe: <https://example.org/u>")],
      ["Bulk", received("Precedence: bulk")],
      ["Bulk", received("Precedence: List")],
      ["Suppressed", received("X-Auto-Response-Suppress: DR, OOF")],
      ["NoReply", received("Return-Path: <no-reply@example.org>")],
      ["NoReply", received("Return-Path: <owner-list@example.org>")],
      ["NoReply", Received.parse(octets("From: MAILER-DAEMON@example.org\r\n\r\n"))],
      ["NoSender", Received.parse(octets("Subject: x\r\n\r\n"))],
      ["NoSender", Received.parse(new Uint8Array(0))]
    ]
    for (const [reason, message] of table) {
      assert.deepStrictEqual(AutoReply.refusal(message), Option.some(reason))
      assert.isTrue(Option.isNone(AutoReply.to(message, { from: "ada@example.com", text: "x" })))
    }
    const me = { me: ["ADA@example.com"] }
    assert.deepStrictEqual(AutoReply.refusal(received(), me), Option.none())
    assert.deepStrictEqual(AutoReply.refusal(received(), { me: ["eve@example.com"] }), Option.some("NotToMe"))
    assert.isTrue(AutoReply.allowed(received("Auto-Submitted: no", "Precedence: normal")))
  })

  it.effect("answers so that no program answers back", () =>
    Effect.gen(function*() {
      const message = received(
        "Return-Path: <bob+tag@example.org>",
        "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=",
        "Message-ID: <2@example.org>",
        "References: <1@example.org>"
      )
      const answer = Option.getOrThrow(
        AutoReply.to(message, { from: "ada@example.com", text: "Away", subject: "Away" })
      )
      const { entity, outgoing } = yield* render(answer)
      assert.deepStrictEqual(outgoing.envelope, { from: "", to: ["bob+tag@example.org"], smtpUtf8: false })
      const header = (name: string) => MimeReader.header(entity, name)
      assert.strictEqual(header("Auto-Submitted"), "auto-replied")
      assert.strictEqual(header("In-Reply-To"), "<2@example.org>")
      assert.strictEqual(header("References"), "<1@example.org> <2@example.org>")
      assert.strictEqual(header("Subject"), "Away")
      assert.isFalse(AutoReply.allowed(Received.parse((yield* render(answer)).bytes)))
    }))

  it.effect("answers a message that is made to break the answer", () =>
    Effect.gen(function*() {
      const hostile = received(
        "Subject: x\r\n\ty\0z",
        "Message-ID: <a b> <c@d>",
        `References: ${"<r@x> ".repeat(5000)} <`
      )
      const answer = Option.getOrThrow(AutoReply.to(hostile, { from: "ada@example.com", text: "Away" }))
      const { entity } = yield* render(answer)
      assert.strictEqual(MimeReader.header(entity, "Subject"), "Auto: x yz")
      assert.isAtMost(Message.isMessage(answer) ? answer.references.length : 0, 51)
    }))
})
