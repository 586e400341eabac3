import { Attachment, Message, Mime, Outgoing } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import * as PostalMime from "@effect-mail/test-kit/PostalMimeReader"
import * as Vectors from "@effect-mail/test-kit/Vectors"
import * as WireReader from "@effect-mail/test-kit/WireReader"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"

interface Sent {
  readonly outgoing: Outgoing.Outgoing
  readonly email: PostalMime.Email
  readonly entity: MimeReader.Entity
}

/** Where in a message a hostile value can stand, and how it is read out of the message again. */
interface Place {
  readonly builds: ReadonlyArray<(value: string) => Message.Message>
  /** What the error names: a field, or words of the reason. */
  readonly named: (value: string) => string
  /** What is read back where it is not the value itself. */
  readonly expected?: (value: string) => string
  readonly read: (sent: Sent) => string | undefined
  /** The fields that the header has beside those of any message. */
  readonly adds?: (value: string) => ReadonlyArray<string>
}

const options = {
  from: "ada@example.com",
  to: "bob@example.com",
  subject: "Hello",
  text: "Hello, Bob",
  messageId: "<1@example.com>"
}
const base = Message.make(options)

const usual = ["content-type", "date", "from", "message-id", "mime-version", "subject", "to"]

const attach = (options: Attachment.Options): Message.Message =>
  Message.attach(base, Attachment.bytes(new Uint8Array([1, 2, 3]), options))

const attached = ({ entity }: Sent): MimeReader.Entity => {
  assert.strictEqual(entity.children.length, 2)
  return entity.children[1] ?? entity
}

const named = (name: string) => () => name

/** An address can come as text or as a record: neither may let through what the other refuses. */
const addressForms = (
  build: (input: string | { readonly address: string }) => Message.Message
): Place["builds"] => [(value) => build(value), (value) => build({ address: value })]

const firstName = (list: PostalMime.Email["to"]): string | undefined => {
  assert.strictEqual(list?.length, 1)
  return list?.[0]?.name
}

const onlyRecipient = ({ outgoing }: Sent): string | undefined => {
  assert.strictEqual(outgoing.envelope.to.length, 1)
  return outgoing.envelope.to[0]
}

const mappedDomain = (value: string): string => value.replace("\u3002", ".")

const places: Readonly<Record<string, Place>> = {
  subject: {
    builds: [(value) => Message.subject(base, value)],
    named: named("Subject"),
    read: ({ email }) => email.subject
  },
  headerValue: {
    builds: [(value) => Message.header(base, "X-Test", value)],
    named: named("X-Test"),
    read: ({ email }) => PostalMime.header(email, "X-Test"),
    adds: () => ["x-test"]
  },
  headerValueObject: {
    builds: [(value) => Message.header(base, "X-Test", value)],
    named: named("X-Test"),
    read: () => undefined
  },
  headerName: {
    builds: [(value) => Message.header(base, value, "x y")],
    named: (value) => value.slice(0, 76),
    expected: () => "x y",
    read: ({ email }) => email.headers.find(({ value }) => value === "x y")?.value,
    adds: (value) => [value.toLowerCase()]
  },
  fromName: {
    builds: [(name) => Message.from(base, { name, address: "ada@example.com" })],
    named: named("From"),
    read: ({ email }) => email.from?.name
  },
  toName: {
    builds: [(name) => Message.make({ ...options, to: { name, address: "bob@example.com" } })],
    named: named("To"),
    read: ({ email }) => firstName(email.to)
  },
  replyToName: {
    builds: [(name) => Message.replyTo(base, { name, address: "ada@example.com" })],
    named: named("Reply-To"),
    read: ({ email }) => firstName(email.replyTo),
    adds: () => ["reply-to"]
  },
  toAddress: {
    builds: addressForms((to) => Message.make({ ...options, to })),
    named: named("To"),
    expected: mappedDomain,
    read: (sent) => {
      assert.strictEqual(firstName(sent.email.to), "")
      assert.strictEqual(sent.email.to?.[0]?.address, onlyRecipient(sent))
      return onlyRecipient(sent)
    }
  },
  ccAddress: {
    builds: addressForms((cc) => Message.cc(base, cc)),
    named: named("Cc"),
    read: ({ email }) => email.cc?.[0]?.address,
    adds: () => ["cc"]
  },
  bccAddress: {
    builds: addressForms((bcc) => Message.bcc(base, bcc)),
    named: named("Bcc"),
    read: ({ outgoing }) => outgoing.envelope.to[1]
  },
  // There is no list of recipients beside those of the message. A blind copy is the address that stands nowhere else.
  envelopeTo: {
    builds: addressForms((bcc) => Message.make({ ...options, to: [], bcc, headers: { To: "bob@example.com" } })),
    named: named("Bcc"),
    expected: mappedDomain,
    read: onlyRecipient
  },
  fromAddress: {
    builds: addressForms((from) => Message.from(base, from)),
    named: named("From"),
    read: ({ email }) => email.from?.address
  },
  senderAddress: {
    builds: [(sender) => Message.header(base, "Sender", sender)],
    named: named("Sender"),
    read: ({ email }) => email.sender?.address,
    adds: () => ["sender"]
  },
  replyToAddress: {
    builds: addressForms((replyTo) => Message.replyTo(base, replyTo)),
    named: named("Reply-To"),
    read: ({ email }) => email.replyTo?.[0]?.address,
    adds: () => ["reply-to"]
  },
  envelopeFrom: {
    builds: addressForms((envelopeFrom) => Message.envelopeFrom(base, envelopeFrom)),
    named: named("MAIL FROM"),
    read: ({ outgoing }) => outgoing.envelope.from
  },
  // Read by the strict reader: postal-mime decodes a name a second time when it looks like an encoded-word.
  attachmentFilename: {
    builds: [(filename) => attach({ filename })],
    named: named("Content-Disposition"),
    read: (sent) => attached(sent).filename
  },
  attachmentContentType: {
    builds: [(contentType) => attach({ contentType })],
    named: named("Content-Type"),
    expected: (value) => value.toLowerCase(),
    read: ({ email }) => email.attachments[0]?.mimeType
  },
  contentDisposition: {
    builds: [(disposition) => attach({ disposition: disposition as Attachment.Disposition })],
    named: named("Content-Disposition"),
    read: (sent) => attached(sent).disposition
  },
  cid: {
    builds: [(contentId) => attach({ contentId })],
    named: named("Content-ID"),
    expected: (value) => `<${value}>`,
    read: ({ email }) => email.attachments[0]?.contentId
  },
  messageId: {
    builds: [
      (messageId) => Message.messageId(base, messageId),
      (messageId) => Message.header(base, "Message-ID", messageId)
    ],
    named: named("Message-ID"),
    expected: (value) => value.startsWith("<") ? value : `<${value}>`,
    read: ({ email }) => email.messageId
  },
  references: {
    builds: [(references) => Message.references(base, references)],
    named: named("References"),
    read: ({ email }) => email.references,
    adds: () => ["references"]
  },
  listUnsubscribe: {
    builds: [(url) => Message.listUnsubscribe(base, url)],
    named: named("List-Unsubscribe"),
    expected: (value) => `<${value}>`,
    read: ({ email }) => PostalMime.header(email, "List-Unsubscribe"),
    adds: (value) => value.startsWith("https:") ? ["list-unsubscribe", "list-unsubscribe-post"] : ["list-unsubscribe"]
  },
  listId: {
    builds: [(listId) => Message.listId(base, listId)],
    named: named("List-Id"),
    expected: (value) => `<${value}>`,
    read: ({ email }) => PostalMime.header(email, "List-Id"),
    adds: () => ["list-id"]
  },
  dsnEnvid: {
    builds: [(envelopeId) => Message.deliveryNotification(base, { envelopeId })],
    named: named("ENVID"),
    read: ({ outgoing }) => Option.getOrUndefined(outgoing.message.deliveryNotification)?.envelopeId
  },
  // A date is a `DateTime`; as text it can only be given as a header field.
  date: {
    builds: [
      (date) => Message.header(base, "Date", date),
      (date) => Message.make({ ...options, date: date as never })
    ],
    named: named("Date"),
    read: ({ email }) => PostalMime.header(email, "Date")
  },
  charset: {
    builds: [(charset) => Message.make({ ...options, charset: charset as "utf-8" })],
    named: named("charset"),
    read: ({ entity }) => entity.parameters.get("charset")
  },
  attachmentPathFromUserData: {
    builds: [
      (path) => Message.attach(base, { path } as never),
      (href) => Message.attach(base, { filename: "a.txt", href } as never),
      (raw) => Message.attach(base, raw as never),
      (path) => Message.make({ ...options, attachments: [{ filename: "a.txt", content: { path } } as never] })
    ],
    named: named("Attachment module"),
    read: () => undefined
  }
}

/** Fields that nothing of this package takes from its user. */
const elsewhere: Readonly<Record<string, string>> = {
  heloName: "the name in EHLO belongs to the SMTP backend",
  envelopeSize: "SIZE is counted by the SMTP backend",
  mimeBoundary: "boundaries are made by `Outgoing.prepare`",
  fileBackendName: "names of files belong to the file backend"
}

const refuse = (build: (value: string) => Message.Message, place: Place, value: string) =>
  Effect.gen(function*() {
    const error = yield* Effect.flip(Outgoing.prepare(build(value)))
    const name = "field" in error ? error.field : error.reason
    assert.include(name, place.named(value))
    assert.isFalse(WireReader.hasControl(error.message), "the error can be logged as it is")
  })

const carry = (build: (value: string) => Message.Message, place: Place, value: string) =>
  Effect.gen(function*() {
    const outgoing = yield* Outgoing.prepare(build(value))
    const bytes = yield* Mime.render(outgoing)
    const email = yield* PostalMime.read(bytes)
    const entity = MimeReader.read(bytes)
    assert.strictEqual(place.read({ outgoing, email, entity }), (place.expected ?? ((same) => same))(value))
    // A local part beyond ASCII can only be written as it is, to servers that offer SMTPUTF8.
    assert.deepStrictEqual(WireReader.defects(bytes), outgoing.eightBit ? ["an octet above 127"] : [])
    const names = entity.headers.map(({ name }) => name.toLowerCase())
    const encoding = entity.boundary === undefined ? ["content-transfer-encoding"] : []
    assert.deepStrictEqual(names.sort(), [...usual, ...encoding, ...place.adds?.(value) ?? []].sort())
    for (const { value } of MimeReader.all(entity).flatMap(({ headers }) => headers)) MimeReader.decodeWords(value)
  })

describe("hostile values", () => {
  for (const { field, id, mustReject, value, why } of Vectors.headerInjection) {
    const place = places[field]
    if (place === undefined) {
      it(`${id} ${field}: not here`, () => assert.isDefined(elsewhere[field]))
      continue
    }
    place.builds.forEach((build, form) => {
      it.effect(
        `${id} ${field}${form === 0 ? "" : `, form ${form + 1}`} is ${mustReject ? "refused" : "carried"}: ${why}`,
        () => mustReject ? refuse(build, place, value as string) : Effect.orDie(carry(build, place, value as string))
      )
    })
  }
})
