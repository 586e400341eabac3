import { Address, Attachment, MailBackend, MailError, Message, Mime, Outgoing } from "@effect-mail/core"
import * as RecordingDriver from "@effect-mail/test-kit/RecordingDriver"
import { runs } from "@effect-mail/test-kit/Runs"
import { assert, describe, it } from "@effect/vitest"
import { Cause, DateTime, Effect, Either, Equal, Exit, FastCheck as fc, Hash, Option, pipe, Stream } from "effect"
import { runInNewContext } from "node:vm"

const letter = { from: "ada@example.com", to: "bob@example.com", subject: "Hello", text: "Hello" }

/** What callers without types may give for anything. */
const untyped = (value: unknown): never => value as never

const carrying = (attachment: Attachment.Attachment): Message.Message =>
  Message.make({ ...letter, attachments: [attachment] })

/** What the preparation says. `validate` says what sending does. */
const verdict = (message: Message.Message): Effect.Effect<string> =>
  Effect.gen(function*() {
    const validated = Either.match(Message.validate(message), { onLeft: (error) => error._tag, onRight: () => "Right" })
    const tagOf = <A, E extends MailError.MailError>(effect: Effect.Effect<A, E>) =>
      Effect.match(effect, { onFailure: (error) => error._tag, onSuccess: () => "Right" })
    assert.strictEqual(yield* tagOf(RecordingDriver.make().backend.send(message)), validated)
    return yield* tagOf(Outgoing.prepare(message))
  })

const whole = (outgoing: Outgoing.Outgoing) =>
  Effect.suspend(() => {
    const pieces: Array<Uint8Array> = []
    return Effect.map(
      Mime.runForEach(outgoing, (piece) => Effect.sync(() => void pieces.push(piece.slice()))),
      () => Buffer.concat(pieces).toString("latin1")
    )
  })

const detached = (): Uint8Array => {
  const octets = new Uint8Array([1, 2, 3])
  structuredClone(octets.buffer, { transfer: [octets.buffer] })
  return octets
}

const outOfBounds = (): Uint8Array => {
  const buffer: ArrayBuffer = runInNewContext("new ArrayBuffer(8, { maxByteLength: 16 })")
  const octets = new Uint8Array(buffer, 4, 4)
  runInNewContext("buffer.resize(4)", { buffer })
  return octets
}

describe("octets that are none", () => {
  const none: ReadonlyArray<readonly [string, unknown]> = [
    ["null", null],
    ["undefined", undefined],
    ["a number", 5],
    ["an array of numbers", [1, 2, 3]],
    ["a Uint16Array", new Uint16Array([1, 2, 300])],
    ["a Uint8ClampedArray", new Uint8ClampedArray([1, 2])],
    ["an Int8Array", new Int8Array([1])],
    ["a Float64Array", new Float64Array([1.5])],
    ["a DataView", new DataView(new ArrayBuffer(2))],
    ["an ArrayBuffer", new ArrayBuffer(2)],
    ["a SharedArrayBuffer", new SharedArrayBuffer(2)],
    ["an object", { length: 2, 0: 1, 1: 2 }],
    ["an object with the prototype", Object.create(Uint8Array.prototype)],
    ["an object with the tag", { [Symbol.toStringTag]: "Uint8Array", length: 1, 0: 1 }],
    ["a Proxy of octets", new Proxy(new Uint8Array(2), {})],
    ["a Buffer as JSON", JSON.parse(JSON.stringify(Buffer.from("x")))],
    ["octets whose memory is gone", detached()],
    ["octets beyond their memory", outOfBounds()]
  ]
  for (const [what, value] of [...none, ["a string", "text"] as const]) {
    const name = { filename: "x.bin" }
    it.effect(`${what}: an AttachmentError, before anything is opened`, () =>
      Effect.gen(function*() {
        for (
          const attachment of [
            Attachment.bytes(untyped(value), name),
            Attachment.stream(untyped(value), name),
            ...typeof value === "string" ? [] : [
              Attachment.message(untyped(value), name),
              Attachment.inline(untyped(value), { ...name, contentId: "a" })
            ]
          ]
        ) {
          const { backend, events } = RecordingDriver.make()
          const error = yield* Effect.flip(backend.send(carrying(attachment)))
          assert(error._tag === "AttachmentError", `${attachment._tag}: ${error._tag}`)
          assert.deepStrictEqual(error.filename, Option.some("x.bin"))
          assert.instanceOf(error.cause, TypeError)
          assert.isFalse(error.isTransient)
          assert.isTrue(MailError.isMessageError(error))
          assert.isFalse(MailError.isBackendError(error))
          assert.deepStrictEqual(events, [])
          assert.strictEqual(yield* verdict(carrying(attachment)), "AttachmentError")
        }
      }))

    if (typeof value !== "string") {
      it.effect(`${what} as an alternative: an AttachmentError`, () =>
        Effect.gen(function*() {
          for (const contentType of ["text/x-amp-html", "application/x", "message/rfc822"]) {
            const made = Message.make({ ...letter, alternatives: [{ content: untyped(value), contentType }] })
            assert.strictEqual(yield* verdict(made), "AttachmentError")
            const added = Message.alternative(Message.make(letter), untyped(value), contentType)
            assert.strictEqual(yield* verdict(added), "AttachmentError")
          }
        }))
    }

    it.effect(`${what} as a chunk of a stream: an AttachmentError, and nothing of it is written`, () =>
      Effect.gen(function*() {
        const good = new Uint8Array(57).fill(65)
        for (
          const chunks of [
            Stream.make(good, untyped(value), good),
            Stream.concat(Stream.make(good), Stream.make(untyped(value)))
          ]
        ) {
          const outgoing = yield* Outgoing.prepare(carrying(Attachment.stream(chunks, name)))
          const pieces: Array<Uint8Array> = []
          const forEach = Mime.runForEach(outgoing, (piece) => Effect.sync(() => void pieces.push(piece.slice())))
          for (const read of [Mime.render(outgoing), Stream.runDrain(Mime.stream(outgoing)), forEach]) {
            const error = yield* Effect.flip(read)
            assert.strictEqual(error._tag, "AttachmentError")
            assert.strictEqual(error.reason, "Invalid")
            assert.deepStrictEqual(error.filename, Option.some("x.bin"))
            assert.isFalse(error.isTransient)
          }
          const written = Buffer.concat(pieces).toString("latin1")
          assert.strictEqual(written.split("\r\n\r\n").at(-1)?.replaceAll(/QUFB|\r\n/g, ""), "")
        }
      }))
  }

  const shared = new Uint8Array(new SharedArrayBuffer(3))
  shared.set([1, 2, 3])
  const octets: ReadonlyArray<readonly [string, Uint8Array]> = [
    ["a Uint8Array", new Uint8Array([1, 2, 3])],
    ["a Buffer", Buffer.from([1, 2, 3])],
    ["a part of a Buffer", Buffer.from([0, 1, 2, 3, 4]).subarray(1, 4)],
    ["a Uint8Array of another realm", runInNewContext("new Uint8Array([1, 2, 3])")],
    ["a Uint8Array of a subclass", new (class extends Uint8Array {})([1, 2, 3])],
    ["shared memory", shared],
    [
      "memory that may grow",
      runInNewContext("const a = new Uint8Array(new ArrayBuffer(3, { maxByteLength: 9 })); a.set([1, 2, 3]); a")
    ]
  ]
  for (const [what, content] of octets) {
    it.effect(`${what} is octets, copied at once`, () =>
      Effect.gen(function*() {
        const given = content
        const attachments = [Attachment.bytes(given), Attachment.inline(given, { contentId: "a" })]
        const message = Message.make({
          ...letter,
          attachments,
          alternatives: [{ content: given, contentType: "application/x" }]
        })
        const bytes = yield* Mime.render(yield* Outgoing.prepare(message))
        assert.strictEqual(Buffer.from(bytes).toString("latin1").split("\r\n\r\nAQID").length, 4)
        const streamed = yield* Outgoing.prepare(carrying(Attachment.stream(Stream.make(given))))
        assert.include(yield* whole(streamed), "AQID")
      }))
  }

  it.effect("octets of no length are octets", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* verdict(carrying(Attachment.bytes(new Uint8Array(0)))), "Right")
      assert.strictEqual(yield* verdict(carrying(Attachment.bytes(Buffer.alloc(0)))), "Right")
    }))

  it.effect("a mistake that a stream makes stays an error where failures are silent", () =>
    Effect.gen(function*() {
      const backend = MailBackend.make({
        name: "rendering",
        open: Effect.succeed({ deliver: (o) => Effect.as(Mime.render(o), MailBackend.acceptAll(o)) })
      })
      const { Mail } = yield* Effect.promise(() => import("@effect-mail/core"))
      const send = (content: Stream.Stream<Uint8Array, unknown>) =>
        Mail.failSilently(Mail.send(carrying(Attachment.stream(content)))).pipe(
          Effect.provideService(MailBackend.MailBackend, backend)
        )
      assert.strictEqual(yield* send(Stream.fail("gone")), 0)
      assert.strictEqual((yield* Effect.flip(send(Stream.make(untyped("text")))))._tag, "AttachmentError")
      const massMail = Mail.failSilently(Mail.sendMassMail([carrying(Attachment.bytes(untyped("text")))]))
      const error = yield* Effect.flip(Effect.provideService(massMail, MailBackend.MailBackend, backend))
      assert.strictEqual(error._tag, "MassMailError")
    }))

  it.effect("a stream that gives several chunks at once arrives as it is, however it is read", () =>
    Effect.gen(function*() {
      const chunks = Array.from({ length: 5 }, (_, n) => new Uint8Array(57).fill(65 + n))
      const outgoing = yield* Outgoing.prepare(carrying(Attachment.stream(Stream.fromIterable(chunks))))
      assert.strictEqual(yield* whole(outgoing), Buffer.from(yield* Mime.render(outgoing)).toString("latin1"))
    }))
})

describe("a message is a value", () => {
  /** Everything that can be given, in a form that can be changed. */
  const mutable = () => {
    const address = () => ({ address: "a@example.com", name: "A" })
    const octets = () => new Uint8Array([1, 2, 3])
    const attachmentOptions = { filename: "a.bin", headers: [["X-A", "1"]] as Array<[string, string]> }
    const alternative = { content: octets(), contentType: "application/x" }
    return {
      from: address(),
      envelopeFrom: address(),
      to: [address(), "b@example.com" as Address.Input],
      cc: [address()],
      bcc: [address()],
      replyTo: [address()],
      subject: "x",
      references: ["a@b"],
      listUnsubscribe: ["mailto:a@example.com"],
      headers: [["X-A", "1"]] as Array<[string, string]>,
      alternatives: [alternative],
      attachments: [Attachment.bytes(alternative.content, attachmentOptions)],
      attachmentOptions,
      deliveryNotification: {
        notify: ["success"] as Array<"success" | "failure">,
        return: "full" as "full" | "headers",
        envelopeId: "1"
      }
    }
  }

  const spoil = (input: ReturnType<typeof mutable>) => {
    for (const one of [input.from, input.envelopeFrom, ...input.cc, ...input.bcc, ...input.replyTo]) {
      one.address = "eve@example.org"
      one.name = "Eve"
    }
    const [first] = input.to
    if (typeof first === "object") Object.assign(first, { address: "eve@example.org" })
    for (const list of [input.to, input.cc, input.references, input.listUnsubscribe]) {
      list.push(untyped("eve@example.org"))
    }
    for (const pair of [...input.headers, ...input.attachmentOptions.headers]) pair[1] = "spoiled"
    input.headers.push(["X-B", "spoiled"])
    input.attachmentOptions.filename = "spoiled"
    for (const alternative of input.alternatives) {
      alternative.content[0] = 9
      alternative.contentType = "text/spoiled"
    }
    input.deliveryNotification.notify.push("failure")
    input.deliveryNotification.return = "headers"
    input.deliveryNotification.envelopeId = "spoiled"
    input.attachments.push(Attachment.text("spoiled"))
  }

  const byCombinators = (input: ReturnType<typeof mutable>): Message.Message =>
    Message.empty.pipe(
      Message.from(input.from),
      Message.envelopeFrom(input.envelopeFrom),
      Message.to(input.to),
      Message.cc(input.cc),
      Message.bcc(input.bcc),
      Message.replyTo(input.replyTo),
      Message.subject(input.subject),
      Message.references(input.references),
      Message.listUnsubscribe(input.listUnsubscribe),
      (message) => input.headers.reduce((message, [name, value]) => Message.header(message, name, value), message),
      (message) =>
        input.alternatives.reduce(
          (message, { content, contentType }) => Message.alternative(message, content, contentType),
          message
        ),
      Message.attach(input.attachments),
      Message.deliveryNotification(input.deliveryNotification)
    )

  for (const [how, build] of [["make", Message.make], ["the combinators", byCombinators]] as const) {
    it.effect(`made by ${how}, whatever becomes of its input: the same fields, bytes, equality and hash`, () =>
      Effect.gen(function*() {
        const input = mutable()
        const message = build(input)
        const same = build(mutable())
        const outgoing = yield* Outgoing.prepare(message)
        const before = yield* Mime.render(outgoing)
        const hash = Hash.hash(message)
        const printed = JSON.stringify(message)
        spoil(input)
        assert.strictEqual(JSON.stringify(message), printed)
        assert.isTrue(Equal.equals(message, same))
        assert.strictEqual(hash, Hash.hash(same))
        assert.deepStrictEqual(Option.getOrThrow(message.deliveryNotification), mutable().deliveryNotification)
        assert.deepStrictEqual(yield* Mime.render(outgoing), before)
        assert.deepStrictEqual((yield* Outgoing.prepare(message)).envelope, outgoing.envelope)
      }))
  }

  it("cannot be changed by what it shows, not even by a cast", () => {
    const message = Message.make(mutable())
    const notification = Option.getOrThrow(message.deliveryNotification)
    const [attachment] = message.attachments
    for (
      const shown of [
        message,
        message.to,
        message.to[0],
        message.headers,
        message.headers[0],
        message.alternatives,
        message.alternatives[0],
        message.attachments,
        attachment,
        attachment?.headers,
        attachment?.headers[0],
        message.references,
        Option.getOrThrow(message.from),
        notification,
        notification.notify,
        Either.getOrThrow(Address.parse("a@example.com"))
      ]
    ) {
      assert.isTrue(typeof shown === "object")
      assert.isFrozen(shown)
    }
  })

  it.effect("reads each of its inputs once: what answers otherwise the next time changes nothing", () =>
    Effect.gen(function*() {
      const flipping = (...answers: ReadonlyArray<unknown>) => {
        let reads = 0
        return () => answers[Math.min(reads++, answers.length - 1)]
      }
      const address = {
        get address() {
          return untyped(read())
        }
      }
      const read = flipping("a@example.com", "eve@example.org>\r\nRCPT TO:<eve@example.org")
      const envelopeId = flipping("1", "1 ORCPT=rfc822;eve@example.org")
      const notify = flipping("never", ["success\r\nDATA"])
      const message = Message.make({
        ...letter,
        to: address,
        deliveryNotification: {
          get envelopeId() {
            return untyped(envelopeId())
          },
          get notify() {
            return untyped(notify())
          }
        }
      })
      const outgoing = yield* Outgoing.prepare(message)
      assert.deepStrictEqual(outgoing.envelope.to, ["a@example.com"])
      assert.deepStrictEqual(Option.getOrThrow(outgoing.message.deliveryNotification), {
        notify: "never",
        envelopeId: "1"
      })
      const once = flipping("a@example.com", {})
      const parsed = Address.fromInput({
        get address() {
          return untyped(once())
        }
      })
      assert.strictEqual(Either.getOrThrow(parsed).local, "a")
    }))
})

const throwing = (): never => {
  throw new Error("it cannot be read")
}

/** Something that cannot even be looked at. */
const thrower = new Proxy({}, {
  get: throwing,
  has: throwing,
  ownKeys: throwing,
  getPrototypeOf: throwing,
  getOwnPropertyDescriptor: throwing
})

const revoked = (() => {
  const { proxy, revoke } = Proxy.revocable([], {})
  revoke()
  return proxy
})()

describe("forged values", () => {
  const real = Message.make(letter)
  const attachment = Attachment.bytes(new Uint8Array(3), { filename: "a.bin" })
  const json = (value: object, typeId: string): never =>
    ({ ...JSON.parse(JSON.stringify(value)), [typeId]: typeId }) as never
  const copyOf = (value: object): never =>
    Object.create(Object.getPrototypeOf(value), Object.getOwnPropertyDescriptors(value)) as never

  const messages: ReadonlyArray<readonly [string, Message.Message]> = [
    ["null", untyped(null)],
    ["a string", untyped("Hello")],
    ["a message out of JSON", json(real, Message.TypeId)],
    ["a copy with the prototype", copyOf(real)],
    ["a Proxy of a message", new Proxy(real, {})],
    ["a Proxy that throws", untyped(thrower)],
    [
      "one that was changed afterwards",
      pipe(Message.text(json(real, Message.TypeId), "x"), Message.to("eve@example.org"), Message.attach(attachment))
    ],
    ["what make was given that cannot be read", Message.make(untyped(thrower))],
    ["nothing that make was given", Message.make(untyped(null))],
    ["fields that cannot be read", Message.make({ ...letter, to: untyped(thrower) })],
    [
      "a getter that throws",
      Message.make({
        get subject(): string {
          return throwing()
        }
      })
    ],
    [
      "an address whose getter throws",
      Message.to(real, {
        get address(): string {
          return throwing()
        }
      })
    ]
  ]
  for (const [what, message] of messages) {
    it.effect(`${what} instead of a message: an InvalidMessageError, and no bytes`, () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* verdict(message), "InvalidMessageError")
        assert.isFalse(Message.isMessage(message))
      }))
  }

  const attachments: ReadonlyArray<readonly [string, Attachment.Attachment]> = [
    ["an attachment out of JSON", json({ ...attachment, content: "x" }, Attachment.TypeId)],
    ["an unknown tag", json({ _tag: "Path", content: "/etc/passwd" }, Attachment.TypeId)],
    ["a copy with the prototype", copyOf(attachment)],
    ["a Proxy of an attachment", new Proxy(attachment, {})],
    ["a Proxy that throws", untyped(thrower)],
    ["a path", untyped({ path: "/etc/passwd" })],
    [
      "one that was put inline",
      Attachment.inline(json({ _tag: "Path", content: "/etc/passwd" }, Attachment.TypeId), "a")
    ],
    ["options that cannot be read", Attachment.bytes(new Uint8Array(1), untyped(thrower))],
    ["options that are none", Attachment.text("x", untyped(null))],
    ["headers that are none", Attachment.text("x", { headers: untyped(5) })],
    ["a message that is none", Attachment.message(untyped({}))],
    ["a message out of JSON", Attachment.message(json(real, Message.TypeId))],
    ["a Proxy of a message", Attachment.message(new Proxy(real, {}))]
  ]
  for (const [what, forged] of attachments) {
    it.effect(`${what} as an attachment: a typed error`, () =>
      Effect.gen(function*() {
        assert.include(["InvalidMessageError", "AttachmentError"], yield* verdict(carrying(forged)))
        assert.include(["InvalidMessageError", "AttachmentError"], yield* verdict(Message.attach(real, forged)))
      }))
  }

  it.effect("as an address: a typed error", () =>
    Effect.gen(function*() {
      const ada = Either.getOrThrow(Address.parse("Ada <ada@example.com>"))
      const forged = [
        json(ada, Address.TypeId),
        copyOf(ada),
        new Proxy(ada, {}),
        untyped(Symbol("ada")),
        untyped(Object.create(null))
      ]
      for (const address of forged) {
        const isOdd = Either.isLeft(Address.fromInput(address))
        const expected = isOdd ? ["InvalidAddressError"] : ["Right"]
        assert.include(expected, yield* verdict(Message.make({ ...letter, cc: address })))
        assert.isFalse(Address.isAddress(address))
      }
      assert.isTrue(Either.isLeft(Address.fromInput(copyOf(ada))))
      assert.isTrue(Either.isLeft(Address.fromInput(untyped(thrower))))
      assert.isTrue(Either.isLeft(Address.parse(untyped(null))))
    }))

  it.effect("as an Outgoing: an AttachmentError, and no bytes; what is made of it is none either", () =>
    Effect.gen(function*() {
      const outgoing = yield* Outgoing.prepare(real)
      const forged = [
        json(outgoing, Outgoing.TypeId),
        copyOf(outgoing),
        new Proxy(outgoing, {}),
        untyped(null),
        Outgoing.narrow(copyOf(outgoing), () => true),
        Outgoing.redirect(copyOf(outgoing), [])
      ]
      for (const one of forged) {
        assert.isFalse(Outgoing.isOutgoing(one))
        for (const read of [Mime.render(one), Stream.runDrain(Mime.stream(one)), whole(one)]) {
          const error = yield* Effect.flip(read)
          assert.strictEqual(error._tag, "AttachmentError")
          assert.isFalse(error.isTransient)
        }
      }
    }))

  const nested = (depth: number): Message.Message => {
    let message = real
    for (let i = 0; i < depth; i++) message = carrying(Attachment.message(message))
    return message
  }

  it.effect("messages may be nested a hundred deep, and no deeper", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* verdict(nested(100)), "Right")
      yield* Effect.flatMap(Outgoing.prepare(nested(100)), Mime.render)
      for (const depth of [101, 5000]) assert.strictEqual(yield* verdict(nested(depth)), "InvalidMessageError")
    }))

  it.effect("a DateTime that is none is a BadHeaderError", () =>
    Effect.gen(function*() {
      for (
        const date of [
          { [DateTime.TypeId]: DateTime.TypeId },
          {
            [DateTime.TypeId]: DateTime.TypeId,
            _tag: "Utc",
            get epochMillis(): number {
              return throwing()
            }
          },
          5,
          "2026-11-20",
          new Date(0)
        ]
      ) {
        assert.strictEqual(yield* verdict(Message.make({ ...letter, date: untyped(date) })), "BadHeaderError")
      }
    }))
})

describe("garbage", () => {
  const anything: fc.Arbitrary<unknown> = fc.oneof(
    fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSet: true,
      withTypedArray: true
    }),
    fc.constantFrom<unknown>(
      Symbol("x"),
      () => "x",
      NaN,
      "",
      "a@example.com",
      "x\r\ny",
      ["a@example.com", null],
      [["X-A", "1"]],
      ["ab"],
      { address: "a@example.com" },
      { address: null, name: null },
      { content: null, contentType: "text/x" },
      { [Message.TypeId]: Message.TypeId },
      { [Attachment.TypeId]: Attachment.TypeId, _tag: "Text", content: "x" },
      { [Address.TypeId]: Address.TypeId, local: "a", domain: "b" },
      { notify: ["success"], envelopeId: {} },
      Object.create(null),
      new Proxy({}, {}),
      new Proxy([], {})
    )
  )
  const fields = [
    "from",
    "envelopeFrom",
    "to",
    "cc",
    "bcc",
    "replyTo",
    "subject",
    "text",
    "html",
    "alternatives",
    "attachments",
    "headers",
    "date",
    "messageId",
    "inReplyTo",
    "references",
    "listId",
    "listUnsubscribe",
    "charset",
    "deliveryNotification",
    "requireTls"
  ]
  const options = fc.dictionary(fc.constantFrom(...fields), anything, { maxKeys: 4 })
  const ofAttachment = fc.dictionary(
    fc.constantFrom("filename", "contentType", "disposition", "contentId", "headers"),
    anything,
    { maxKeys: 3 }
  )

  /** Succeeds, or fails with a typed error, and never dies. */
  const settles = (message: Message.Message) =>
    Effect.gen(function*() {
      const tag = yield* verdict(message)
      const exit = yield* Effect.exit(Effect.flatMap(Outgoing.prepare(message), Mime.render))
      if (Exit.isFailure(exit)) assert.isTrue(Cause.isFailType(exit.cause), Cause.pretty(exit.cause))
      else assert.strictEqual(tag, "Right")
      if (Message.isMessage(message)) Message.recipients(message)
    })

  /** And can be compared with others. */
  const settlesAsValue = (message: Message.Message) =>
    Effect.tap(settles(message), () => {
      if (!Message.isMessage(message)) return
      Hash.hash(message)
      assert.isTrue(Equal.equals(message, message))
    })

  for (const [what, value] of [["throws", thrower], ["was revoked", revoked]] as const) {
    it.effect(`a Proxy that ${what}, anywhere: an error, and no defect`, () =>
      Effect.gen(function*() {
        for (const field of fields) {
          yield* settles(Message.make(untyped({ ...letter, [field]: value })))
          yield* settles(Message.make(untyped({ ...letter, [field]: [value] })))
          yield* settles(
            Message.make(untyped({ ...letter, [field]: { content: value, contentType: value, address: value } }))
          )
        }
        for (
          const make of [Attachment.bytes, Attachment.text, Attachment.message, Attachment.stream, Attachment.inline]
        ) {
          for (
            const options of [value, {}, { filename: value }, { contentType: value }, { headers: value }, {
              headers: [[value, value]]
            }]
          ) {
            yield* settles(carrying(untyped(make(untyped(value), untyped(options)))))
          }
        }
        yield* Effect.forEach(
          [
            Message.from(Message.make(letter), untyped(value)),
            Message.to(Message.make(letter), untyped(value)),
            Message.attach(Message.make(letter), untyped(value)),
            Message.header(Message.make(letter), untyped(value), untyped(value)),
            Message.alternative(Message.make(letter), untyped(value), untyped(value)),
            Message.deliveryNotification(Message.make(letter), untyped(value)),
            Message.date(Message.make(letter), untyped(value)),
            Message.charset(Message.make(letter), untyped(value))
          ],
          settles
        )
      }))
  }

  it.effect.prop(
    "in any field of a message is an error or a message",
    [options, fc.boolean()],
    ([given, isWhole]) => settlesAsValue(Message.make(untyped(isWhole ? { ...letter, ...given } : given))),
    runs(300, 120_000)
  )

  it.effect.prop(
    "instead of the options is an error or a message",
    [anything],
    ([given]) => settlesAsValue(Message.make(untyped(given))),
    runs(100, 120_000)
  )

  it.effect.prop(
    "as an attachment, and in its options, is an error or an attachment",
    [anything, fc.oneof(anything, ofAttachment)],
    ([content, given]) =>
      Effect.forEach(
        [Attachment.bytes, Attachment.text, Attachment.message, Attachment.stream, Attachment.inline],
        (make) => settlesAsValue(carrying(untyped(make(untyped(content), untyped(given))))),
        { discard: true }
      ),
    runs(100, 120_000)
  )

  it.effect.prop("in a combinator is an error or a message", [anything, anything], ([one, other]) =>
    Effect.forEach(
      [
        Message.from(Message.make(letter), untyped(one)),
        Message.to(Message.make(letter), untyped(one)),
        Message.attach(Message.make(letter), untyped(one)),
        Message.header(Message.make(letter), untyped(one), untyped(other)),
        Message.alternative(Message.make(letter), untyped(one), untyped(other)),
        Message.references(Message.make(letter), untyped(one)),
        Message.deliveryNotification(Message.make(letter), untyped(one)),
        Message.date(Message.make(letter), untyped(one)),
        Message.subject(untyped(one), untyped(other))
      ],
      settlesAsValue,
      { discard: true }
    ), runs(100, 120_000))
})
