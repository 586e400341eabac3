import type { Annotations } from "../../Annotations.js"

/**
 * @internal
 */
export const none: Annotations = Object.freeze({})

/**
 * Annotations in a copy of their own. What callers without types give instead stays what it is, for the check to refuse.
 *
 * @internal
 */
export const copy = (input: Annotations | undefined): Annotations => {
  if (input === undefined) return none
  if (typeof input !== "object" || input === null) return input
  const { idempotencyKey, metadata, sendAt, tags } = input
  return Object.freeze({
    ...tags === undefined ? {} : { tags: Array.isArray(tags) ? Object.freeze(Array.from(tags)) : tags },
    ...metadata === undefined
      ? {}
      : { metadata: typeof metadata === "object" && metadata !== null ? Object.freeze({ ...metadata }) : metadata },
    ...sendAt === undefined ? {} : { sendAt },
    ...idempotencyKey === undefined ? {} : { idempotencyKey }
  })
}
