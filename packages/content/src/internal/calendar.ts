import * as DateTime from "effect/DateTime"
import ical, { ICalAttendeeRole, ICalAttendeeStatus, ICalCalendarMethod, ICalEventStatus } from "ical-generator"

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

/** A whole day is that of the zone, where there is one. */
const dateOf = (time: DateTime.DateTime, isAllDay: boolean): Date => {
  if (!isAllDay) return DateTime.toDateUtc(time)
  const { day, month, year } = DateTime.toParts(time)
  return new Date(Date.UTC(year, month - 1, day))
}

/** The calendar object (RFC 5545), with its last line end. Every text was checked. */
export const format = (event: Event, method: Method, parties: Parties, now: Date): string => {
  const { answer, attendees, organizer } = parties
  const { isAllDay = false } = event
  const calendar = ical({ prodId: { company: "effect-mail", product: "content" }, method: methods[method] })
  calendar.createEvent({
    id: event.uid,
    sequence: event.sequence,
    stamp: now,
    start: dateOf(event.start, isAllDay),
    end: dateOf(event.end, isAllDay),
    allDay: isAllDay,
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
