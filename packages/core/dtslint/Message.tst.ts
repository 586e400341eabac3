import type { MailError } from "@effect-mail/core"
import { Address, Attachment, Message } from "@effect-mail/core"
import type { PlatformError } from "@effect/platform/Error"
import { FileSystem } from "@effect/platform/FileSystem"
import type { Path } from "@effect/platform/Path"
import type { DateTime, Either, Schema } from "effect"
import { Effect, Stream } from "effect"
import { describe, expect, test } from "tstyche"

declare const message: Message.Message
declare const address: Address.Address
declare const attachment: Attachment.Attachment
declare const date: DateTime.DateTime

type Change = (self: Message.Message) => Message.Message

describe("combinators", () => {
  test("data-first", () => {
    expect(Message.from(message, address)).type.toBe<Message.Message>()
    expect(Message.envelopeFrom(message, "")).type.toBe<Message.Message>()
    expect(Message.to(message, ["a", address, { address: "b", name: "B" }])).type.toBe<Message.Message>()
    expect(Message.cc(message, "a")).type.toBe<Message.Message>()
    expect(Message.bcc(message, "a")).type.toBe<Message.Message>()
    expect(Message.replyTo(message, "a")).type.toBe<Message.Message>()
    expect(Message.subject(message, "")).type.toBe<Message.Message>()
    expect(Message.text(message, "")).type.toBe<Message.Message>()
    expect(Message.html(message, "")).type.toBe<Message.Message>()
    expect(Message.alternative(message, "", "text/x")).type.toBe<Message.Message>()
    expect(Message.attach(message, [attachment])).type.toBe<Message.Message>()
    expect(Message.header(message, "X-A", "")).type.toBe<Message.Message>()
    expect(Message.date(message, date)).type.toBe<Message.Message>()
    expect(Message.messageId(message, "")).type.toBe<Message.Message>()
    expect(Message.inReplyTo(message, "")).type.toBe<Message.Message>()
    expect(Message.references(message, [""])).type.toBe<Message.Message>()
    expect(Message.listId(message, "")).type.toBe<Message.Message>()
    expect(Message.listUnsubscribe(message, "")).type.toBe<Message.Message>()
    expect(Message.charset(message, "utf-8")).type.toBe<Message.Message>()
    expect(Message.bodyContains(message, "")).type.toBe<boolean>()
  })

  test("data-last", () => {
    expect(Message.from(address)).type.toBe<Change>()
    expect(Message.envelopeFrom("")).type.toBe<Change>()
    expect(Message.to(["a", address])).type.toBe<Change>()
    expect(Message.cc("a")).type.toBe<Change>()
    expect(Message.bcc("a")).type.toBe<Change>()
    expect(Message.replyTo("a")).type.toBe<Change>()
    expect(Message.subject("")).type.toBe<Change>()
    expect(Message.text("")).type.toBe<Change>()
    expect(Message.html("")).type.toBe<Change>()
    expect(Message.alternative(new Uint8Array(), "text/x")).type.toBe<Change>()
    expect(Message.attach(attachment)).type.toBe<Change>()
    expect(Message.header("X-A", "")).type.toBe<Change>()
    expect(Message.date(date)).type.toBe<Change>()
    expect(Message.messageId("")).type.toBe<Change>()
    expect(Message.inReplyTo("")).type.toBe<Change>()
    expect(Message.references("")).type.toBe<Change>()
    expect(Message.listId("")).type.toBe<Change>()
    expect(Message.listUnsubscribe([""])).type.toBe<Change>()
    expect(Message.charset("us-ascii")).type.toBe<Change>()
    expect(Message.bodyContains("")).type.toBe<(self: Message.Message) => boolean>()
    expect(message.pipe(Message.to("a"), Message.subject(""))).type.toBe<Message.Message>()
  })

  test("take nothing else", () => {
    expect(Message.to).type.not.toBeCallableWith(message, 5)
    expect(Message.charset).type.not.toBeCallableWith(message, "utf-7")
    expect(Message.attach).type.not.toBeCallableWith(message, { path: "/etc/passwd" })
    expect(Message.make).type.not.toBeCallableWith({ form: "ada@example.com" })
  })

  test("make takes undefined where a value may be missing", () => {
    expect(Message.make).type.toBeCallableWith({ from: undefined, to: undefined, text: undefined, date: undefined })
  })

  test("a message cannot be changed", () => {
    expect<Message.Message["to"]>().type.toBe<ReadonlyArray<Address.Input>>()
    expect<Message.Message["headers"]>().type.toBe<ReadonlyArray<readonly [name: string, value: string]>>()
  })
})

describe("what can fail says so", () => {
  test("addresses", () => {
    expect(Address.parse("")).type.toBe<Either.Either<Address.Address, MailError.InvalidAddressError>>()
    expect(Address.Schema).type.toBe<Schema.Schema<Address.Address, string>>()
  })

  test("validate", () => {
    expect(Message.validate(message)).type.toBe<Either.Either<Message.Message, MailError.MessageError>>()
  })

  test("attachments from files, and no others", () => {
    expect(Attachment.text("")).type.toBe<Attachment.Attachment>()
    expect(Attachment.stream(Stream.fail("x"))).type.toBe<Attachment.Attachment>()
    const rows = Stream.fromEffect(Effect.as(FileSystem, new Uint8Array()))
    expect(Attachment.stream).type.not.toBeCallableWith(rows)
    expect(Attachment.fromStream(rows)).type.toBe<Effect.Effect<Attachment.Attachment, never, FileSystem>>()
    expect(Attachment.stream).type.not.toBeCallableWith(Stream.make("text"))
    expect(Attachment.file("")).type.toBe<
      Effect.Effect<Attachment.Attachment, PlatformError, FileSystem | Path>
    >()
  })

  test("inline in all its forms", () => {
    expect(Attachment.inline("logo")).type.toBe<(self: Attachment.Attachment) => Attachment.Attachment>()
    expect(Attachment.inline(attachment, "logo")).type.toBe<Attachment.Attachment>()
    expect(Attachment.inline(new Uint8Array(), { contentId: "logo" })).type.toBe<Attachment.Attachment>()
    expect(Attachment.inline).type.not.toBeCallableWith(new Uint8Array(), { filename: "logo.png" })
  })
})
