import { Address, Annotations, Attachment, Message } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Either, Equal, Hash, Inspectable, Option, Stream } from "effect"

const ada = Either.getOrThrow(Address.parse("Ada <ada@example.com>"))
const date = DateTime.unsafeMake("2026-11-20T09:30:00Z")
const report = () => Attachment.bytes(new Uint8Array([1, 2, 3]), { filename: "report.bin" })

interface Combinator {
  readonly first: (self: Message.Message) => Message.Message
  readonly last: (self: Message.Message) => Message.Message
  readonly made: Message.Options
}

const notification = { notify: ["failure"], return: "headers", envelopeId: "42" } as const

const combinators: Readonly<Record<string, Combinator>> = {
  from: { first: (self) => Message.from(self, ada), last: Message.from(ada), made: { from: ada } },
  envelopeFrom: {
    first: (self) => Message.envelopeFrom(self, ""),
    last: Message.envelopeFrom(""),
    made: { envelopeFrom: "" }
  },
  to: {
    first: (self) => Message.to(self, "a@example.com"),
    last: Message.to("a@example.com"),
    made: { to: ["a@example.com"] }
  },
  cc: {
    first: (self) => Message.cc(self, ["a@example.com", ada]),
    last: Message.cc(["a@example.com", ada]),
    made: { cc: ["a@example.com", ada] }
  },
  bcc: {
    first: (self) => Message.bcc(self, { name: "A", address: "a@example.com" }),
    last: Message.bcc({ name: "A", address: "a@example.com" }),
    made: { bcc: [{ name: "A", address: "a@example.com" }] }
  },
  replyTo: {
    first: (self) => Message.replyTo(self, "a@example.com"),
    last: Message.replyTo("a@example.com"),
    made: { replyTo: "a@example.com" }
  },
  subject: { first: (self) => Message.subject(self, "x"), last: Message.subject("x"), made: { subject: "x" } },
  text: { first: (self) => Message.text(self, "x"), last: Message.text("x"), made: { text: "x" } },
  html: { first: (self) => Message.html(self, "x"), last: Message.html("x"), made: { html: "x" } },
  alternative: {
    first: (self) => Message.alternative(self, new Uint8Array([1]), "text/x"),
    last: Message.alternative(new Uint8Array([1]), "text/x"),
    made: { alternatives: [{ content: new Uint8Array([1]), contentType: "text/x" }] }
  },
  attach: {
    first: (self) => Message.attach(self, report()),
    last: Message.attach([report()]),
    made: { attachments: [report()] }
  },
  header: {
    first: (self) => Message.header(self, "X-A", "1"),
    last: Message.header("X-A", "1"),
    made: { headers: { "X-A": "1" } }
  },
  date: { first: (self) => Message.date(self, date), last: Message.date(date), made: { date } },
  messageId: {
    first: (self) => Message.messageId(self, "a@b"),
    last: Message.messageId("a@b"),
    made: { messageId: "a@b" }
  },
  inReplyTo: {
    first: (self) => Message.inReplyTo(self, "a@b"),
    last: Message.inReplyTo("a@b"),
    made: { inReplyTo: "a@b" }
  },
  references: {
    first: (self) => Message.references(self, ["a@b", "c@d"]),
    last: Message.references(["a@b", "c@d"]),
    made: { references: ["a@b", "c@d"] }
  },
  listId: { first: (self) => Message.listId(self, "a.b"), last: Message.listId("a.b"), made: { listId: "a.b" } },
  listUnsubscribe: {
    first: (self) => Message.listUnsubscribe(self, "mailto:a@b"),
    last: Message.listUnsubscribe("mailto:a@b"),
    made: { listUnsubscribe: "mailto:a@b" }
  },
  deliveryNotification: {
    first: (self) => Message.deliveryNotification(self, notification),
    last: Message.deliveryNotification({ ...notification, notify: ["failure"] }),
    made: { deliveryNotification: { ...notification } }
  },
  annotate: {
    first: (self) => Message.annotate(self, Annotations.tags, ["a"]),
    last: Message.annotate(Annotations.tags, ["a"]),
    made: { annotations: { tags: ["a"] } }
  },
  requireTls: { first: Message.requireTls, last: Message.requireTls, made: { requireTls: true } },
  charset: {
    first: (self) => Message.charset(self, "us-ascii"),
    last: Message.charset("us-ascii"),
    made: { charset: "us-ascii" }
  }
}

describe("combinators", () => {
  for (const [name, { first, last, made }] of Object.entries(combinators)) {
    it(`${name} is the same data-first, data-last and in make`, () => {
      const before = JSON.stringify(Message.empty)
      for (const message of [first(Message.empty), Message.empty.pipe(last)]) {
        assert.isTrue(Equal.equals(message, Message.make(made)))
        assert.strictEqual(Hash.hash(message), Hash.hash(Message.make(made)))
        assert.isFalse(Equal.equals(message, Message.empty))
      }
      assert.strictEqual(JSON.stringify(Message.empty), before)
    })
  }

  it("every field has one", () => {
    const fields = Object.keys(Message.empty).filter((key) =>
      key !== "alternatives" && key !== "annotations" && key !== "attachments" && key !== "headers"
    )
    assert.deepStrictEqual(
      [...fields, "alternative", "annotate", "attach", "header"].sort(),
      Object.keys(combinators).sort()
    )
  })

  it("to, cc, bcc, replyTo, attach, header, alternative, references and listUnsubscribe add; the others set", () => {
    const message = Message.empty.pipe(
      Message.to("a@example.com"),
      Message.to("b@example.com"),
      Message.header("X-A", "1"),
      Message.header("X-A", "2"),
      Message.subject("one"),
      Message.subject("two")
    )
    assert.deepStrictEqual(message.to, ["a@example.com", "b@example.com"])
    assert.deepStrictEqual(message.headers, [["X-A", "1"], ["X-A", "2"]])
    assert.strictEqual(message.subject, "two")
  })
})

describe("a message is a value", () => {
  const build = () =>
    Message.make({
      from: { name: "Ada", address: "ada@example.com" },
      to: ["bob@example.com"],
      alternatives: [{ content: "x", contentType: "text/x" }],
      attachments: [report(), Attachment.message(Message.make({ subject: "inner" }))],
      headers: [["X-A", "1"]],
      date
    })

  it("equal by content, with equal hashes", () => {
    assert.isTrue(Equal.equals(build(), build()))
    assert.strictEqual(Hash.hash(build()), Hash.hash(build()))
    assert.isFalse(Equal.equals(build(), Message.header(build(), "X-B", "1")))
    assert.isFalse(Equal.equals(build(), Message.attach(build(), report())))
  })

  it.each([["Uint8Array", new Uint8Array([1, 2, 3])], ["Buffer", Buffer.from([1, 2, 3])]])(
    "does not change with what it was made of: %s",
    (_, octets) => {
      const to = ["a@example.com"]
      const headers: Array<readonly [string, string]> = [["X-A", "1"]]
      const make = () =>
        Message.make({
          to,
          headers,
          alternatives: [{ content: octets, contentType: "text/x" }],
          attachments: [
            Attachment.bytes(octets),
            Attachment.message(octets),
            Attachment.inline(octets, { contentId: "a" })
          ]
        })
      const message = make()
      const same = make()
      octets[0] = 9
      to.push("b@example.com")
      headers.push(["X-B", "2"])
      assert.isTrue(Equal.equals(message, same))
      assert.isFalse(Equal.equals(message, make()))
    }
  )

  it("streams are equal when they are the same stream", () => {
    const source = Stream.make(new Uint8Array([1]))
    assert.isTrue(Equal.equals(Attachment.stream(source), Attachment.stream(source)))
    assert.isFalse(Equal.equals(Attachment.stream(source), Attachment.stream(Stream.make(new Uint8Array([1])))))
  })

  it("prints what was set, and the size of an attachment rather than its content", () => {
    assert.deepStrictEqual(JSON.parse(JSON.stringify(build())), {
      _id: "@effect-mail/core/Message",
      from: { name: "Ada", address: "ada@example.com" },
      to: ["bob@example.com"],
      alternatives: [{ content: "x", contentType: "text/x" }],
      attachments: [
        {
          _id: "@effect-mail/core/Attachment",
          _tag: "Bytes",
          filename: "report.bin",
          contentType: null,
          disposition: "attachment",
          contentId: null,
          size: 3
        },
        {
          _id: "@effect-mail/core/Attachment",
          _tag: "Embedded",
          filename: null,
          contentType: null,
          disposition: "attachment",
          contentId: null,
          size: null
        }
      ],
      headers: [["X-A", "1"]],
      date: "2026-11-20T09:30:00.000Z"
    })
    assert.include(String(build()), "bob@example.com")
    assert.deepStrictEqual(build()[Inspectable.NodeInspectSymbol](), build().toJSON())
    assert.strictEqual(
      JSON.stringify(ada),
      `{"_id":"@effect-mail/core/Address","name":"Ada","address":"ada@example.com"}`
    )
  })

  it("guards know their own", () => {
    assert.isTrue(Message.isMessage(build()))
    assert.isFalse(Message.isMessage({ ...build() }))
    assert.isTrue(Attachment.isAttachment(report()))
    assert.isTrue(Address.isAddress(ada))
    assert.isFalse(Address.isAddress("ada@example.com"))
  })

  it("an address that only looks like one is not taken for checked", () => {
    const forged = JSON.parse(JSON.stringify({
      [Address.TypeId]: Address.TypeId,
      name: Option.none(),
      local: "eve>\r\nRCPT TO:<mallory",
      domain: "example.org"
    }))
    assert.isTrue(Either.isLeft(Address.fromInput(forged)))
    assert.isTrue(Either.isLeft(Message.validate(Message.make({ to: forged }))))
  })
})

describe("recipients", () => {
  it("are to, then cc, then bcc, without names and duplicates", () => {
    const message = Message.make({
      to: ["Ada <ada@example.com>", "bob@B\u00fccher.example"],
      cc: [ada, "carol@example.com"],
      bcc: ["dora@example.com", "bob@xn--bcher-kva.EXAMPLE", "Carol@example.com"],
      replyTo: "nobody@example.com"
    })
    assert.deepStrictEqual(Message.recipients(message), [
      "ada@example.com",
      "bob@xn--bcher-kva.example",
      "carol@example.com",
      "dora@example.com",
      "Carol@example.com"
    ])
  })

  it("give back as it was written what is no address", () => {
    assert.deepStrictEqual(Message.recipients(Message.make({ to: ["nobody", "nobody", "x@example.com"] })), [
      "nobody",
      "x@example.com"
    ])
  })
})

describe("bodyContains", () => {
  const both = Message.make({ text: "Your code is 1234", html: "<p>Your code is <b>1234</b></p>" })

  for (
    const [message, text, expected] of [
      [both, "1234", true],
      [both, "code is 1234", false],
      [Message.alternative(both, "1234 in other words", "text/x-other"), "1234", true],
      [Message.alternative(both, "other words", "TEXT/x-other"), "1234", false],
      [Message.alternative(both, new TextEncoder().encode("other words"), "text/x-other"), "1234", false],
      [Message.alternative(both, "BEGIN", "application/x-other"), "1234", true],
      [Message.attach(Message.empty, Attachment.text("1234")), "1234", false],
      [Message.empty, "", false]
    ] as const
  ) {
    it(`${JSON.stringify(text)} in ${JSON.stringify(message)}: ${expected}`, () => {
      assert.strictEqual(Message.bodyContains(message, text), expected)
      assert.strictEqual(message.pipe(Message.bodyContains(text)), expected)
    })
  }
})

describe("validate", () => {
  it("gives the message back", () => {
    const message = Message.make({ from: ada, to: "bob@example.com", subject: "Hello", text: "Hello" })
    assert.deepStrictEqual(Message.validate(message), Either.right(message))
  })

  for (
    const [tag, named, options] of [
      ["BadHeaderError", "Subject", { subject: "a\r\nb" }],
      ["BadHeaderError", "To", { to: "a\n@example.com" }],
      ["InvalidAddressError", "Cc", { cc: "a@b@c" }],
      ["InvalidAddressError", "Bcc", { bcc: "nobody\n" }],
      ["InvalidAddressError", "MAIL FROM", { envelopeFrom: "nobody" }],
      ["InvalidMessageError", "text", { text: "\ud800" }],
      ["InvalidMessageError", "html", { html: "\ud800" }],
      ["InvalidMessageError", "text", { text: 5 as never }],
      ["BadHeaderError", "Date", { date: DateTime.unsafeMake("+012026-01-01T00:00:00Z") }],
      ["InvalidAddressError", "From", { from: { name: 5 as never, address: "ada@example.com" } }],
      ["InvalidAddressError", "To", { to: { toString: "x" } as never }],
      ["InvalidMessageError", "notification", { deliveryNotification: { notify: ["success\r\nDATA"] as never } }],
      ["InvalidMessageError", "notification", { deliveryNotification: { notify: "often" as never } }],
      ["InvalidMessageError", "notification", { deliveryNotification: { return: "some" as never } }]
    ] as const
  ) {
    it(`names ${named} in ${tag} for ${Object.keys(options).join()}`, () => {
      const error = Either.getOrThrow(Either.flip(Message.validate(Message.make(options))))
      assert.strictEqual(error._tag, tag)
      assert.include(error.message, named)
      assert.isFalse(error.isTransient)
    })
  }
})
