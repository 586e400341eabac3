/**
 * Each decision of docs/decisions with an example, or with the reason why none is here.
 */
import type { BatchReport } from "@effect-mail/core"
import {
  Address,
  Attachment,
  Mail,
  MailBackend,
  MailError,
  MailPolicy,
  Message,
  Outgoing,
  Template
} from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { render } from "@effect-mail/test-kit/RenderedMessage"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Equal, Option, Stream } from "effect"
import { join } from "node:path"
import * as DecisionRecord from "./DecisionRecord.js"
import { root } from "./Snippets.js"

type Check = Effect.Effect<unknown, unknown>

/** A decision that no message shows: where it is tested, or why it cannot be. */
interface NoExample {
  readonly noExample: string
}

const noExample = (reason: string): NoExample => ({ noExample: reason })

const options = { from: "ada@example.com", to: "bob@example.com", subject: "x", text: "x" }

const refused = (...messages: ReadonlyArray<Message.Options>): Check =>
  Effect.forEach(
    messages,
    (message) =>
      Effect.map(Effect.flip(Outgoing.prepare(Message.make({ ...options, ...message }))), (error) =>
        assert.isTrue(MailError.isMessageError(error)))
  )

const sent = (message: Message.Options) => render(Message.make({ ...options, ...message }))

const headerOf = (message: Message.Options, name: string) =>
  Effect.map(sent(message), ({ entity }) => MimeReader.header(entity, name))

const parses = (texts: Readonly<Record<string, string | undefined>>): Check =>
  Effect.sync(() => {
    for (const [text, spec] of Object.entries(texts)) {
      assert.strictEqual(
        Option.getOrUndefined(Option.map(Either.getRight(Address.parse(text)), Address.addrSpec)),
        spec,
        text
      )
    }
  })

const is = <A>(effect: Effect.Effect<A, unknown>, expected: A): Check =>
  Effect.map(effect, (actual) => assert.deepStrictEqual(actual, expected))

const file = (filename: string) => ({ attachments: [Attachment.text("x\n", { filename })] })

const typed = (contentType: string) => ({ attachments: [Attachment.text("x", { contentType })] })

const structure = (message: Message.Options) => Effect.map(sent(message), ({ entity }) => MimeReader.structure(entity))

const accepting = MailBackend.make({
  name: "accepting",
  open: Effect.succeed({ deliver: (outgoing) => Effect.sync(() => MailBackend.acceptAll(outgoing)) })
})

const unreachable = MailBackend.make({
  name: "unreachable",
  open: Effect.fail(new MailError.ConnectionError({ reason: "Refused", description: "nobody listens" }))
})

const bodyOf = (message: Message.Options) => Effect.map(sent(message), ({ bytes }) => new TextDecoder().decode(bytes))

const decisions: Readonly<Record<string, Check | NoExample>> = {
  "A message is signed once": noExample("packages/core/test/dkim/Signing.test.ts"),
  "No message goes out unsigned by mistake": noExample("packages/core/test/dkim/Signing.test.ts"),
  "The author is the one whom readers see": noExample("packages/core/test/dkim/Signing.test.ts"),
  "Streams are hashed twice": noExample("packages/core/test/dkim/Signing.test.ts"),
  "Short bodies are hashed by JavaScript": noExample("it changes how long it takes, and no octet"),
  "What a driver signs by is a property of the driver": noExample("packages/backends/test/SmtpSignatures.test.ts"),
  "RSA is signed in another thread": noExample("it changes how long it takes, and no octet"),
  "A notice without a token proves nothing": noExample("packages/inbound/test/Suppressions.test.ts"),
  "A doubtful bounce is soft": noExample("packages/inbound/test/NoticeVectors.test.ts"),
  "An address in prose counts where the form of its line names it as the recipient": noExample(
    "packages/inbound/test/Notice.test.ts"
  ),
  "Reports are split by code of our own": noExample("packages/inbound/test/Notice.test.ts"),
  "Suppressed addresses are compared without case": noExample("packages/inbound/test/Suppressions.test.ts"),
  "A webhook that was taken is answered with 200 and not handled": noExample("packages/inbound/test/Webhook.test.ts"),
  "A link to unsubscribe never expires": noExample("packages/inbound/test/Unsubscribe.test.ts"),
  "An answer is `answering`": Effect.map(
    render(Message.answering(Message.make({ ...options, subject: "" }), { subject: "Lunch?" })),
    ({ entity }) => assert.strictEqual(MimeReader.header(entity, "Subject"), "Re: Lunch?")
  ),
  "Fields of a row are escaped by their place": Effect.sync(() => {
    const { html } = Template.make<{ readonly link: string }>()
    assert.strictEqual(
      html`<a href="${"link"}">${"link"}</a>`.render({ link: "javascript:\"" }),
      "<a href=\"javascript%3A%22\">javascript:&quot;</a>"
    )
  }),
  "Html that is nested too deeply is refused": noExample("packages/content/test/PlainText.test.ts"),
  "One string is one mailbox": parses({
    "ada@example.com, bob@example.com": undefined,
    "x:ada@example.com;": undefined,
    "ada@example.com (x)": undefined,
    "<@x.com:ada@example.com>": undefined,
    "=?utf-8?q?x?= <ada@example.com>": undefined,
    " ada@example.com": undefined
  }),
  "Angle brackets belong to a mailbox (A157)": Effect.zipRight(
    parses({ "<ada@example.com>": "ada@example.com" }),
    refused({ to: { address: "<ada@example.com>" } })
  ),
  "An address without a domain is refused": refused({ to: "webmaster" }),
  "Angle brackets in a local part are refused (A079)": parses({ "\"a<b\"@example.com": undefined }),
  "A local part that looks like an encoded-word is refused (A165)": parses({ "=?utf-8?q?x?=@example.com": undefined }),
  "Characters that cannot be seen are refused in a local part (A189)": parses({
    "a\u200bb@example.com": undefined,
    "a\u202eb@example.com": undefined,
    "a\u212ab@example.com": undefined,
    "e\u0301@example.com": "\u00e9@example.com"
  }),
  "Domains are mapped by UTS-46, and must then be IDNA 2008 (A181, A187)": parses({
    "a@B\u00dcCHER\u3002example": "a@xn--bcher-kva.example",
    "a@bu\u00adcher.example": undefined,
    "a@\u{1f600}.example": undefined
  }),
  "Single labels, address literals and leading hyphens are accepted (A013, A097, A135, A137)": parses({
    "root@localhost": "root@localhost",
    "user@[192.0.2.1]": "user@[192.0.2.1]",
    "-a@example.com": "-a@example.com"
  }),
  "ASCII domains keep their letter case": parses({ "a@Example.COM": "a@Example.COM" }),
  "Control characters are an error, never removed": Effect.zipRight(
    refused({ subject: "a\r\nb" }, { subject: "a\r\n b" }),
    is(headerOf({ subject: "a\tb" }, "Subject").pipe(Effect.map((text = "") => MimeReader.decodeWords(text))), "a\tb")
  ),
  "Some extra headers replace the generated field": Effect.zipRight(
    is(headerOf({ headers: { fROM: "zoe@example.org" } }, "fROM"), "zoe@example.org"),
    refused({ headers: { From: "x" } }, { headers: { To: "x y" } }, { headers: { "Message-ID": "x" } })
  ),
  "A group may be empty, and has no members": Effect.zipRight(
    is(headerOf({ headers: { To: "undisclosed-recipients:;" } }, "To"), "undisclosed-recipients:;"),
    refused({ headers: { To: "x:a@example.com;" } })
  ),
  "Some extra headers are refused": refused(
    ...[
      "Bcc",
      "Resent-Bcc",
      "Apparently-To",
      "X-Bcc",
      "Subject",
      "MIME-Version",
      "Content-Type",
      "Received",
      "Return-Path"
    ]
      .map((name) => ({ headers: { [name]: "x@example.com" } })),
    ...["DKIM-Signature", "Authentication-Results", "ARC-Seal", "Received-SPF", "Delivered-To", "X-Envelope-To"]
      .map((name) => ({ headers: { [name]: "x@example.com" } }))
  ),
  "Text is encoded only where a person reads it": Effect.zipRight(
    refused({ headers: { "Auto-Submitted": "\u00e4" } }, { headers: { "List-Help": "\u00e4" } }),
    is(headerOf({ headers: { "X-Url": "u".repeat(200) } }, "X-Url"), "u".repeat(200))
  ),
  "Text that looks like an encoded-word is shown as it is": Effect.map(
    headerOf({ subject: "=?utf-8?q?x?=" }, "Subject"),
    (text = "") => assert.strictEqual(MimeReader.decodeWords(text), "=?utf-8?q?x?=")
  ),
  "The Message-ID carries the author's domain": Effect.map(
    sent({ from: "ada@own.example" }),
    ({ outgoing }) => assert.match(outgoing.messageId, /@own\.example>$/)
  ),
  "Dates lie between 1900 and 9999": Effect.zipRight(
    refused(...["20 Nov 0001 00:00 +0000", "31 Feb 2026 00:00 +0000", "Mon, 20 Nov 2026 00:00 +0000"]
      .map((date) => ({ headers: { Date: date } }))),
    is(headerOf({ headers: { Date: "20 Nov 2026 00:00 +0200" } }, "Date"), "20 Nov 2026 00:00 +0200")
  ),
  "A recipient that is named twice gets one copy": Effect.map(
    sent({ to: "ada@b\u00fccher.example", cc: "\"ada\"@XN--BCHER-KVA.example", bcc: "Ada@b\u00fccher.example" }),
    ({ outgoing }) =>
      assert.deepStrictEqual(outgoing.envelope.to, ["ada@xn--bcher-kva.example", "Ada@xn--bcher-kva.example"])
  ),
  "A suppression list with a wrong entry lets nothing through": Effect.map(
    Effect.flip(MailPolicy.suppress(["x"])(accepting).send(Message.make(options))),
    (error) => assert.strictEqual(error._tag, "ConnectionError")
  ),
  "An empty entry is refused": refused({ to: [""] }, { cc: ["a@example.com", ""] }),
  "A thousand recipients at most": refused({ bcc: Array.from({ length: 1001 }, (_, i) => `a${i}@example.com`) }),
  "There is no separate list of envelope recipients": Effect.map(
    sent({ headers: { To: "list@example.org" } }),
    ({ outgoing }) => assert.deepStrictEqual(outgoing.envelope.to, ["bob@example.com"])
  ),
  "An empty envelope sender is the null reverse-path": Effect.zipRight(
    is(Effect.map(sent({ envelopeFrom: "" }), ({ outgoing }) => outgoing.envelope.from), ""),
    refused({ envelopeFrom: " " })
  ),
  "A message needs a recipient and a sender to be sent": Effect.forEach(
    [{ ...options, to: [] }, { ...options, from: undefined }],
    (message) =>
      Effect.map(
        Effect.flip(unreachable.send(Message.make(message))),
        (error) => assert.strictEqual(error._tag, "InvalidMessageError")
      )
  ),
  "`validate` says what `send` says": noExample("packages/core/test/Message.test.ts"),
  "Layers of `MailConfig` add up": noExample("packages/core/test/MailConfig.test.ts"),
  "What is no file is not opened": noExample("packages/core/test/Attachment.test.ts"),
  "What only looks like a value of ours is refused": noExample("packages/core/test/HostileValues.test.ts"),
  "Nothing fails while a message is built": noExample("packages/core/test/HostileValues.test.ts"),
  "Messages may be nested a hundred deep": noExample("packages/core/test/HostileValues.test.ts"),
  "Octets are a `Uint8Array`, and nothing else is": noExample("packages/core/test/HostileValues.test.ts"),
  "Large contents are gone through in slices": noExample("packages/core/test/LargeAttachments.test.ts"),
  "Line ends of text become CRLF; those of attachments are kept": Effect.map(
    sent({ text: "a\nb\rc", attachments: [Attachment.bytes(new Uint8Array([13, 10, 10]))] }),
    ({ entity }) => {
      const [text, attachment] = entity.children
      assert.strictEqual(text === undefined ? "" : MimeReader.textOf(text), "a\r\nb\r\nc")
      assert.deepStrictEqual(attachment?.octets, new Uint8Array([13, 10, 10]))
    }
  ),
  "NUL in a text is encoded, not refused (B013, B035, B127)": Effect.zipRight(
    Effect.map(bodyOf({ text: "a\0b" }), (bytes) => assert.notInclude(bytes, "\0")),
    refused({ attachments: [Attachment.message("Subject: a\0b\r\n\r\n")] })
  ),
  "No text goes as 8bit": Effect.map(sent({ text: "\u00fc" }), ({ entity, outgoing }) => {
    assert.notStrictEqual(MimeReader.header(entity, "Content-Transfer-Encoding"), "8bit")
    assert.isFalse(outgoing.eightBit)
  }),
  "The charset is that of the whole text, or an error": refused(
    { charset: "us-ascii", text: "\u00fc" },
    { charset: "iso-8859-1", text: "\u0080" }
  ),
  "A content type says nothing that has a field of its own": Effect.zipRight(
    refused(
      ...[
        "name=\"../x\"",
        "filename=\"C:x\"",
        "boundary=x",
        "charset=csUTF7",
        "charset=hz-gb-2312",
        "charset=iso-2022-kr"
      ]
        .map((parameter) => typed(`text/plain; ${parameter}`))
    ),
    is(
      Effect.map(
        sent(typed("text/plain; charset=Latin_1")),
        ({ entity }) => entity.children[1]?.parameters.get("charset")
      ),
      "iso-8859-1"
    )
  ),
  "The structure is mixed(related(alternative(text, html), images), attachments) (B163)": is(
    structure({
      html: "x",
      attachments: [Attachment.inline(new Uint8Array(1), { contentId: "a", filename: "a.png" }), Attachment.text("x")]
    }),
    "mixed(related(alternative(text/plain, text/html), image/png), text/plain)"
  ),
  "Html alone is one part, and no part gets a line end of its own": is(
    Effect.map(
      render(Message.make({ from: "a@example.com", html: "x" })),
      ({ entity }) => MimeReader.structure(entity)
    ),
    "text/html"
  ),
  "The type of a file is that of its last extension": is(
    structure(file("a.tar.gz")),
    "mixed(text/plain, application/gzip)"
  ),
  "Embedded messages are never encoded": Effect.zipRight(
    refused({ attachments: [Attachment.message(`Subject: x\r\n\r\n${"x".repeat(999)}`)] }),
    refused({ attachments: [Attachment.stream(Stream.empty, { contentType: "message/rfc822" })] })
  ),
  "No attachment is a path or a URL": Effect.map(
    sent({ attachments: [Attachment.text("/etc/passwd")] }),
    ({ entity }) => assert.deepStrictEqual(entity.children[1]?.octets, new TextEncoder().encode("/etc/passwd"))
  ),
  "Filenames have no path": Effect.zipRight(
    refused(...["a/b", "C:evil.exe", "...", "dir\\evil.exe", "..\\x", "=?utf-8?q?..=2Fx?="].map(file)),
    is(Effect.map(sent(file("a\"b\\c")), ({ entity }) => entity.children[1]?.filename), "a\"b\\c")
  ),
  "Boundaries are drawn, then looked for": noExample("packages/core/test/Determinism.test.ts knows what is drawn"),
  "Limits come before patterns": noExample("packages/core/test/LinearTime.test.ts takes the time"),
  "An `Address` is checked once": Effect.sync(() => {
    const address = Either.getOrThrow(Address.parse("ada@example.com"))
    assert.strictEqual(Either.getOrThrow(Address.fromInput(address)), address)
    const shape = JSON.stringify({ [Address.TypeId]: Address.TypeId, local: "a\r\nb", domain: "example.com" })
    assert.isTrue(Either.isLeft(Address.fromInput(JSON.parse(shape))))
  }),
  "Messages are equal by content": Effect.sync(() =>
    assert.isTrue(Equal.equals(Message.make({ ...options, ...file("a") }), Message.make({ ...options, ...file("a") })))
  ),
  "`sendStream` has workers, and each takes the next message itself": noExample("packages/core/test/Mail.test.ts"),
  "A batch goes on after a message that failed, and stops when no connection can be had": Effect.gen(function*() {
    const messages = [Message.make({ ...options, to: "x" }), Message.make(options), Message.make(options)]
    const tags = (report: BatchReport.BatchReport) => report.entries.map(({ _tag }) => _tag)
    assert.deepStrictEqual(tags(yield* accepting.sendAll(messages)), ["Failed", "Sent", "Sent"])
    assert.deepStrictEqual(tags(yield* unreachable.sendAll(messages)), ["Failed", "Failed", "NotTried"])
  }),
  "A session in doubt is not used again": noExample("packages/core/test/MailBackend.test.ts"),
  "`failSilently` hides failures of delivery only": Effect.gen(function*() {
    const send = (backend: MailBackend.Service, subject: string) =>
      Mail.failSilently(Mail.sendMail({ ...options, subject })).pipe(
        Effect.provideService(MailBackend.MailBackend, backend)
      )
    assert.strictEqual(yield* send(unreachable, "x"), 0)
    yield* Effect.flip(send(unreachable, "a\r\nb"))
  }),
  "Spans, metrics and error messages hold no address": Effect.map(
    Effect.flip(Outgoing.prepare(Message.make({ ...options, to: "secret@" }))),
    (error) => assert.notInclude(error.message, "secret")
  ),
  "There are spans where there is a tracer": noExample("packages/core/test/MailBackend.test.ts"),
  "What messages have in common is encoded once, and nothing is kept for long": noExample(
    "packages/core/test/SharedContents.test.ts"
  ),
  "Checks return `Either`, and are put together without generators": noExample("it is about time, not about behaviour"),
  "The session is a state machine, from the greeting to QUIT": noExample("packages/backends/test/protocol"),
  "The next envelope goes out with the end of a message": noExample("packages/backends/test/protocol"),
  "What was there before cannot be the answer": noExample("packages/backends/test/SmtpReplies.test.ts"),
  "A server that takes a message before its end leaves the outcome unknown": noExample(
    "packages/backends/test/SmtpReplies.test.ts"
  ),
  "Only 2xx agrees, and only 4xx and 5xx refuse": noExample("packages/backends/test/SmtpReplies.test.ts"),
  "The text of a reply decides nothing": noExample("packages/backends/test/SmtpReplies.test.ts"),
  "Refusals that were heard are kept": noExample("packages/backends/test/SmtpReplies.test.ts"),
  "The size of a file is an estimate": noExample("packages/backends/test/SmtpSize.test.ts"),
  "What to do follows from what is known": noExample("test/documentation/ErrorsPage.test.ts"),
  "A certificate is one reason with several details": noExample("packages/backends/test"),
  "`EMAIL_URL` reaches every option, and the settings of Django no more than Django's": noExample(
    "packages/backends/test/Backend.test.ts"
  ),
  "The whole envelope is a value beside `outgoing.envelope`": noExample("packages/core/test/StoredMessages.test.ts"),
  "A stored message is bytes and an envelope, and is checked when it is read": noExample(
    "packages/core/test/StoredMessages.test.ts"
  ),
  "A field in front is checked like what authors write, but for traces": noExample(
    "packages/core/test/StoredMessages.test.ts"
  ),
  "A letter shows the header, and says where the envelope is another one": noExample(
    "packages/core/test/Letter.test.ts"
  ),
  "A connection that cannot be made says nothing about the others": noExample(
    "packages/core/test/WithoutConnection.test.ts"
  ),
  "A message waits in the line, not with a worker": noExample("packages/core/test/WithoutConnection.test.ts"),
  "A session that connects by itself says so beforehand": noExample("packages/core/test/WithoutConnection.test.ts"),
  "An interrupted message is counted": noExample("packages/core/test/WithoutConnection.test.ts"),
  "A place that gets no connection waits for one that has": noExample(
    "packages/backends/test/SmtpConnectionLimit.test.ts"
  ),
  "What lasts as long as a connection belongs to the pool": noExample(
    "packages/backends/test/soak/ResetConnections.test.ts"
  ),
  "A backend declares how configuration chooses it": noExample("packages/backends/test/Backend.test.ts"),
  "A message that was kept has one type": noExample("packages/testing/test/TestMailbox.test.ts"),
  "A terminal is shown what it would obey": noExample("packages/backends/test/Console.test.ts"),
  "Silence is a time-out, which may pass": noExample("packages/backends/test"),
  "Anything but 354 before the message is a protocol error": noExample("packages/backends/test"),
  "STARTTLS that is not offered is not tried": noExample("packages/backends/test"),
  "A connection is used again after RSET": noExample("packages/backends/test"),
  "The pool of connections is our own": noExample("packages/backends/test"),
  "A refused token is asked for once more": noExample("packages/backends/test"),
  "Errors carry what can be told": noExample("packages/backends/test"),
  "A file is taken as written when the operating system has it": noExample("it says what is not done"),
  "Over HTTP a session opens at once, and a batch goes by its deliveries": noExample(
    "packages/backends/test/http/Batches.test.ts"
  ),
  "A message is one request": noExample("packages/backends/test/http/ProviderFaults.test.ts"),
  "Features are carried, not dropped": Effect.gen(function*() {
    const needs = (message: Message.Options) =>
      Effect.map(
        Outgoing.prepare(Message.make({ ...options, ...message })),
        (outgoing) => Array.from(Outgoing.needs(outgoing))
      )
    assert.deepStrictEqual(yield* needs({ html: "<p>x</p>" }), [])
    assert.deepStrictEqual(
      yield* needs({ html: "<p>x</p>", envelopeFrom: "bounces@example.com", requireTls: true }),
      ["RETURN-PATH", "REQUIRETLS"]
    )
    assert.deepStrictEqual(yield* needs({ annotations: { tags: ["a"] } }), ["TAGS", "HTML"])
  }),
  "Of a stored message there are only bytes": Effect.gen(function*() {
    const outgoing = yield* Outgoing.prepare(Message.make({ ...options, bcc: "carol@example.com" }))
    const thawed = Outgoing.thaw(yield* Outgoing.freeze(outgoing))
    assert.deepStrictEqual(Array.from(Outgoing.needs(thawed)), ["MIME"])
    assert.deepStrictEqual(Outgoing.blindCopies(thawed), ["carol@example.com"])
    const narrowed = Outgoing.narrow(thawed, (recipient) => recipient !== "bob@example.com")
    assert.deepStrictEqual(Array.from(Outgoing.needs(narrowed)), ["MIME", "ENVELOPE"])
  }),
  "Reports of delivery are not among the needs": Effect.map(
    Outgoing.prepare(Message.make({ ...options, html: "<p>x</p>", deliveryNotification: { notify: ["success"] } })),
    (outgoing) => assert.strictEqual(Outgoing.needs(outgoing).size, 0)
  ),
  "Annotations are refused where they are lost": noExample("packages/backends/test/ErrorMessages.test.ts"),
  "A tag and metadata are pairs with one name each": noExample("packages/backends/test/http/Hostile.test.ts"),
  "An outcome can be repeated by the backend that has the key, until the key is forgotten": noExample(
    "packages/backends/test/http/Batches.test.ts"
  ),
  "Resend gets a key always, Brevo where the message has one": noExample("packages/backends/test/http/Batches.test.ts"),
  "A batch waits for Retry-After, a single message does not": noExample("packages/backends/test/http/Batches.test.ts"),
  "A runner records by turns": noExample("packages/outbox/test/StoreCases.ts, packages/outbox/test/Model.test.ts"),
  "A message that is settled needs no fiber": noExample("it is about the cost"),
  "The migration creates a function, whose name has a version": noExample("packages/outbox/test/StoreContract.test.ts"),
  "Rows are changed without being locked first, in the order of their ids": noExample("it is about the cost"),
  "The index of keys holds only messages that have one": noExample("packages/outbox/test/StoreCases.ts"),
  "Times that are searched for are read once for a statement": noExample("it is about the cost"),
  "An exit code means what sysexits.h says": noExample("packages/backends/test/Sendmail.test.ts"),
  "Each part has a hash of its own": noExample("packages/outbox/test/LargeMessages.test.ts"),
  "A part is locked before it is removed": noExample("packages/outbox/test/LargeMessages.test.ts"),
  "Staging is a second way, not the only one": noExample("packages/outbox/test/LargeMessages.test.ts"),
  "The lines are checked while they are sent": noExample("packages/core/test/StreamedMessages.test.ts"),
  "SQLite needs no compiler": noExample("packages/outbox/test/Drivers.test.ts"),
  "Some recipients accepted over LMTP make a report, and the others may be unknown in it": noExample(
    "packages/backends/test/Lmtp.test.ts"
  ),
  "A token is kept until a minute before its end, or until it is refused": noExample(
    "packages/backends/test/http/OAuth.test.ts"
  ),
  "A provider that takes fields refuses stored and signed messages": Effect.gen(function*() {
    const outgoing = yield* Outgoing.prepare(Message.make(options))
    const stored = Outgoing.thaw(yield* Outgoing.freeze(outgoing))
    assert.isTrue(Option.isNone(Outgoing.letter(stored)))
    assert.deepStrictEqual(Array.from(Outgoing.needs(stored)), ["MIME"])
    const signed = yield* Outgoing.prepend(outgoing, { "DKIM-Signature": "v=1" })
    assert.isTrue(Outgoing.needs(signed).has("MIME"))
  }),
  "SES has no return path": noExample("packages/backends/test/http/Hostile.test.ts"),
  "The site is made of the pages": noExample("test/documentation/Pages.test.ts, and npm run docs:build"),
  "CHUNKING trusts that the server counts as we do": noExample("no reply can prove a count"),
  "Octets behind 354 are found in the same read only": noExample("no reply tells when it was written"),
  "A reply that a server leaves out cannot be found out under pipelining": noExample("no reply names its command"),
  "The public API is a reviewed file for each module": noExample("npm run check:api"),
  "Packages are ES modules only": noExample("npm run smoke:packages"),
  "Domains are mapped by the platform's URL parser, and held to the rules that it skips": parses({
    "a@STRAẞE.example": "a@xn--strae-oqa.example",
    "a@日א.example": undefined,
    "a@é/x": undefined
  }),
  "The inbox is part of the testing package, and is loaded when it is asked for": noExample("it is about packages"),
  "The inbox offers no STARTTLS unless it is told to": noExample("packages/testing/test/inbox/DevInbox.test.ts"),
  "A message is in the inbox before its sender has the reply": noExample(
    "packages/testing/test/inbox/DevInbox.test.ts"
  ),
  "Html is rewritten, and everything that runs stays in its place": noExample(
    "packages/testing/test/inbox/HostileMail.test.ts, in a browser"
  ),
  "The command line parses by Node's own parser": noExample("it is about a dependency"),
  "A run of a merge writes down a row before it sends it": noExample("packages/cli/test/Cli.test.ts"),
  "The page is an app of the outbox package, and the command line serves it": noExample(
    "OutboxPage.test.ts, Outbox.test.ts"
  ),
  "The page has no login of its own, and the command line asks for one before anything else": noExample(
    "Outbox.test.ts: every path without a login"
  ),
  "The page asks again every three seconds": noExample("OutboxPage.test.ts: a decision that came too late"),
  "Each command loads its own chunks": noExample("measured: see docs/cli.md"),
  "The clients of databases are bundled, the drivers are not": noExample("Outbox.test.ts, where nothing is installed"),
  "The outbox is never created by looking at it": noExample("Outbox.test.ts: a database without an outbox"),
  "Lookups of SPF are counted, and not made": noExample("SenderDomain.test.ts"),
  "What the DNS says is a finding, and silence is none": noExample("Check.test.ts, over a name server"),
  "Html that takes minutes is shown as text": noExample(
    "packages/testing/test/inbox/HostileMail.test.ts, in a browser"
  ),
  "A relay sends to allowed addresses alone": noExample("packages/testing/test/inbox/Release.test.ts"),
  "Files of others are not removed to make room": noExample("packages/testing/test/inbox/Folder.test.ts")
}

describe("Decisions", () => {
  it("each has an example, or says why it has none", () => {
    assert.deepStrictEqual(
      Object.keys(decisions).sort(),
      DecisionRecord.all.flatMap(({ decisions }) => decisions).sort()
    )
  })

  for (const record of DecisionRecord.all) {
    it(`${record.file} has a number, a date, and its four sections in order`, () => {
      assert.match(record.file, /^[0-9]{4}-[a-z0-9-]+\.md$/)
      assert.match(record.date, /^20[0-9]{2}-[01][0-9]-[0-3][0-9](, extended 20[0-9]{2}-[01][0-9]-[0-3][0-9])?$/)
      assert.deepStrictEqual(record.sections, ["Context", "Decision", "Alternatives", "Consequence"])
    })
  }

  it("are numbered without gaps, in the title and in the name of the file", () => {
    const numbers = DecisionRecord.all.map(({ number }) => number)
    assert.deepStrictEqual(numbers, numbers.map((_, index) => index + 1))
    for (const { file, number } of DecisionRecord.all) assert.strictEqual(Number(file.slice(0, 4)), number)
  })

  it.live("are listed in the index", ({ expect }) =>
    Effect.promise(() => expect(DecisionRecord.index).toMatchFileSnapshot(join(root, "docs/decisions/README.md"))))

  for (const [heading, decision] of Object.entries(decisions)) {
    if ("noExample" in decision) {
      it(`${heading}: ${decision.noExample}`, () => assert.notStrictEqual(decision.noExample, ""))
    } else it.effect(heading, () => decision)
  }
})
