/**
 * Invitations to calendars (iMIP: RFC 6047, RFC 5546): what must agree between a message and the event in it does, since both
 * are made together. The organizer is the author of the message, the attendees are its recipients, and the method is in
 * the event and in its type.
 *
 * Times are written in UTC, or as dates for whole days; those of recurring events in the zone of the event, which is described
 * beside them (VTIMEZONE).
 *
 * @since 0.1.0
 */
import { Address, Attachment, Message } from "@effect-mail/core"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Calendar from "./internal/calendar.js"
import type { Event } from "./internal/calendar.js"
import * as Recurrence from "./internal/recurrence.js"

export type {
  /**
   * An event to invite to.
   *
   * @since 0.1.0
   * @category models
   */
  Event
} from "./internal/calendar.js"

export type {
  /**
   * How an event recurs.
   *
   * @since 0.1.0
   * @category models
   */
  Recurrence,
  /**
   * A day of the week.
   *
   * @since 0.1.0
   * @category models
   */
  Weekday
} from "./internal/recurrence.js"

/**
 * An invitation that calendars would not understand: `field` is what is wrong, of the event or of the message.
 *
 * @since 0.1.0
 * @category errors
 */
export class InviteError extends Schema.TaggedError<InviteError>("@effect-mail/content/InviteError")(
  "InviteError",
  { field: Schema.String, reason: Schema.String }
) {
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `Bad invitation: ${this.field}: ${this.reason}`
  }
}

/**
 * What an attendee says.
 *
 * @since 0.1.0
 * @category models
 */
export type Answer = "accepted" | "declined" | "tentative"

const fail = (field: string, reason: string): Either.Either<never, InviteError> =>
  Either.left(new InviteError({ field, reason }))

/** What a line of a calendar must not hold. Line breaks and tabs are escaped there. */
const forbidden = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/
const longestText = 32_000
const mostAttendees = 1000

const checkText = (field: string, text: string | undefined, isLine: boolean): Either.Either<void, InviteError> => {
  if (text === undefined) return Either.void
  if (typeof text !== "string") return fail(field, "it is not a string")
  if (text.length > longestText) return fail(field, `it is longer than ${longestText} characters`)
  if (!text.isWellFormed()) return fail(field, "it holds a lone surrogate")
  return forbidden.test(text) || (isLine && /[\r\n\t]/.test(text))
    ? fail(field, isLine ? "it holds a line break or another control character" : "it holds a control character")
    : Either.void
}

const checkEvent = (event: Event): Either.Either<void, InviteError> =>
  Either.gen(function*() {
    yield* checkText("uid", event.uid, true)
    if (!/^[\x21-\x7e]{1,250}$/.test(event.uid)) {
      return yield* fail("uid", "it is not up to 250 ASCII characters without blanks")
    }
    if (!Number.isSafeInteger(event.sequence) || event.sequence < 0 || event.sequence > 2 ** 31 - 2) {
      return yield* fail("sequence", "it is not a whole number from 0 on")
    }
    yield* checkText("summary", event.summary, true)
    yield* checkText("location", event.location, true)
    yield* checkText("description", event.description, false)
    if (event.url !== undefined && !/^https?:\/\/[\x21-\x7e]{1,1900}$/i.test(event.url)) {
      return yield* fail("url", "it is not an http: or https: URL in ASCII")
    }
    if (!DateTime.isDateTime(event.start) || !DateTime.isDateTime(event.end)) {
      return yield* fail("start", "start and end are not DateTimes")
    }
    if (!DateTime.lessThan(event.start, event.end)) {
      return yield* fail("end", "it is not behind the start")
    }
    const zone = Calendar.zoneOf(event)
    if (Option.isSome(zone) && !Calendar.isKnownZone(zone.value)) {
      return yield* fail("start", "its time zone is not one of the IANA database")
    }
    if (event.occurrence !== undefined) {
      if (!DateTime.isDateTime(event.occurrence)) return yield* fail("occurrence", "it is not a DateTime")
      if (event.recurrence !== undefined) return yield* fail("occurrence", "one of a recurring event does not recur")
    }
    if (event.recurrence !== undefined) {
      yield* Either.mapLeft(Recurrence.check(event.recurrence, event.start), (fault) => new InviteError(fault))
    }
  })

const person = (field: string, input: Address.Input): Either.Either<Calendar.Person, InviteError> =>
  Either.match(Address.fromInput(input), {
    onLeft: ({ reason }) => fail(field, reason),
    onRight: (address) => {
      const name = Option.getOrUndefined(address.name)
      return Either.map(checkText(field, name, true), () => ({ address: Address.addrSpec(address), name }))
    }
  })

const people = (field: string, inputs: ReadonlyArray<Address.Input>) =>
  Either.all(inputs.map((input) => person(field, input)))

const organizer = (message: Message.Message): Either.Either<Calendar.Person, InviteError> =>
  Option.match(message.from, {
    onNone: () => fail("from", "the message has no author, who must be the organizer"),
    onSome: (from) => person("from", from)
  })

const attendees = (message: Message.Message): Either.Either<ReadonlyArray<Calendar.Person>, InviteError> => {
  const inputs = [...message.to, ...message.cc]
  if (message.bcc.length > 0) return fail("bcc", "an attendee cannot be blind: the event names all of them")
  if (inputs.length === 0) return fail("to", "the message has no recipient, who must be the attendee")
  return inputs.length > mostAttendees
    ? fail("to", `there are more than ${mostAttendees} attendees`)
    : people("to", inputs)
}

/** The event as a form of the content, which calendars read, and as a file, for programs that read only that. */
const withCalendar = (message: Message.Message, calendar: string, method: Calendar.Method): Message.Message =>
  message.pipe(
    Message.alternative(calendar, `text/calendar; method=${method}`),
    Message.attach(Attachment.text(calendar, { filename: "invite.ics", contentType: "application/ics" }))
  )

const make = (
  message: Message.Message,
  event: Event,
  method: Calendar.Method,
  parties: Either.Either<Calendar.Parties, InviteError>
): Effect.Effect<Message.Message, InviteError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Either.map(
      Either.flatMap(checkEvent(event), () => parties),
      (parties) => withCalendar(message, Calendar.format(event, method, parties, new Date(now)), method)
    ))

const asOrganizer = (message: Message.Message): Either.Either<Calendar.Parties, InviteError> =>
  Either.all({ organizer: organizer(message), attendees: attendees(message) })

/**
 * Invites the recipients of the message, or tells them of a new version of the event. Each is asked to answer to the author.
 *
 * Fails with `InviteError` for an event that ends before it begins, for texts with control characters, and for a message
 * without an author or recipients, or with blind ones.
 *
 * @example
 * ```ts
 * import { Invite } from "@effect-mail/content"
 * import { Mail, Message } from "@effect-mail/core"
 * import { DateTime, Effect } from "effect"
 *
 * const lunch: Invite.Event = {
 *   uid: "lunch-42@example.com",
 *   sequence: 0,
 *   start: DateTime.unsafeMake("2026-12-01T12:00:00Z"),
 *   end: DateTime.unsafeMake("2026-12-01T13:00:00Z"),
 *   summary: "Lunch"
 * }
 *
 * const program = Message.make({ from: "ada@example.com", to: "bob@example.org", subject: "Lunch", text: "Tuesday, noon" })
 *   .pipe(Invite.request(lunch), Effect.flatMap(Mail.send))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const request = (event: Event) => (message: Message.Message): Effect.Effect<Message.Message, InviteError> =>
  make(message, event, "REQUEST", asOrganizer(message))

/**
 * The next version of an event, to be sent by `request`: with the same `uid`, and a higher `sequence`.
 *
 * @example
 * ```ts
 * import { Invite } from "@effect-mail/content"
 * import type { Message } from "@effect-mail/core"
 *
 * const moved = (lunch: Invite.Event, message: Message.Message) =>
 *   Invite.request(Invite.update(lunch, { location: "Room 2" }))(message)
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const update = (event: Event, changes: Partial<Omit<Event, "uid" | "sequence">>): Event => ({
  ...event,
  ...changes,
  sequence: event.sequence + 1
})

/**
 * One of a recurring event, to be changed by `request`, or taken away by `cancel`. `start` is when it would start by the rule.
 * The others stay as they are.
 *
 * @example
 * ```ts
 * import { Invite } from "@effect-mail/content"
 * import { DateTime } from "effect"
 *
 * const noon = (date: string) =>
 *   DateTime.unsafeMakeZoned(`${date}T12:00:00`, { timeZone: "Europe/Berlin", adjustForTimeZone: true })
 *
 * const lunch: Invite.Event = {
 *   uid: "lunch-42@example.com",
 *   sequence: 0,
 *   start: noon("2026-12-01"),
 *   end: DateTime.add(noon("2026-12-01"), { hours: 1 }),
 *   summary: "Lunch",
 *   recurrence: { frequency: "weekly", byDay: ["TU"] }
 * }
 *
 * const later = Invite.occurrence(lunch, noon("2026-12-08"), {
 *   start: noon("2026-12-09"),
 *   end: DateTime.add(noon("2026-12-09"), { hours: 1 })
 * })
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const occurrence = (
  event: Event,
  start: DateTime.DateTime,
  changes: Partial<Omit<Event, "uid" | "sequence" | "recurrence" | "occurrence">> = {}
): Event => {
  const end = DateTime.addDuration(start, DateTime.distanceDuration(event.start, event.end))
  return { ...event, recurrence: undefined, start, end, ...changes, sequence: event.sequence + 1, occurrence: start }
}

/**
 * Takes an event away, given as it was sent last: it goes out with the next `sequence`.
 *
 * @example
 * ```ts
 * import { Invite } from "@effect-mail/content"
 * import { Message } from "@effect-mail/core"
 *
 * const cancelled = (lunch: Invite.Event) =>
 *   Message.make({ from: "ada@example.com", to: "bob@example.org", subject: "No lunch", text: "Sorry" }).pipe(
 *     Invite.cancel(lunch)
 *   )
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const cancel = (event: Event) => (message: Message.Message): Effect.Effect<Message.Message, InviteError> =>
  make(message, update(event, {}), "CANCEL", asOrganizer(message))

/**
 * Answers an invitation: the author of the message is the attendee, its one recipient the organizer. `event` is what was
 * received, with its `uid` and `sequence`.
 *
 * @example
 * ```ts
 * import { Invite } from "@effect-mail/content"
 * import { Message } from "@effect-mail/core"
 *
 * const accepted = (lunch: Invite.Event) =>
 *   Message.make({ from: "bob@example.org", to: "ada@example.com", subject: "Lunch", text: "Yes" }).pipe(
 *     Invite.reply(lunch, "accepted")
 *   )
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const reply =
  (event: Event, answer: Answer) => (message: Message.Message): Effect.Effect<Message.Message, InviteError> => {
    const [to] = message.to
    const parties = to === undefined || message.to.length + message.cc.length + message.bcc.length > 1
      ? fail("to", "an answer goes to the organizer alone")
      : Either.map(
        Either.all({ organizer: person("to", to), attendee: organizer(message) }),
        ({ attendee, organizer }): Calendar.Parties => ({ organizer, attendees: [attendee], answer })
      )
    return make(message, event, "REPLY", parties)
  }
