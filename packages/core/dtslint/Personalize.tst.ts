import { Message, MessageSchema, Template } from "@effect-mail/core"
import type { Schema, Stream } from "effect"
import { describe, expect, test } from "tstyche"

interface Row {
  readonly email: string
  readonly name: string
  readonly count: number
  readonly tags: ReadonlyArray<string>
}

declare const base: Message.Message
declare const rows: Stream.Stream<Row, "unreadable", "database">
declare const list: ReadonlyArray<Row>

const { html, text, url } = Template.make<Row>()

const to = ({ email }: Row) => email

describe("Message.personalize", () => {
  test("keeps the error and the need of the rows", () => {
    expect(Message.personalize(base, rows, { to })).type.toBe<
      Stream.Stream<Message.Message, "unreadable", "database">
    >()
    expect(Message.personalize(base, list, { to })).type.toBe<Stream.Stream<Message.Message>>()
  })

  test("takes fields of the row alone, those that can be written", () => {
    expect(text).type.toBeCallableWith(["Hello ", ""] as unknown as TemplateStringsArray, "name")
    expect(text).type.toBeCallableWith(["", ""] as unknown as TemplateStringsArray, "count")
    expect(text).type.toBeCallableWith(["", ""] as unknown as TemplateStringsArray, ({ tags }: Row) => tags.join())
    expect(text).type.not.toBeCallableWith(["", ""] as unknown as TemplateStringsArray, "nmae")
    expect(text).type.not.toBeCallableWith(["", ""] as unknown as TemplateStringsArray, "tags")
  })

  test("takes each template in its place", () => {
    const inText = text`Hello ${"name"}`
    const inHtml = html`<p>${"name"}</p>`
    const inUrl = url`https://example.com/${"email"}`
    expect(Message.personalize).type.toBeCallableWith(base, list, {
      to,
      subject: inText,
      text: inText,
      html: inHtml,
      listUnsubscribe: inUrl
    })
    expect(Message.personalize).type.not.toBeCallableWith(base, list, { to, html: inText })
    expect(Message.personalize).type.not.toBeCallableWith(base, list, { to, text: inHtml })
    expect(Message.personalize).type.not.toBeCallableWith(base, list, { to, listUnsubscribe: inText })
    expect(Message.personalize).type.not.toBeCallableWith(base, list, { text: inText })
  })
})

describe("MessageSchema", () => {
  test("is a codec between messages and JSON, without needs", () => {
    expect(MessageSchema.Message).type.toBe<Schema.Schema<Message.Message, MessageSchema.Encoded>>()
    expect(MessageSchema.FromSelf).type.toBe<Schema.Schema<Message.Message>>()
  })
})
