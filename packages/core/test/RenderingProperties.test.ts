import { Address, Attachment, Message, Outgoing } from "@effect-mail/core"
import * as Arbitraries from "@effect-mail/test-kit/Arbitraries"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import * as PostalMime from "@effect-mail/test-kit/PostalMimeReader"
import { render } from "@effect-mail/test-kit/RenderedMessage"
import { runs } from "@effect-mail/test-kit/Runs"
import * as WireReader from "@effect-mail/test-kit/WireReader"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, FastCheck as fc } from "effect"

const settings = runs(100)
const fewRuns = runs(50)

interface Given {
  readonly from: Mailbox
  readonly to: ReadonlyArray<Mailbox>
  readonly cc: ReadonlyArray<Mailbox>
  readonly replyTo: ReadonlyArray<Mailbox>
  readonly subject: string
  readonly comment: string
  readonly text: string
  readonly html: string
  readonly files: ReadonlyArray<{ readonly filename: string; readonly content: Uint8Array }>
}

interface Mailbox {
  readonly name: string
  readonly address: string
}

const mailboxAt = (address: fc.Arbitrary<string>, name = Arbitraries.line) => fc.record({ name, address })

const messages = (mailbox: fc.Arbitrary<Mailbox>): fc.Arbitrary<Given> =>
  fc.record({
    from: mailbox,
    to: fc.array(mailbox, { minLength: 1, maxLength: 4 }),
    cc: fc.array(mailbox, { maxLength: 2 }),
    replyTo: fc.array(mailbox, { maxLength: 2 }),
    subject: Arbitraries.line,
    comment: Arbitraries.line,
    text: Arbitraries.text.filter((text) => text !== ""),
    html: Arbitraries.text.map((text) => `<p>${text}`),
    files: fc.array(
      fc.record({ filename: Arbitraries.filename, content: fc.uint8Array({ maxLength: 300 }) }),
      { maxLength: 3 }
    )
  })

const given = messages(mailboxAt(Arbitraries.quotedAddress))

const messageOf = ({ comment, files, ...options }: Given): Message.Message =>
  Message.make({
    ...options,
    headers: { "X-Comment": comment },
    attachments: files.map(({ content, filename }) => Attachment.bytes(content, { filename }))
  })

const addrSpec = ({ address }: Mailbox): string => Address.addrSpec(Either.getOrThrow(Address.fromInput({ address })))

const canonical = (text: string): string => text.replace(/\r\n|\r|\n/g, "\r\n")

/** postal-mime ends every text in a line end. */
const shown = (text: string | undefined): string => canonical(text ?? "").replace(/(?:\r\n)+$/, "")

/** RFC 6532 section 3.4: the limit of 78 counts characters. */
const characters = (line: string): number => Buffer.from(line, "latin1").toString("utf8").length

const headerNames = (entity: MimeReader.Entity): ReadonlyArray<string> =>
  entity.headers.map(({ name }) => name.toLowerCase()).sort()

describe("messages of any content", () => {
  it.effect.prop(
    "a strict reader finds in them what was put in, and nothing else",
    [given],
    ([given]) =>
      Effect.gen(function*() {
        const { bytes, entity, outgoing } = yield* render(messageOf(given))
        assert.deepStrictEqual(WireReader.defects(bytes), outgoing.eightBit ? ["an octet above 127"] : [])
        assert.strictEqual(MimeReader.decodeWords(MimeReader.header(entity, "Subject") ?? ""), given.subject)
        assert.strictEqual(MimeReader.decodeWords(MimeReader.header(entity, "X-Comment") ?? ""), given.comment)
        const octets = (mailbox: Mailbox) => ({
          name: mailbox.name,
          address: Buffer.from(addrSpec(mailbox)).toString("latin1")
        })
        for (const [name, list] of [["From", [given.from]], ["To", given.to], ["Cc", given.cc]] as const) {
          assert.deepStrictEqual(MimeReader.mailboxes(MimeReader.header(entity, name) ?? ""), list.map(octets))
        }
        const fileTypes = given.files.map(() => ", application/octet-stream").join("")
        assert.strictEqual(
          MimeReader.structure(entity),
          fileTypes === ""
            ? "alternative(text/plain, text/html)"
            : `mixed(alternative(text/plain, text/html)${fileTypes})`
        )
        const [text, html, ...files] = MimeReader.leaves(entity)
        assert.deepStrictEqual(
          [text, html].map((part) => part === undefined ? "" : MimeReader.textOf(part)),
          [canonical(given.text), canonical(given.html)]
        )
        assert.deepStrictEqual(files.map(({ filename, octets }) => ({ filename, content: octets })), [...given.files])
        assert.deepStrictEqual(
          headerNames(entity),
          [
            ...["content-type", "date", "from", "message-id", "mime-version", "subject", "to", "x-comment"],
            ...given.cc.length > 0 ? ["cc"] : [],
            ...given.replyTo.length > 0 ? ["reply-to"] : []
          ].sort()
        )
      }),
    settings
  )

  // postal-mime drops the quotes of a local part and blanks at the edges of a name, takes the colon of an address literal
  // for a group, and reads a filename that looks like an encoded-word a second time.
  const readable = messages(
    mailboxAt(Arbitraries.plainAddress, Arbitraries.line.map((name) => name.trim()))
  ).map((given) => ({
    ...given,
    files: given.files.map((file) => ({ ...file, filename: file.filename.replaceAll("=?", "") }))
  }))

  it.effect.prop("an independent reader finds the same", [readable], ([given]) =>
    Effect.gen(function*() {
      const { bytes } = yield* render(messageOf(given))
      const email = yield* PostalMime.read(bytes)
      const mailboxes = (list: PostalMime.Email["to"]) => (list ?? []).map(({ address, name }) => ({ address, name }))
      const expected = (list: ReadonlyArray<Mailbox>) =>
        list.map((mailbox) => ({ address: addrSpec(mailbox), name: mailbox.name }))
      assert.deepStrictEqual(mailboxes(email.from === undefined ? [] : [email.from]), expected([given.from]))
      assert.deepStrictEqual(mailboxes(email.to), expected(given.to))
      assert.deepStrictEqual(mailboxes(email.cc), expected(given.cc))
      assert.deepStrictEqual(mailboxes(email.replyTo), expected(given.replyTo))
      assert.strictEqual(email.subject ?? "", given.subject)
      assert.strictEqual(PostalMime.header(email, "X-Comment"), given.comment)
      assert.strictEqual(shown(email.text), shown(given.text))
      assert.strictEqual(shown(email.html), shown(given.html))
      assert.deepStrictEqual(
        email.attachments.map((attachment) => ({
          filename: attachment.filename,
          content: PostalMime.octets(attachment)
        })),
        [...given.files]
      )
    }), settings)

  it.effect.prop(
    "header lines are short where their words are, and encoded-words always",
    [given],
    ([given]) =>
      Effect.gen(function*() {
        const { entity } = yield* render(messageOf(given))
        for (const { lines, value } of MimeReader.all(entity).flatMap(({ headers }) => headers)) {
          MimeReader.decodeWords(value)
          for (const word of MimeReader.words(value)) assert.isAtMost(word.length, 75)
          for (const line of lines.filter((line) => characters(line) > 78)) {
            assert.notInclude(line.trim().replaceAll(/"(?:[^"\\]|\\.)*"/g, "quoted"), " ")
          }
        }
      }),
    settings
  )
})

/** Every place in a message where a text can stand, with its own message round it. */
const places: Readonly<Record<string, (text: string) => Message.Message>> = {
  from: (from) => Message.make({ from }),
  fromName: (name) => Message.make({ from: { name, address: "ada@example.com" } }),
  to: (to) => Message.make({ to }),
  toName: (name) => Message.make({ to: { name, address: "bob@example.com" } }),
  toAddress: (address) => Message.make({ to: { name: "Bob", address } }),
  cc: (cc) => Message.make({ cc }),
  bcc: (bcc) => Message.make({ bcc }),
  replyTo: (replyTo) => Message.make({ replyTo }),
  envelopeFrom: (envelopeFrom) => Message.make({ envelopeFrom }),
  subject: (subject) => Message.make({ subject }),
  text: (text) => Message.make({ text }),
  html: (html) => Message.make({ html }),
  alternative: (content) => Message.make({ alternatives: [{ content, contentType: "text/x-web" }] }),
  alternativeType: (contentType) => Message.make({ alternatives: [{ content: "x", contentType }] }),
  headerName: (name) => Message.make({ headers: { [name]: "x" } }),
  headerValue: (value) => Message.make({ headers: { "X-Test": value } }),
  structuredHeader: (value) => Message.make({ headers: { "Auto-Submitted": value } }),
  sender: (value) => Message.make({ headers: { Sender: value } }),
  resentTo: (value) => Message.make({ headers: { "Resent-To": value } }),
  date: (value) => Message.make({ headers: { Date: value } }),
  messageId: (messageId) => Message.make({ messageId }),
  inReplyTo: (inReplyTo) => Message.make({ inReplyTo }),
  references: (references) => Message.make({ references }),
  listId: (listId) => Message.make({ listId }),
  listUnsubscribe: (listUnsubscribe) => Message.make({ listUnsubscribe }),
  filename: (filename) => attached({ filename }),
  contentType: (contentType) => attached({ contentType }),
  contentId: (contentId) => attached({ contentId }),
  partHeaderName: (name) => attached({ headers: { [name]: "x" } }),
  partHeaderValue: (value) => attached({ headers: { "Content-Description": value } }),
  embedded: (text) => Message.make({ attachments: [Attachment.message(text)] }),
  embeddedSubject: (subject) => Message.make({ attachments: [Attachment.message(Message.make({ subject }))] })
}

const attached = (options: Attachment.Options): Message.Message =>
  Message.make({ attachments: [Attachment.text("x", options)] })

/** How many header fields, recipients and parts a message has; of the message of ours inside it as well. */
const counts = (outgoing: Outgoing.Outgoing, entity: MimeReader.Entity) => ({
  headers: MimeReader.all(entity).map(({ headers }) => headers.length),
  recipients: outgoing.envelope.to.length,
  parts: MimeReader.all(entity).length
})

describe("hostile values of any kind", () => {
  for (const [name, place] of Object.entries(places)) {
    it.effect.prop(`${name}: refused, or no more fields, recipients or parts than with a harmless value`, [
      Arbitraries.hostile
    ], ([text]) =>
      Effect.gen(function*() {
        const prepared = yield* Effect.either(Outgoing.prepare(place(text)))
        if (Either.isLeft(prepared)) {
          assert.isFalse(prepared.left.isTransient)
          assert.isFalse(WireReader.hasControl(prepared.left.message))
          return
        }
        const { bytes, entity, outgoing } = yield* render(place(text))
        const harmless = yield* render(place(harmlessFor(name)))
        const before = counts(harmless.outgoing, harmless.entity)
        assert.deepStrictEqual(counts(outgoing, entity), before)
        assert.deepStrictEqual(WireReader.defects(bytes), outgoing.eightBit ? ["an octet above 127"] : [])
        assert.strictEqual(WireReader.receiveStrictly(WireReader.dotStuff(bytes)).message, WireReader.binary(bytes))
      }), fewRuns)
  }
})

const harmless: Readonly<Record<string, string>> = {
  subject: "Hello",
  fromName: "Ada",
  toName: "Bob",
  text: "Hello",
  html: "Hello",
  alternative: "Hello",
  alternativeType: "text/x-web",
  headerName: "X-Test",
  headerValue: "Hello",
  structuredHeader: "no",
  date: "Fri, 20 Nov 2026 09:30:00 +0000",
  listId: "news.example.com",
  listUnsubscribe: "mailto:leave@example.com",
  filename: "a.txt",
  contentType: "text/plain",
  partHeaderName: "Content-Description",
  partHeaderValue: "Hello",
  embedded: "Hello",
  embeddedSubject: "Hello"
}

const harmlessFor = (name: string): string => harmless[name] ?? "ada@example.com"
