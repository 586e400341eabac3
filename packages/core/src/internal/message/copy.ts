import * as Address from "../../Address.js"
import type { Annotations } from "../../Annotations.js"
import * as Octets from "../value/bytes.js"
import type { Alternative, DeliveryNotification, OneOrMore } from "./model.js"

const isSeveral = <A>(input: OneOrMore<A>): input is ReadonlyArray<A> => Array.isArray(input)

/** One item or several as a list. */
export const toList = <A>(input: OneOrMore<A>): ReadonlyArray<A> => isSeveral(input) ? input : [input]

const none: ReadonlyArray<never> = Object.freeze([])

/** A new frozen list of one item or several, each copied. */
export const list = <A>(input: OneOrMore<A> | undefined, copy: (item: A) => A): ReadonlyArray<A> => {
  if (input === undefined) return none
  if (!isSeveral(input)) return Object.freeze([copy(input)])
  const items: Array<A> = []
  for (let i = 0; i < input.length; i++) items.push(copy(input[i]))
  return Object.freeze(items)
}

/** A new frozen list of the old items and copies of the added ones. */
export const append = <A>(before: ReadonlyArray<A>, added: OneOrMore<A>, copy: (item: A) => A): ReadonlyArray<A> =>
  Object.freeze([...before, ...list(added, copy)])

/** Immutable items need no copy. */
export const same = <A>(item: A): A => item

/**
 * A frozen copy of an address; each of its parts is read once. What untyped callers give instead is returned as it is, for
 * the check of the message to refuse.
 */
export const address = (input: Address.Input): Address.Input => {
  if (typeof input !== "object" || input === null || Address.isAddress(input)) return input
  const { address, name } = input
  return Object.freeze(name === undefined ? { address } : { address, name })
}

export const alternative = ({ content, contentType, isReady }: Alternative): Alternative =>
  Object.freeze({
    contentType,
    content: typeof content === "string" ? content : Octets.copy(content),
    ...isReady === undefined ? {} : { isReady }
  })

export const notification = (input: DeliveryNotification): DeliveryNotification => {
  if (typeof input !== "object" || input === null) return input
  const { envelopeId, notify, return: returned } = input
  return Object.freeze({
    ...notify === undefined ? {} : { notify: Array.isArray(notify) ? Object.freeze(Array.from(notify)) : notify },
    ...returned === undefined ? {} : { return: returned },
    ...envelopeId === undefined ? {} : { envelopeId }
  })
}

const noAnnotations: Annotations = Object.freeze({})

const isRecord = (u: unknown): boolean => typeof u === "object" && u !== null && !Array.isArray(u)

/** A frozen copy of annotations. What untyped callers give instead is returned as it is, for the check to refuse. */
export const annotations = (input: Annotations | undefined): Annotations => {
  if (input === undefined) return noAnnotations
  if (!isRecord(input)) return input
  const { idempotencyKey, metadata, sendAt, tags } = input
  return Object.freeze({
    ...tags === undefined ? {} : { tags: Array.isArray(tags) ? Object.freeze(Array.from(tags)) : tags },
    ...metadata === undefined
      ? {}
      : { metadata: isRecord(metadata) ? Object.freeze({ ...metadata }) : metadata },
    ...sendAt === undefined ? {} : { sendAt },
    ...idempotencyKey === undefined ? {} : { idempotencyKey }
  })
}
