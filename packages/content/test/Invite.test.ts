import { Invite } from "@effect-mail/content"
import { Message } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { render } from "@effect-mail/test-kit/RenderedMessage"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, FastCheck as fc } from "effect"
import ICAL from "ical.js"

const event: Invite.Event = {
  uid: "lunch-42@example.com",
  sequence: 3,
  start: DateTime.unsafeMake("2026-12-01T12:00:00Z"),
  end: DateTime.unsafeMake("2026-12-01T13:00:00Z"),
  summary: "Lunch, \"or\" not; \u00fc",
  description: "Line one\nLine two",
  location: "Room 1",
  url: "https://example.com/lunch"
}

const message = Message.make({
  from: { name: "Ada \"the\" ^ Lovelace", address: "ada@example.com" },
  to: ["Bob <bob@example.org>", "eve@example.net"],
  subject: "Lunch",
  text: "Lunch?",
  html: "<p>Lunch?</p>"
})

/** The calendar in a message, as a reader of another author reads it. */
const read = (message: Message.Message) =>
  Effect.map(render(message), ({ entity }) => {
    const [alternative, file] = entity.children
    const part = alternative?.children.at(-1)
    const text = part === undefined ? "" : MimeReader.textOf(part)
    assert.strictEqual(file === undefined ? "" : new TextDecoder().decode(file.octets), text)
    assert.isTrue(text.endsWith("\r\n"))
    for (const line of text.split("\r\n")) assert.isAtMost(new TextEncoder().encode(line).length, 75, line)
    const calendar = new ICAL.Component(ICAL.parse(text))
    const component = calendar.getFirstSubcomponent("vevent")
    if (component === null) return assert.fail("there is no event")
    const attendees = component.getAllProperties("attendee")
    return {
      structure: MimeReader.structure(entity),
      type: part === undefined ? undefined : MimeReader.header(part, "Content-Type"),
      method: calendar.getFirstPropertyValue("method"),
      event: new ICAL.Event(component),
      status: component.getFirstPropertyValue("status"),
      organizer: component.getFirstProperty("organizer"),
      attendees: attendees.map((each) => String(each.getFirstValue()).toLowerCase()),
      answers: attendees.map((each) => each.getParameter("partstat"))
    }
  })

const refused = (effect: Effect.Effect<unknown, Invite.InviteError>) =>
  Effect.map(Effect.flip(effect), ({ field }) => field)

describe("Invite", () => {
  it.effect("asks all recipients, in the name of the author", () =>
    Effect.gen(function*() {
      const calendar = yield* read(yield* Invite.request(event)(message))
      assert.strictEqual(calendar.method, "REQUEST")
      assert.match(calendar.type ?? "", /^text\/calendar;.*method=REQUEST/s)
      assert.strictEqual(String(calendar.organizer?.getFirstValue()), "mailto:ada@example.com")
      // RFC 6868.
      assert.include(["Ada \"the\" ^ Lovelace", "Ada ^'the^' ^^ Lovelace"], calendar.organizer?.getParameter("cn"))
      assert.deepStrictEqual(calendar.attendees, ["mailto:bob@example.org", "mailto:eve@example.net"])
      assert.strictEqual(calendar.event.uid, event.uid)
      assert.strictEqual(calendar.event.sequence, 3)
      assert.strictEqual(calendar.event.summary, event.summary)
      assert.strictEqual(calendar.event.description, event.description)
      assert.strictEqual(calendar.event.startDate.toJSDate().toISOString(), "2026-12-01T12:00:00.000Z")
      assert.deepStrictEqual(calendar.answers, ["NEEDS-ACTION", "NEEDS-ACTION"])
    }))

  it.effect("counts up with each version, and takes the event away", () =>
    Effect.gen(function*() {
      const later = Invite.update(event, { summary: "Supper" })
      const updated = yield* read(yield* Invite.request(later)(message))
      assert.deepStrictEqual([updated.event.uid, updated.event.sequence, updated.event.summary], [
        event.uid,
        4,
        "Supper"
      ])
      const cancelled = yield* read(yield* Invite.cancel(later)(message))
      assert.deepStrictEqual([cancelled.method, cancelled.status, cancelled.event.sequence], ["CANCEL", "CANCELLED", 5])
    }))

  it.effect("answers the organizer alone", () =>
    Effect.gen(function*() {
      const answer = Message.make({ from: "bob@example.org", to: "ada@example.com", text: "Yes" })
      for (
        const [said, written] of [["accepted", "ACCEPTED"], ["declined", "DECLINED"], [
          "tentative",
          "TENTATIVE"
        ]] as const
      ) {
        const calendar = yield* read(yield* Invite.reply(event, said)(answer))
        assert.deepStrictEqual([calendar.method, calendar.event.sequence], ["REPLY", 3])
        assert.deepStrictEqual([calendar.attendees, calendar.answers], [["mailto:bob@example.org"], [written]])
        assert.strictEqual(String(calendar.organizer?.getFirstValue()), "mailto:ada@example.com")
      }
      assert.strictEqual(yield* refused(Invite.reply(event, "accepted")(message)), "to")
    }))

  it.effect("writes whole days as dates of the zone", () =>
    Effect.gen(function*() {
      const day = (date: string) => DateTime.unsafeMakeZoned(date, { timeZone: "Asia/Tokyo", adjustForTimeZone: true })
      const holiday = { ...event, isAllDay: true, start: day("2026-12-24"), end: day("2026-12-27") }
      const calendar = yield* read(yield* Invite.request(holiday)(message))
      assert.isTrue(calendar.event.startDate.isDate)
      assert.strictEqual(calendar.event.startDate.toString(), "2026-12-24")
      assert.strictEqual(calendar.event.endDate.toString(), "2026-12-27")
    }))

  it.effect("refuses what calendars would not understand, and says what it is", () =>
    Effect.gen(function*() {
      const field = (changes: Partial<Invite.Event>) => refused(Invite.request({ ...event, ...changes })(message))
      assert.strictEqual(yield* field({ summary: "x\r\nATTENDEE:mailto:eve@evil.example" }), "summary")
      assert.strictEqual(yield* field({ location: "x\ny" }), "location")
      assert.strictEqual(yield* field({ description: "x\0" }), "description")
      assert.strictEqual(yield* field({ description: "x".repeat(40_000) }), "description")
      assert.strictEqual(yield* field({ uid: "a b" }), "uid")
      assert.strictEqual(yield* field({ uid: "" }), "uid")
      assert.strictEqual(yield* field({ url: "javascript:alert(1)" }), "url")
      assert.strictEqual(yield* field({ sequence: -1 }), "sequence")
      assert.strictEqual(yield* field({ sequence: 0.5 }), "sequence")
      assert.strictEqual(yield* field({ end: event.start }), "end")
      const of = (message: Message.Message) => refused(Invite.request(event)(message))
      assert.strictEqual(yield* of(Message.make({ to: "bob@example.org" })), "from")
      assert.strictEqual(yield* of(Message.make({ from: "ada@example.com" })), "to")
      assert.strictEqual(yield* of(Message.bcc(message, "max@example.org")), "bcc")
      assert.strictEqual(yield* of(Message.make({ from: "ada@example.com", to: "x" })), "to")
      const name = { name: "Bob\r\nX:y", address: "bob@example.org" }
      assert.strictEqual(yield* of(Message.make({ from: "ada@example.com", to: name })), "to")
    }))

  const text = fc.string({ unit: "grapheme", maxLength: 120 }).filter((text) =>
    text.isWellFormed() && !/[\x00-\x1f\x7f]/.test(text)
  )

  it.effect.prop(
    "gives every text back as it was",
    [text, text, text],
    ([summary, description, location]) =>
      Effect.gen(function*() {
        const calendar = yield* read(yield* Invite.request({ ...event, summary, description, location })(message))
        assert.strictEqual(calendar.event.summary ?? "", summary)
        assert.strictEqual(calendar.event.description ?? "", description)
        assert.strictEqual(calendar.event.location ?? "", location)
      })
  )
})
