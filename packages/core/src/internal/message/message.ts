import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import * as Structural from "../value/equality.js"
import * as Value from "../value/kind.js"
import { isMessage, type Message, MessageTypeId } from "./model.js"

export type Fields = Omit<
  Message,
  keyof Equal.Equal | keyof Inspectable.Inspectable | keyof Pipeable | MessageTypeId
>

const Proto = {
  [MessageTypeId]: MessageTypeId,
  ...Inspectable.BaseProto,
  [Equal.symbol](this: Message, that: unknown): boolean {
    return isMessage(that) &&
      Object.keys(this).every((key) => Structural.equals(this[key as keyof Fields], that[key as keyof Fields]))
  },
  [Hash.symbol](this: Message): number {
    return Value.cachedHash(
      this,
      () => Structural.hash([this.subject, this.text, this.html, this.to.length, this.headers])
    )
  },
  toJSON(this: Message) {
    const printed: Record<string, unknown> = { _id: "@effect-mail/core/Message" }
    for (const [key, value] of Object.entries(this)) {
      if (Option.isOption(value)) {
        if (Option.isSome(value)) printed[key] = Inspectable.toJSON(value.value)
      } else if (value === true || Object.keys(value).length > 0) printed[key] = Inspectable.toJSON(value)
    }
    return printed
  },
  pipe() {
    return pipeArguments(this, arguments)
  }
}

const fromFields: (fields: Fields) => Message = Value.kind<Message>(MessageTypeId, Proto)

/** A message of input that throws when it is read. It is not of the kind, so that the check refuses it. */
const unreadable = (empty: Message): Message => Object.freeze(Object.setPrototypeOf({ ...empty }, Proto))

/** A message of the fields that `read` gives. Reading them may throw, where untyped callers give getters or proxies. */
export const make = (read: () => Fields, empty: () => Message): Message => {
  try {
    return fromFields(read())
  } catch {
    return unreadable(empty())
  }
}

/** A changed copy. What is not a message is returned as it is, for the check to refuse. */
export const change = (
  self: Message,
  changes: (self: Message) => Partial<Fields>,
  empty: () => Message
): Message => isMessage(self) ? make(() => ({ ...self, ...changes(self) }), empty) : self
