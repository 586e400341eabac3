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
const calendarOf = (message: Message.Message) =>
  Effect.map(render(message), ({ entity }) => {
    const part = entity.children[0]?.children.at(-1)
    return new ICAL.Component(ICAL.parse(part === undefined ? "" : MimeReader.textOf(part)))
  })

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
      component,
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

  const berlin = (text: string) =>
    DateTime.unsafeMakeZoned(text, { timeZone: "Europe/Berlin", adjustForTimeZone: true })

  const weekly: Invite.Event = {
    ...event,
    start: berlin("2026-10-13T12:00:00"),
    end: berlin("2026-10-13T13:00:00"),
    recurrence: { frequency: "weekly", byDay: ["TU"] }
  }

  /** The starts of an event, as ical.js makes them of the rule and the zone that are in the calendar. */
  const startsOf = (made: Effect.Effect<Message.Message, Invite.InviteError>, most: number) =>
    Effect.map(Effect.flatMap(made, calendarOf), (calendar) => {
      const component = calendar.getFirstSubcomponent("vevent")
      if (component === null) return assert.fail("there is no event")
      const zones = calendar.getAllSubcomponents("vtimezone").map((zone) => new ICAL.Timezone(zone))
      const first = new ICAL.Event(component)
      const starts: Array<string> = []
      const times = first.iterator()
      for (let next = times.next(); starts.length < most && next != null; next = times.next()) {
        const zone = zones.find(({ tzid }) =>
          tzid === String(component.getFirstProperty("dtstart")?.getParameter("tzid"))
        )
        if (zone !== undefined) next.zone = zone
        starts.push(next.isDate ? next.toString() : new Date(next.toUnixTime() * 1000).toISOString())
      }
      return { starts, zones: zones.map(({ tzid }) => tzid) }
    })

  it.effect("keeps a recurring event at the same time of the clock when the clocks change", () =>
    Effect.gen(function*() {
      const { starts, zones } = yield* startsOf(Invite.request(weekly)(message), 4)
      assert.deepStrictEqual(zones, ["Europe/Berlin"])
      assert.deepStrictEqual(starts, [
        "2026-10-13T10:00:00.000Z",
        "2026-10-20T10:00:00.000Z",
        "2026-10-27T11:00:00.000Z",
        "2026-11-03T11:00:00.000Z"
      ])
      const utc = { ...weekly, start: DateTime.toUtc(weekly.start), end: DateTime.toUtc(weekly.end) }
      const inUtc = yield* startsOf(Invite.request(utc)(message), 3)
      assert.deepStrictEqual(inUtc, {
        zones: [],
        starts: ["2026-10-13T10:00:00.000Z", "2026-10-20T10:00:00.000Z", "2026-10-27T10:00:00.000Z"]
      })
    }))

  it.effect("ends a rule, and leaves out what is excepted", () =>
    Effect.gen(function*() {
      const rule = (recurrence: Omit<Invite.Recurrence, "frequency">, changes: Partial<Invite.Event> = {}) =>
        Effect.map(
          startsOf(
            Invite.request({ ...weekly, ...changes, recurrence: { frequency: "weekly", ...recurrence } })(message),
            50
          ),
          ({ starts }) => starts.map((start) => start.slice(0, 10))
        )
      assert.deepStrictEqual(yield* rule({ count: 3 }), ["2026-10-13", "2026-10-20", "2026-10-27"])
      assert.deepStrictEqual(
        yield* rule({ interval: 2, until: berlin("2026-11-10T12:00:00"), except: [berlin("2026-10-27T12:00:00")] }),
        ["2026-10-13", "2026-11-10"]
      )
      const day = (text: string) => DateTime.unsafeMakeZoned(text, { timeZone: "Asia/Tokyo", adjustForTimeZone: true })
      assert.deepStrictEqual(
        yield* rule({ until: day("2026-11-03"), except: [day("2026-10-20")] }, {
          isAllDay: true,
          start: day("2026-10-13"),
          end: day("2026-10-14")
        }),
        ["2026-10-13", "2026-10-27", "2026-11-03"]
      )
      const monthly = { ...weekly, recurrence: { frequency: "monthly" as const, byDay: ["-1TU" as const], count: 2 } }
      const { starts } = yield* startsOf(Invite.request(monthly)(message), 9)
      assert.deepStrictEqual(starts, ["2026-10-27T11:00:00.000Z", "2026-11-24T11:00:00.000Z"])
    }))

  it.effect("changes and takes away one of a recurring event", () =>
    Effect.gen(function*() {
      const second = berlin("2026-10-27T12:00:00")
      const moved = Invite.occurrence(weekly, second, {
        start: berlin("2026-10-28T09:00:00"),
        end: berlin("2026-10-28T10:00:00")
      })
      for (const [make, method] of [[Invite.request, "REQUEST"], [Invite.cancel, "CANCEL"]] as const) {
        const { component, event: read_, method: written } = yield* read(yield* make(moved)(message))
        assert.strictEqual(written, method)
        assert.strictEqual(read_.uid, weekly.uid)
        assert.isFalse(read_.isRecurring())
        assert.isAbove(read_.sequence, weekly.sequence)
        assert.strictEqual(String(component.getFirstProperty("recurrence-id")?.getParameter("tzid")), "Europe/Berlin")
        assert.strictEqual(String(component.getFirstPropertyValue("recurrence-id")), "2026-10-27T12:00:00")
        assert.strictEqual(String(component.getFirstPropertyValue("dtstart")), "2026-10-28T09:00:00")
      }
      const same = Invite.occurrence(weekly, second)
      assert.strictEqual(DateTime.distance(same.start, same.end), 60 * 60 * 1000)
    }))

  it.effect("refuses rules that calendars would not understand", () =>
    Effect.gen(function*() {
      const field = (recurrence: Partial<Invite.Recurrence>, changes: Partial<Invite.Event> = {}) =>
        refused(Invite.request({ ...weekly, ...changes, recurrence: { frequency: "weekly", ...recurrence } })(message))
      assert.strictEqual(yield* field({ count: 0 }), "recurrence.count")
      assert.strictEqual(yield* field({ interval: 0.5 }), "recurrence.interval")
      assert.strictEqual(yield* field({ count: 2, until: weekly.end }), "recurrence.until")
      assert.strictEqual(yield* field({ until: berlin("2026-10-12T12:00:00") }), "recurrence.until")
      assert.strictEqual(yield* field({ byDay: ["2TU"] }), "recurrence.byDay")
      assert.strictEqual(yield* field({ frequency: "monthly", byDay: ["6TU"] }), "recurrence.byDay")
      const injected: Invite.Recurrence = JSON.parse("{\"frequency\":\"weekly\",\"byDay\":[\"MO\\r\\nX:y\"]}")
      assert.strictEqual(yield* field(injected), "recurrence.byDay")
      const unknown: Invite.Recurrence = JSON.parse("{\"frequency\":\"hourly\"}")
      assert.strictEqual(yield* field(unknown), "recurrence.frequency")
      assert.strictEqual(yield* field({}, { occurrence: weekly.start }), "occurrence")
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
