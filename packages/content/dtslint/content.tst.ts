import { Invite, Markdown, PlainText } from "@effect-mail/content"
import type { Message } from "@effect-mail/core"
import type { Effect, Either } from "effect"
import { describe, expect, test } from "tstyche"

declare const message: Message.Message
declare const event: Invite.Event

describe("Invite", () => {
  test("gives a message, or the field that is wrong", () => {
    type Made = (message: Message.Message) => Effect.Effect<Message.Message, Invite.InviteError>
    expect(Invite.request(event)).type.toBe<Made>()
    expect(Invite.cancel(event)).type.toBe<Made>()
    expect(Invite.reply(event, "accepted")).type.toBe<Made>()
    expect(Invite.reply).type.not.toBeCallableWith(event, "maybe")
  })

  test("a version keeps the uid, and counts by itself", () => {
    expect(Invite.update(event, { summary: "" })).type.toBe<Invite.Event>()
    expect(Invite.update).type.not.toBeCallableWith(event, { uid: "" })
    expect(Invite.update).type.not.toBeCallableWith(event, { sequence: 1 })
    expect(Invite.occurrence).type.not.toBeCallableWith(event, event.start, { recurrence: { frequency: "daily" } })
  })

  test("a rule recurs by what calendars know", () => {
    expect<Invite.Recurrence>().type.toBeAssignableFrom<{ frequency: "monthly"; byDay: ["2TU", "-1FR"] }>()
    expect<Invite.Recurrence>().type.not.toBeAssignableFrom<{ frequency: "hourly" }>()
    expect<Invite.Recurrence>().type.not.toBeAssignableFrom<{ frequency: "weekly"; byDay: ["XX"] }>()
  })
})

describe("Markdown and PlainText", () => {
  test("both ways to call", () => {
    type Made = Either.Either<Message.Message, Markdown.MarkdownError>
    expect(Markdown.content("")).type.toBe<(self: Message.Message) => Made>()
    expect(Markdown.content(message, "")).type.toBe<Made>()
    expect(PlainText.add(message)).type.toBe<Either.Either<Message.Message, PlainText.PlainTextError>>()
    expect(PlainText.fromHtml("")).type.toBe<Either.Either<string, PlainText.PlainTextError>>()
  })
})
