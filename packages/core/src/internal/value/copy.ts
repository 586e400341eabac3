import * as Address from "../../Address.js"
import type { Alternative, DeliveryNotification, OneOrMore } from "../../Message.js"
import * as Octets from "./bytes.js"

const isSeveral = <A>(input: OneOrMore<A>): input is ReadonlyArray<A> => Array.isArray(input)

const none: ReadonlyArray<never> = Object.freeze([])

/**
 * A list of its own of one or several, each copied too.
 *
 * @internal
 */
export const list = <A>(input: OneOrMore<A> | undefined, copy: (item: A) => A): ReadonlyArray<A> => {
  if (input === undefined) return none
  if (!isSeveral(input)) return Object.freeze([copy(input)])
  const items: Array<A> = []
  for (let i = 0; i < input.length; i++) items.push(copy(input[i]))
  return Object.freeze(items)
}

/**
 * What cannot be changed needs no copy.
 *
 * @internal
 */
export const same = <A>(item: A): A => item

/**
 * An address in a copy of its own, each part of which was read once. What callers without types give instead stays what it
 * is, for the check of the message to refuse.
 *
 * @internal
 */
export const address = (input: Address.Input): Address.Input => {
  if (typeof input !== "object" || input === null || Address.isAddress(input)) return input
  const { address, name } = input
  return Object.freeze(name === undefined ? { address } : { address, name })
}

/**
 * @internal
 */
export const alternative = ({ content, contentType, isReady }: Alternative): Alternative =>
  Object.freeze({
    contentType,
    content: typeof content === "string" ? content : Octets.copy(content),
    ...isReady === undefined ? {} : { isReady }
  })

/**
 * @internal
 */
export const notification = (input: DeliveryNotification): DeliveryNotification => {
  if (typeof input !== "object" || input === null) return input
  const { envelopeId, notify, return: returned } = input
  return Object.freeze({
    ...notify === undefined ? {} : { notify: Array.isArray(notify) ? Object.freeze(Array.from(notify)) : notify },
    ...returned === undefined ? {} : { return: returned },
    ...envelopeId === undefined ? {} : { envelopeId }
  })
}
