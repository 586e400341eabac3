import { Address, Attachment, Envelope, MailBackend, MailPolicy, Message, Mime, Outgoing } from "@effect-mail/core"
import * as Arbitraries from "@effect-mail/test-kit/Arbitraries"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { runs } from "@effect-mail/test-kit/Runs"
import * as WireReader from "@effect-mail/test-kit/WireReader"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, FastCheck as fc, Option, Schema, Stream } from "effect"

const settings = runs(100)

const notification: fc.Arbitrary<Message.DeliveryNotification> = fc.record({
  notify: fc.oneof(
    fc.constant("never" as const),
    fc.subarray<"success" | "failure" | "delay">(["success", "failure", "delay"])
  ),
  return: fc.constantFrom("full" as const, "headers" as const),
  envelopeId: fc.stringMatching(/^[\x20-\x7e]{1,100}$/)
}, { requiredKeys: [] })

const raw = (text: string): Uint8Array => Uint8Array.from(`Subject: old\r\n\r\n${text}\r\n`, (c) => c.charCodeAt(0))

const attachment: fc.Arbitrary<Attachment.Attachment> = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((octets) => Attachment.bytes(octets, { filename: "a.bin" })),
  fc.array(fc.uint8Array({ maxLength: 120 }), { maxLength: 4 })
    .map((pieces) => Attachment.stream(Stream.fromIterable(pieces), { filename: "b.bin" })),
  fc.constantFrom("old", "caf\u00e9", ".").map((text) => Attachment.message(raw(text))),
  Arbitraries.line.map((subject) =>
    Attachment.message(Message.make({ subject, from: "ada@example.com", text: "inside" }))
  )
)

const messages: fc.Arbitrary<Message.Message> = fc.record({
  from: fc.record({ name: Arbitraries.line, address: Arbitraries.quotedAddress }),
  envelopeFrom: fc.option(fc.oneof(fc.constant(""), Arbitraries.quotedAddress), { nil: undefined }),
  to: fc.array(Arbitraries.quotedAddress, { minLength: 1, maxLength: 3 }),
  bcc: fc.array(Arbitraries.quotedAddress, { maxLength: 2 }),
  subject: Arbitraries.line,
  text: Arbitraries.text,
  attachments: fc.array(attachment, { maxLength: 2 }),
  deliveryNotification: fc.option(notification, { nil: undefined }),
  requireTls: fc.boolean()
}).map(Message.make)

const pieces = (outgoing: Outgoing.Outgoing) =>
  Effect.suspend(() => {
    const seen: Array<Uint8Array> = []
    return Effect.as(
      Mime.runForEach(outgoing, (piece) => Effect.sync(() => void seen.push(piece.slice()))),
      seen
    )
  })

const whole = (chunks: Iterable<Uint8Array>): Buffer => Buffer.concat(Array.from(chunks))

/** The octets of a message by every way there is. */
const everyWay = (outgoing: Outgoing.Outgoing) =>
  Effect.all([
    Effect.map(Mime.render(outgoing), Buffer.from),
    Effect.map(Stream.runCollect(Mime.stream(outgoing)), whole),
    Effect.map(pieces(outgoing), whole)
  ])

const json = Schema.parseJson(Outgoing.Frozen)

const plain = Message.make({ from: "ada@example.com", to: ["bob@example.com", "carol@example.com"], text: ".dot" })

const frozenPlain = Effect.flatMap(Outgoing.prepare(plain), Outgoing.freeze)

describe("freeze and thaw", () => {
  it.effect.prop(
    "keep every octet, in whatever way it is asked for, and all of the envelope",
    [messages],
    ([message]) =>
      Effect.gen(function*() {
        const outgoing = yield* Outgoing.prepare(message)
        const bytes = Buffer.from(yield* Mime.render(outgoing))
        const frozen = yield* Outgoing.freeze(outgoing)
        const thawed = Outgoing.thaw(frozen)
        for (const octets of yield* everyWay(thawed)) assert.isTrue(bytes.equals(octets))
        assert.deepStrictEqual(Mime.size(thawed), Option.some(bytes.length))
        assert.deepStrictEqual(Envelope.of(thawed), Envelope.of(outgoing))
        assert.strictEqual(thawed.messageId, outgoing.messageId)
        assert.deepStrictEqual(thawed.mailer, outgoing.mailer)
        assert.isTrue(Outgoing.isOutgoing(thawed))
        assert.deepStrictEqual((yield* Outgoing.freeze(thawed)).bytes, frozen.bytes)
      }),
    settings
  )

  it.effect.prop("survive JSON and any store of octets", [messages], ([message]) =>
    Effect.gen(function*() {
      const frozen = yield* Effect.flatMap(Outgoing.prepare(message), Outgoing.freeze)
      const text = yield* Schema.encode(json)(frozen)
      const read = yield* Schema.decode(json)(text)
      assert.deepStrictEqual({ ...read }, { ...frozen })
      assert.strictEqual(yield* Schema.encode(json)(read), text)
      const row = yield* Schema.encode(Outgoing.FrozenFromOctets)(frozen)
      assert.deepStrictEqual({ ...(yield* Schema.decode(Outgoing.FrozenFromOctets)(row)) }, { ...frozen })
      assert.deepStrictEqual(
        yield* Schema.decode(Envelope.Envelope)(yield* Schema.encode(Envelope.Envelope)(frozen.envelope)),
        frozen.envelope
      )
    }), settings)

  it.effect.prop(
    "narrow and redirect change who gets it, and nothing else",
    [messages, fc.nat(4)],
    ([message, n]) =>
      Effect.gen(function*() {
        const outgoing = yield* Outgoing.prepare(message)
        const thawed = Outgoing.thaw(yield* Outgoing.freeze(outgoing))
        const isKept = (recipient: string) => outgoing.envelope.to.indexOf(recipient) < n
        const elsewhere = [Either.getOrThrow(Address.parse("j\u00f6rg@example.net"))]
        for (
          const change of [
            Outgoing.narrow(isKept),
            (self: Outgoing.Outgoing) => Outgoing.redirect(self, elsewhere, isKept)
          ]
        ) {
          const changed = change(thawed)
          assert.deepStrictEqual(Envelope.of(changed), Envelope.of(change(outgoing)))
          assert.deepStrictEqual(yield* Mime.render(changed), yield* Mime.render(thawed))
          const again = yield* Schema.decode(json)(yield* Schema.encode(json)(yield* Outgoing.freeze(changed)))
          assert.deepStrictEqual(Envelope.of(Outgoing.thaw(again)), Envelope.of(changed))
        }
      }),
    settings
  )

  it.effect("keep a large message in pieces", () =>
    Effect.gen(function*() {
      const content = new Uint8Array(11 * 1024 * 1024).fill(7)
      const outgoing = yield* Outgoing.prepare(Message.attach(plain, Attachment.bytes(content)))
      const thawed = Outgoing.thaw(yield* Outgoing.freeze(outgoing))
      assert.isTrue(thawed.streamed)
      const bytes = Buffer.from(yield* Mime.render(outgoing))
      for (const octets of yield* everyWay(thawed)) assert.isTrue(bytes.equals(octets))
      assert.deepStrictEqual(Mime.size(thawed), Option.some(bytes.length))
      assert.isAbove((yield* pieces(thawed)).length, 10)
    }), 60_000)

  it.effect("give nobody the stored octets to write into", () =>
    Effect.gen(function*() {
      const thawed = Outgoing.thaw(yield* frozenPlain)
      const first = yield* Mime.render(thawed)
      const before = Buffer.from(first)
      first.fill(0)
      assert.deepStrictEqual(Buffer.from(yield* Mime.render(thawed)), before)
    }))

  it.effect("refuse what was not made here", () =>
    Effect.gen(function*() {
      const frozen = yield* frozenPlain
      const forged: Outgoing.Frozen = Object.setPrototypeOf({ ...frozen }, Object.getPrototypeOf(frozen))
      assert.isFalse(Outgoing.isFrozen(forged))
      const thawed = Outgoing.thaw(forged)
      assert.isFalse(Outgoing.isOutgoing(thawed))
      assert.deepStrictEqual(thawed.envelope.to, [])
      assert.strictEqual((yield* Effect.flip(Mime.render(thawed)))._tag, "AttachmentError")
      assert.strictEqual((yield* Effect.flip(Outgoing.freeze(thawed)))._tag, "AttachmentError")
    }))

  it.effect("print no content", () =>
    Effect.map(frozenPlain, (frozen) => assert.notInclude(JSON.stringify(frozen), "dot")))
})

describe("the schema of a frozen message", () => {
  const written = Effect.flatMap(frozenPlain, Schema.encode(Outgoing.Frozen))
  const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64")
  const header = "From: ada@example.com\r\nDate: Fri, 20 Nov 2026 09:30:00 +0000\r\nMessage-ID: <a@example.com>\r\n"
  const own = { messageId: "<a@example.com>", bytes: base64(`${header}\r\nHello\r\n`) }

  it.effect("takes bytes that a message may have", () =>
    Effect.gen(function*() {
      const json = { ...(yield* written), ...own }
      assert.isTrue(Outgoing.isFrozen(yield* Schema.decodeUnknown(Outgoing.Frozen)(json)))
    }))

  const forgeries: Readonly<Record<string, object>> = {
    "a newer format": { format: 2 },
    "no format": { format: undefined },
    "a Message-ID of another message": { messageId: "<b@example.com>" },
    "a Message-ID that is none": { messageId: "a@example.com" },
    "a Message-ID with a line break": { messageId: "<a@example.com>\r\nX: y" },
    "bytes that are not base64": { bytes: "\u00e9" },
    "no bytes": { bytes: "" },
    "no header": { bytes: base64("Hello\r\n") },
    "a header without an end": { bytes: base64(header) },
    "a bare LF": { bytes: base64(`${header}\r\nHello\n.\r\nRCPT\r\n`) },
    "a bare CR": { bytes: base64(`${header}\r\nHello\r.\r\n`) },
    "CR CR LF": { bytes: base64(`${header}\r\nHello\r\r\n`) },
    "a NUL": { bytes: base64(`${header}\r\nHel\0lo\r\n`) },
    "a long line": { bytes: base64(`${header}\r\n${"x".repeat(999)}\r\n`) },
    "an open last line": { bytes: base64(`${header}\r\nHello`) },
    "octets that are not announced": { bytes: base64(`${header}\r\nH\u00e9llo\r\n`) },
    "blind copies": { bytes: base64(`${header}bcc: eve@example.org\r\n\r\nHello\r\n`) },
    "two authors": { bytes: base64(`${header}From: eve@example.org\r\n\r\nHello\r\n`) },
    "two Message-IDs": { bytes: base64(`${header}message-id: <b@example.com>\r\n\r\nHello\r\n`) },
    "a line that is no field": { bytes: base64(`${header}MAIL FROM eve\r\n\r\nHello\r\n`) },
    "a field without a name": { bytes: base64(`: x\r\n${header}\r\nHello\r\n`) },
    "a header that begins folded": { bytes: base64(` x\r\n${header}\r\nHello\r\n`) },
    "a header beyond ASCII": {
      bytes: base64(`${header}X: \u00e9\r\n\r\nHello\r\n`),
      envelope: { from: "", to: [], smtpUtf8: false, eightBit: true, requireTls: false }
    }
  }
  for (const [what, change] of Object.entries(forgeries)) {
    it.effect(`refuses ${what}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(
          Schema.decodeUnknown(Outgoing.Frozen)({ ...(yield* written), ...own, ...change })
        )
        assert.strictEqual(error._tag, "ParseError")
      }))
  }

  const paths = [
    "bob@example.com>\r\nRCPT TO:<eve@example.org",
    "bob@example.com,eve@example.org",
    "Bob <bob@example.com>",
    "<bob@example.com>",
    "bob",
    " bob@example.com",
    "bob@b\u00fccher.example"
  ]
  const envelopes: Readonly<Record<string, object>> = {
    ...Object.fromEntries(paths.flatMap((path) => [
      [`from ${JSON.stringify(path)}`, { from: path }],
      [`to ${JSON.stringify(path)}`, { to: [path] }]
    ])),
    "an empty recipient": { to: [""] },
    "a local part beyond ASCII without smtpUtf8": { to: ["j\u00f6rg@example.com"] },
    "requireTls that is no boolean": { requireTls: "yes" },
    "no requireTls": { requireTls: undefined },
    "an event that there is not": { notification: { notify: ["success DATA"] } },
    "an ENVID with a line break": { notification: { envelopeId: "x\r\nDATA" } }
  }
  for (const [what, change] of Object.entries(envelopes)) {
    it.effect(`refuses an envelope: ${what}`, () =>
      Effect.gen(function*() {
        const stored = yield* written
        const error = yield* Effect.flip(
          Schema.decodeUnknown(Outgoing.Frozen)({ ...stored, envelope: { ...stored.envelope, ...change } })
        )
        assert.strictEqual(error._tag, "ParseError")
        assert.notInclude(error.message, "eve@example.org")
      }))
  }

  it.effect("says of a newer format that it is newer", () =>
    Effect.gen(function*() {
      const newer = { ...(yield* written), format: 2, envelope: "of another shape" }
      const error = yield* Effect.flip(Schema.decodeUnknown(Outgoing.Frozen)(newer))
      assert.include(error.message, "the format of the stored message is 2")
    }))
})

const signature = `v=1; a=rsa-sha256; d=example.com; s=s; h=From:To; bh=${"b".repeat(44)}; b=${"x".repeat(344)}`

describe("prepend", () => {
  it.effect.prop("puts fields in front, folded, and leaves the rest", [
    messages,
    fc.array(Arbitraries.line, { minLength: 1, maxLength: 3 })
  ], ([message, values]) =>
    Effect.gen(function*() {
      const outgoing = yield* Outgoing.prepare(message)
      const bytes = yield* Mime.render(outgoing)
      const fields = values.map((value, i) => [`X-Trace-${i}`, value] as const)
      const thawed = Outgoing.thaw(yield* Outgoing.freeze(outgoing))
      for (const self of [outgoing, thawed]) {
        const longer = yield* Outgoing.prepend(self, fields)
        const [rendered, ...others] = yield* everyWay(longer)
        for (const octets of others) assert.isTrue(rendered.equals(octets))
        assert.isTrue(rendered.subarray(rendered.length - bytes.length).equals(bytes))
        const read = MimeReader.read(rendered)
        assert.deepStrictEqual(
          read.headers.slice(0, fields.length).map(({ name, value }) => [name, MimeReader.decodeWords(value)]),
          fields.map(([name, value]) => [name, value])
        )
        assert.deepStrictEqual(WireReader.defects(rendered), longer.eightBit ? ["an octet above 127"] : [])
        assert.deepStrictEqual(Envelope.of(longer), Envelope.of(outgoing))
        const frozen = yield* Schema.decode(json)(yield* Schema.encode(json)(yield* Outgoing.freeze(longer)))
        assert.isTrue(rendered.equals(yield* Mime.render(Outgoing.thaw(frozen))))
      }
    }), settings)

  it.effect("puts the last above the earlier ones, and narrows like any", () =>
    Effect.gen(function*() {
      const outgoing = yield* Effect.flatMap(Outgoing.prepare(plain), Outgoing.prepend({ "DKIM-Signature": signature }))
      const twice = yield* Outgoing.prepend(outgoing, { "ARC-Seal": "i=1; a=rsa-sha256", "X-Two": "" })
      const narrowed = Outgoing.narrow(twice, (recipient) => recipient.startsWith("bob"))
      const { headers } = MimeReader.read(yield* Mime.render(narrowed))
      assert.deepStrictEqual(headers.slice(0, 4).map(({ name }) => name), [
        "ARC-Seal",
        "X-Two",
        "DKIM-Signature",
        "From"
      ])
      assert.strictEqual(headers[2]?.value.replaceAll(/\s+/g, ""), signature.replaceAll(" ", ""))
      assert.deepStrictEqual(narrowed.envelope.to, ["bob@example.com"])
    }))

  it.effect("asks for SMTPUTF8 where a field needs it", () =>
    Effect.gen(function*() {
      const outgoing = yield* Effect.flatMap(
        Outgoing.prepare(plain),
        Outgoing.prepend({ "Resent-To": "j\u00f6rg@example.com" })
      )
      assert.isTrue(outgoing.eightBit)
      assert.isTrue(outgoing.envelope.smtpUtf8)
      yield* Schema.decode(json)(yield* Schema.encode(json)(yield* Outgoing.freeze(outgoing)))
    }))

  for (
    const [name, value] of [
      ["", "x"],
      ["X Y", "x"],
      ["X:", "x"],
      ["X\r\nY", "x"],
      ["\u00dcber", "x"],
      ["X", "x\r\nBcc: eve@example.org"],
      ["X", "x\r\n folded"],
      ["X", "x\0"],
      ["X", "\ud800"],
      ["DKIM-Signature", "v=1;\r\n b=x"],
      ["DKIM-Signature", "\u00e9"],
      ["DKIM-Signature", "x".repeat(998)],
      ...[
        "Subject",
        "From",
        "sender",
        "To",
        "Cc",
        "Reply-To",
        "Date",
        "Message-ID",
        "References",
        "Bcc",
        "Resent-Bcc",
        "Delivered-To",
        "Return-Path",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding"
      ].map((name) => [name, "ada@example.com"] as const)
    ] as const
  ) {
    it.effect(`refuses ${JSON.stringify(name)}: ${JSON.stringify(value.slice(0, 30))}`, () =>
      Effect.gen(function*() {
        const outgoing = yield* Outgoing.prepare(plain)
        for (const self of [outgoing, Outgoing.thaw(yield* Outgoing.freeze(outgoing))]) {
          const result = Outgoing.prepend(self, [[name, value]])
          assert.strictEqual(Either.isLeft(result) && result.left._tag, "BadHeaderError")
        }
      }))
  }
})

describe("a thawed message", () => {
  it.effect("goes by any backend, and comes out of policies as any other", () =>
    Effect.gen(function*() {
      const delivered: Array<{ readonly envelope: Envelope.Envelope; readonly bytes: Uint8Array }> = []
      const inner = MailBackend.make({
        name: "keeping",
        open: Effect.succeed({
          deliver: (outgoing) =>
            Effect.map(Mime.render(outgoing), (bytes) => {
              delivered.push({ envelope: Envelope.of(outgoing), bytes })
              return MailBackend.acceptAll(outgoing)
            })
        })
      })
      const asked = Message.requireTls(Message.deliveryNotification(plain, { notify: "never", envelopeId: "x1" }))
      const frozen = yield* Effect.flatMap(Outgoing.prepare(asked), Outgoing.freeze)
      const backend = MailPolicy.suppress(["carol@example.com"])(inner)
      yield* Effect.scoped(
        Effect.flatMap(backend.driver.open, (session) => session.deliver(Outgoing.thaw(frozen)))
      )
      assert.deepStrictEqual(delivered, [{
        envelope: { ...frozen.envelope, to: ["bob@example.com"] },
        bytes: frozen.bytes
      }])
      assert.deepStrictEqual(frozen.envelope.notification, { notify: "never", envelopeId: "x1" })
      assert.isTrue(frozen.envelope.requireTls)
      assert.deepStrictEqual(Outgoing.letter(Outgoing.thaw(frozen)), Option.none())
    }))
})
