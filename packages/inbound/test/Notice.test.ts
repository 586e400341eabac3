import { Notice } from "@effect-mail/inbound"
import { runs } from "@effect-mail/test-kit/Runs"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Option, Schema } from "effect"
import { octets, report } from "./Reports.js"

const parse = (text: string, options?: Notice.Options) =>
  Effect.map(Notice.parse(octets(text), options), Option.getOrUndefined)

const bounced = (text: string, options?: Notice.Options) =>
  Effect.map(parse(text, options), (notice) => {
    assert.strictEqual(notice?._tag, "Bounced")
    return notice?._tag === "Bounced" ? notice.recipients : []
  })

const kindOf = (failure: { status?: string; action?: string; diagnostic?: string }) =>
  Effect.map(bounced(report({ failures: [{ recipient: "bob@example.org", ...failure }] })), ([first]) => first?.kind)

describe("Notice.parse", () => {
  it.effect("says what a report means for the next message", () =>
    Effect.gen(function*() {
      const table: ReadonlyArray<
        readonly [string | undefined, { status?: string; action?: string; diagnostic?: string }]
      > = [
        ["Hard", { status: "5.1.1" }],
        ["Hard", { status: "5.1.10 (no such user)" }],
        ["Hard", { status: "5.0.0", diagnostic: "smtp; 550 5.1.1 unknown" }],
        ["Hard", { status: "5.5.0", diagnostic: "smtp; 550 No such user here" }],
        ["Hard", { status: "5.4.4", diagnostic: "X-Postfix; Host not found" }],
        ["Soft", { status: "5.1.1", diagnostic: "smtp; 550 5.1.1 mailbox over quota" }],
        ["Soft", { status: "5.1.1", diagnostic: "smtp; 554 blocked, see https://www.spamhaus.org/" }],
        ["Soft", { status: "5.0.0", diagnostic: "smtp; 550 rejected" }],
        ["Soft", { status: "5.0.0", diagnostic: "smtp; 550 <no.such.user@example.org> said no" }],
        ["Soft", { status: "4.1.1" }],
        ["Soft", { status: "5.2.2" }],
        ["Delayed", { action: "delayed", status: "5.1.1" }],
        ["Delivered", { action: "delivered", status: "2.0.0" }],
        ["Delivered", { action: "Relayed", status: "5.1.1" }],
        ["Delivered", { action: "expanded (to 3)", status: "2.0.0" }]
      ]
      for (const [kind, failure] of table) assert.strictEqual(yield* kindOf(failure), kind, JSON.stringify(failure))
    }))

  it.effect("can be stored by its schema", () =>
    Effect.gen(function*() {
      const notice = yield* parse(report({ failures: [{ recipient: "bob@example.org", original: "b@example.org" }] }))
      const stored = yield* Schema.encodeUnknown(Schema.parseJson(Notice.Notice))(notice)
      assert.deepStrictEqual(yield* Schema.decode(Schema.parseJson(Notice.Notice))(stored), notice)
    }))

  it.effect("decodes the escapes of RFC 6533, and no control characters", () =>
    Effect.gen(function*() {
      const text = report({ failures: [{ recipient: "x" }] }).replace(
        "rfc822; x",
        "utf-8; j\\x{F6}rg\\x{D}\\x{0A}\\x{D800}\\x{110000}@b\\x{FC}cher.example"
      )
      const [first] = yield* bounced(text)
      assert.strictEqual(first?.recipient, "j\u00f6rg\\x{D}\\x{0A}\\x{D800}\\x{110000}@b\u00fccher.example")
    }))

  it.effect("reads a report inside a report, and one that is forwarded, as what they are", () =>
    Effect.gen(function*() {
      const inner = report({ failures: [{ recipient: "inner@example.org" }] })
      const outer = report({ failures: [{ recipient: "outer@example.org" }] })
        .replace("Content-Type: text/rfc822-headers", "Content-Type: message/rfc822")
        .replace("Message-ID: <1@example.com>", inner.replaceAll("--x", "--y").replace("boundary=x", "boundary=y"))
      assert.deepStrictEqual((yield* bounced(outer)).map(({ recipient }) => recipient), ["outer@example.org"])
      const forwarded = [
        "From: bob@example.org",
        "Content-Type: multipart/mixed; boundary=z",
        "",
        "--z",
        "",
        "See below.",
        "--z",
        "Content-Type: message/rfc822",
        "",
        inner,
        "--z--",
        ""
      ]
      assert.isUndefined(yield* parse(forwarded.join("\r\n")))
      const quoted =
        "From: bob@example.org\r\n\r\nHi. This is the qmail-send program\r\n\r\n<eve@example.org>:\r\n550 5.1.1 no\r\n"
      assert.isUndefined(yield* parse(quoted))
    }))

  it.effect("reads what servers write in prose, by its form, and names neither the sender nor who is in the copy", () =>
    Effect.gen(function*() {
      const prose = (...lines: ReadonlyArray<string>) =>
        Effect.map(
          parse(
            [
              "Return-Path: <>",
              "From: MAILER-DAEMON@mx.example.net",
              "To: ada@example.com",
              "",
              ...lines,
              "",
              "---- Original message follows ----",
              "RCPT TO:<copy@example.org>",
              "550 5.1.1 <copy@example.org>: User unknown",
              "The following addresses failed:",
              "  copy@example.org"
            ].join("\r\n")
          ),
          (notice) =>
            notice?._tag === "Bounced" ? notice.recipients.map(({ kind, recipient }) => `${kind} ${recipient}`) : []
        )
      const hard = ["Hard bob@example.org"]
      const soft = ["Soft bob@example.org"]
      const table: ReadonlyArray<readonly [ReadonlyArray<string>, ReadonlyArray<string>]> = [
        [hard, ["----- Transcript of session follows -----", "550 <bob@example.org>... User unknown"]],
        [hard, [">>> RCPT To:<bob@example.org>", "<<< 550 5.1.1 no such user"]],
        [soft, [">>> RCPT To:<bob@example.org>", "<<< 452 4.2.2 mailbox full"]],
        [hard, ["The following address(es) failed:", "", "  bob@example.org", "    550 5.1.1 unknown user"]],
        [hard, ["The following address", "failed:", "", "\"bob@example.org\":", "host: mx", "5.1.1 User unknown"]],
        [hard, ["did not reach the following recipient(s):", "", "bob@example.org on Monday", "  Unknown recipient"]],
        [hard, ["It rejected <bob@example.org>, and said: 550 5.1.1 User unknown"]],
        [hard, [
          "Could not be delivered because of",
          "",
          "550 5.1.1 User unknown",
          "",
          "Recipients affected:",
          "",
          "  bob@example.org"
        ]],
        [soft, ["Unable to deliver message to: <bob@example.org>", "It failed with: 550 blocked as spam"]],
        [hard, ["Unknown user: bob@example.org"]],
        [hard, ["<bob@example.org>: host mx.example.org said: 550 5.1.1 no such user"]],
        [["Hard bob@example.org", "Soft eve@example.org"], [
          "The following recipients could not be reached:",
          "",
          "* bob@example.org",
          "  550 5.1.1 User unknown",
          "* eve@example.org",
          "  452 4.2.2 over quota"
        ]],
        [[], ["550 5.7.1 <news@example.com>: Sender address rejected"]],
        [[], ["MAIL FROM:<news@example.com>", "550 5.1.1 no such user"]],
        [[], ["250 <bob@example.org>... Recipient ok"]],
        [[], ["550 5.1.1 <ada@example.com>: you cannot write to yourself"]],
        [[], ["Please write to help@example.net."]],
        [[], ["Our address:", "  help@example.net"]]
      ]
      for (const [expected, lines] of table) assert.deepStrictEqual(yield* prose(...lines), expected, lines.join("\n"))
    }))

  it.effect("reads 10,000 recipients, and no more", () =>
    Effect.gen(function*() {
      const failures = Array.from({ length: 12_000 }, (_, i) => ({ recipient: `r${i}@example.org` }))
      assert.strictEqual((yield* bounced(report({ failures }))).length, 10_000)
      assert.strictEqual((yield* bounced(report({ failures }), { maxRecipients: 3 })).length, 3)
    }), 60_000)

  it.effect("refuses what is too large, and finds nothing in what is nested too deeply", () =>
    Effect.gen(function*() {
      const large = yield* Effect.flip(Notice.parse(new Uint8Array(50 * 1024 * 1024)))
      assert.deepInclude(large, { _tag: "NoticeError", reason: "TooLarge" })
      let nested = ""
      for (let i = 0; i < 200; i++) nested += `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`
      assert.isUndefined(yield* parse(nested))
      const none: Uint8Array = JSON.parse("{}")
      assert.strictEqual((yield* Effect.flip(Notice.parse(none)))._tag, "NoticeError")
    }))

  it.effect("reads a report of 50 MB where it may be that large", () =>
    Effect.gen(function*() {
      const line = `${"x".repeat(70)}\r\n`
      const large = report({ failures: [{ recipient: "bob@example.org", status: "5.1.1" }] })
        .replace("\r\n--x--", `\r\n${line.repeat(50 * 1024 * 1024 / line.length)}\r\n--x--`)
      const [first] = yield* bounced(large, { maxOctets: 64 * 1024 * 1024 })
      assert.deepInclude(first, { recipient: "bob@example.org", kind: "Hard" })
    }), 60_000)

  it.live("takes no more than its share of time for what is made to take long", () =>
    Effect.gen(function*() {
      const base = report({ failures: [{ recipient: "bob@example.org" }] })
      const million = 1_000_000
      const hostile: ReadonlyArray<string> = [
        base.replace("Reporting-MTA", `X: ${" ".repeat(million)}\r\nReporting-MTA`),
        base.replace("Reporting-MTA", `X: a${"\r\n ".repeat(million)}\r\nReporting-MTA`),
        base.replace("Action: failed", `Diagnostic-Code: smtp; ${"user ".repeat(million / 5)}\r\nAction: failed`),
        base.replace("bob@example.org", `<${"<".repeat(million)}`),
        base.replace("bob@example.org", "@".repeat(million)),
        base.replace("--x--", "--x\r\n\r\n".repeat(20_000)),
        `Return-Path: <>\r\nX-Failed-Recipients: ${"a@b.c,".repeat(million / 6)}\r\n\r\n`,
        `Return-Path: <>\r\n\r\nHi. This is the qmail-send program\r\n${"<a@b.c>:\r\n550 no\r\n".repeat(50_000)}`,
        `Return-Path: <>\r\n\r\n${"<a@b.c>\r\n".repeat(100_000)}`,
        `Return-Path: <>\r\n\r\ncould not be delivered to the recipients:\r\n${"a@b.c\r\n".repeat(100_000)}`,
        `Return-Path: <>\r\n\r\ncould not be delivered to the recipients:\r\n${"x\r\n".repeat(300_000)}`,
        `Return-Path: <>\r\n\r\n${"not delivered to the recipients:\r\n".repeat(50_000)}`,
        `Return-Path: <>\r\n\r\n${"RCPT TO:<a@b.c>\r\n550 no\r\n".repeat(50_000)}`,
        `Return-Path: <>\r\n\r\n${"<".repeat(million)}`,
        `Return-Path: <>\r\n\r\n${"-".repeat(million)}`,
        `Return-Path: <>\r\n\r\nnot delivered to users:\r\n${" ".repeat(million)}`,
        `From: ${"<".repeat(million)}\r\nAuto-Submitted: auto-replied\r\n\r\n`,
        `To: ${"a@b.c,".repeat(million / 6)}\r\n\r\n`,
        "\r\n".repeat(million),
        `Content-Type: multipart/report; boundary=${"x".repeat(million)}\r\n\r\n`
      ]
      for (const text of hostile) {
        const fiber = yield* Effect.timeoutOption(Effect.exit(Notice.parse(octets(text))), "20 seconds")
        assert.isTrue(Option.isSome(fiber), text.slice(0, 200))
      }
    }), 240_000)

  const base = report({ failures: [{ recipient: "bob@example.org", diagnostic: "smtp; 550 5.1.1 no" }] })
  const broken = fc.array(
    fc.record({ at: fc.nat(base.length), remove: fc.nat(40), insert: fc.string({ maxLength: 12 }) }),
    { maxLength: 6 }
  ).map((edits) =>
    edits.reduce((text, { at, insert, remove }) => text.slice(0, at) + insert + text.slice(at + remove), base)
  )

  it.effect.prop(
    "never throws, whatever is broken",
    [broken],
    ([text]) =>
      Effect.map(
        Effect.exit(Notice.parse(octets(text))),
        (exit) => assert.isTrue(exit._tag === "Success" || exit.cause._tag === "Fail")
      ),
    runs(300)
  )
})
