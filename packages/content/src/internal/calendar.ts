import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import ical, { ICalAttendeeRole, ICalAttendeeStatus, ICalCalendarMethod, ICalEventStatus } from "ical-generator"
import { tzlib_get_ical_block, tzlib_get_timezones } from "timezones-ical-library"
import * as Recurrence from "./recurrence.js"

export type Method = "REQUEST" | "CANCEL" | "REPLY"

export interface Person {
  readonly address: string
  readonly name: string | undefined
}

export interface Parties {
  readonly organizer: Person
  readonly attendees: ReadonlyArray<Person>
  readonly answer?: "accepted" | "declined" | "tentative"
}

/**
 * An event to invite to.
 *
 * - `uid`: names the event for ever: an update or a cancellation has the same. Such as `42@example.com`
 * - `sequence`: which version of the event it is, from 0 on. `update` and `cancel` count it up
 * - `end`: behind `start`. For whole days it is the day after the last
 * - `isAllDay`: whether dates count alone. Default: no
 * - `recurrence`: how it recurs. Give `start` the zone of the event by its name, as by `DateTime.makeZoned`: noon stays noon there
 *   when the clocks change. Without such a zone it recurs in UTC. Default: it does not recur
 * - `occurrence`: which one of a recurring event this is, by the start that it has in there: see `Invite.occurrence`
 *
 * @since 0.1.0
 * @category models
 */
export interface Event {
  readonly uid: string
  readonly sequence: number
  readonly start: DateTime.DateTime
  readonly end: DateTime.DateTime
  readonly summary: string
  readonly description?: string | undefined
  readonly location?: string | undefined
  readonly url?: string | undefined
  readonly isAllDay?: boolean | undefined
  readonly recurrence?: Recurrence.Recurrence | undefined
  readonly occurrence?: DateTime.DateTime | undefined
}

/** RFC 6868: the library escapes a quote by a backslash, where readers cut the name off. */
const parameter = (text: string): string => text.replaceAll("^", "^^").replaceAll("\"", "^'")

/** Readers want a name. Without one the address is that. */
const named = ({ address, name }: Person) => ({ email: address, name: parameter(name ?? address) })

const statuses = {
  accepted: ICalAttendeeStatus.ACCEPTED,
  declined: ICalAttendeeStatus.DECLINED,
  tentative: ICalAttendeeStatus.TENTATIVE
} as const

const methods = {
  REQUEST: ICalCalendarMethod.REQUEST,
  CANCEL: ICalCalendarMethod.CANCEL,
  REPLY: ICalCalendarMethod.REPLY
} as const

const pad = (value: number, length = 2): string => String(value).padStart(length, "0")

/** A whole day is that of the zone, where there is one. */
const dayOf = (time: DateTime.DateTime): Date => {
  const { day, month, year } = DateTime.toParts(time)
  return new Date(Date.UTC(year, month - 1, day))
}

const zones: ReadonlySet<string> = new Set([tzlib_get_timezones()].flat())

/** The zone that an event is written in: only what recurs depends on when the clocks change. */
export const zoneOf = (
  { isAllDay = false, occurrence, recurrence, start }: Event
): Option.Option<DateTime.TimeZone.Named> =>
  !isAllDay && (recurrence !== undefined || occurrence !== undefined) && DateTime.isZoned(start) &&
    DateTime.isTimeZoneNamed(start.zone) && start.zone.id !== "UTC"
    ? Option.some(start.zone)
    : Option.none()

/** Whether calendars can be told what the zone is. */
export const isKnownZone = (zone: DateTime.TimeZone.Named): boolean => zones.has(zone.id)

/** A time of the clock in a zone, without the zone. */
const localTime = (zone: DateTime.TimeZone.Named) => (time: DateTime.DateTime): string => {
  const { day, hours, minutes, month, seconds, year } = DateTime.toParts(DateTime.setZone(time, zone))
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}T${pad(hours)}:${pad(minutes)}:${pad(seconds)}`
}

const compact = (text: string): string => text.replace(/[-:]/g, "")

interface Times {
  readonly timezone: string | null
  /** As the library takes it: a text is a time of the clock in `timezone`. */
  readonly write: (time: DateTime.DateTime) => Date | string
  readonly writing: Recurrence.Writing
}

const timesOf = (event: Event): Times => {
  if (event.isAllDay === true) {
    const write = (time: DateTime.DateTime) => dayOf(time).toISOString().slice(0, 10).replaceAll("-", "")
    return { timezone: null, write: dayOf, writing: { write, parameter: ";VALUE=DATE", isAllDay: true } }
  }
  return Option.match(zoneOf(event), {
    onNone: () => ({
      timezone: null,
      write: DateTime.toDateUtc,
      writing: {
        write: (time) => `${compact(DateTime.formatIso(DateTime.toUtc(time)).slice(0, 19))}Z`,
        parameter: "",
        isAllDay: false
      }
    }),
    onSome: (zone) => {
      const write = localTime(zone)
      return {
        timezone: zone.id,
        write,
        writing: { write: (time) => compact(write(time)), parameter: `;TZID=${zone.id}`, isAllDay: false }
      }
    }
  })
}

/** The calendar object (RFC 5545), with its last line end. Every text was checked. */
export const format = (event: Event, method: Method, parties: Parties, now: Date): string => {
  const { answer, attendees, organizer } = parties
  const { isAllDay = false, occurrence, recurrence } = event
  const { timezone, write, writing } = timesOf(event)
  // A zone of the calendar, beside that of the event, would make the library write DTSTAMP in local time.
  const calendar = ical({
    prodId: { company: "effect-mail", product: "content" },
    method: methods[method],
    timezone: { name: null, generator: (zone) => [tzlib_get_ical_block(zone)].flat()[0] ?? null }
  })
  calendar.createEvent({
    id: event.uid,
    sequence: event.sequence,
    stamp: now,
    start: write(event.start),
    end: write(event.end),
    timezone,
    allDay: isAllDay,
    // The library writes UNTIL of whole days with a time.
    repeating: recurrence === undefined || method === "REPLY" ? null : Recurrence.format(recurrence, writing),
    ...occurrence === undefined ? {} : { recurrenceId: write(occurrence) },
    summary: event.summary,
    description: event.description ?? null,
    location: event.location ?? null,
    url: event.url ?? null,
    organizer: named(organizer),
    status: method === "CANCEL" ? ICalEventStatus.CANCELLED : method === "REQUEST" ? ICalEventStatus.CONFIRMED : null,
    attendees: attendees.map((attendee) => ({
      ...named(attendee),
      role: ICalAttendeeRole.REQ,
      rsvp: method === "REQUEST",
      status: answer === undefined ? ICalAttendeeStatus.NEEDSACTION : statuses[answer]
    }))
  })
  return `${calendar.toString()}\r\n`
}
