import type * as Cause from "effect/Cause"
import * as Schema from "effect/Schema"
import type { RecipientStatus } from "../../DeliveryReport.js"
import { printable } from "./printable.js"

export const TypeId: TypeId = "~@effect-mail/core/MailError"

export type TypeId = "~@effect-mail/core/MailError"

/**
 * Where an error happened: at which server, and by which mailer where one was chosen by name.
 *
 * @since 0.1.0
 * @category models
 */
export interface Place {
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly mailer?: string | undefined
}

/**
 * What every error says about the next step, so that a policy or a program needs no list of tags.
 *
 * - `advice`: what to do about it, for a person
 * - `isTransient`: whether the same message may succeed later. Default: `false`
 * - `keepsSession`: whether the session of the driver can take the next message. Default: `false`
 * - `isRelayFault`: whether the relay as a whole cannot be used, whatever the message. Default: `false`
 * - `mayFailOver`: whether another relay may be given the whole message: this one did not take it, and refused no
 *   recipient. Default: the same as `isRelayFault`
 * - `recipients`: the status of each recipient that the error concerns; empty where it concerns all of them alike
 *
 * @since 0.1.0
 * @category models
 */
export interface Facts {
  readonly advice: string
  readonly isTransient: boolean
  readonly keepsSession: boolean
  readonly isRelayFault: boolean
  readonly mayFailOver: boolean
  readonly recipients: ReadonlyArray<RecipientStatus>
}

interface Head extends Facts {
  readonly [TypeId]: TypeId
}

export interface ErrorClass<Self, Tag extends string, Fields extends Schema.Struct.Fields> extends
  Schema.Class<
    Self,
    Fields,
    Schema.Struct.Encoded<Fields>,
    Schema.Struct.Context<Fields>,
    Schema.Struct.Constructor<Omit<Fields, "_tag">>,
    {},
    Cause.YieldableError & Head
  >
{
  readonly _tag: Tag
}

/** The text of a `message`: what happened, where, with which reply, and what to do. */
const format = (
  what: string,
  { advice, code, host, mailer, port }: Place & { readonly advice: string; readonly code?: number | undefined }
): string => {
  const where = [
    ...host === undefined ? [] : [`${host.includes(":") ? `[${host}]` : host}${port === undefined ? "" : `:${port}`}`],
    ...mailer === undefined ? [] : [`mailer ${printable(mailer)}`],
    ...code === undefined ? [] : [`reply ${code}`]
  ]
  return `${what}${where.length === 0 ? "" : ` (${where.join(", ")})`}. ${advice}`
}

/** How an error explains itself: what happened, and what to do. */
export interface Text<A> {
  readonly what: (error: A) => string
  readonly advice: (error: A) => string
}

const headOf = <A extends Facts>({ advice, what }: Text<A>): PropertyDescriptorMap & ThisType<A> => ({
  [TypeId]: { value: TypeId },
  message: {
    get() {
      return format(what(this), this)
    },
    configurable: true
  },
  advice: {
    get() {
      return advice(this)
    }
  },
  isTransient: { value: false },
  keepsSession: { value: false },
  isRelayFault: { value: false },
  mayFailOver: {
    get() {
      return this.isRelayFault
    }
  },
  // Writable, since an error may have a field of this name.
  recipients: { value: Object.freeze([]), writable: true }
})

type Define<Self> = <Tag extends string, Fields extends Schema.Struct.Fields>(
  tag: Tag,
  fields: Fields,
  text: Text<Schema.Struct.Type<Fields> & Facts>
) => ErrorClass<Self, Tag, { readonly _tag: Schema.tag<Tag> } & Fields>

/** A tagged error with the head of all errors, which the compiler cannot see. A class overrides the facts that differ. */
export function TaggedError<Self>(): Define<Self>
export function TaggedError() {
  return (tag: string, fields: Schema.Struct.Fields, text: Text<Facts>) => {
    const base = Schema.TaggedError<unknown>(`@effect-mail/core/MailError/${tag}`)(tag, fields)
    Object.defineProperties(Reflect.get(base, "prototype"), headOf(text))
    return base
  }
}
