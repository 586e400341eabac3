import type { Annotations } from "../../Annotations.js"

/**
 * @internal
 */
export const none: Annotations = Object.freeze({})

const isRecord = (u: unknown): boolean => typeof u === "object" && u !== null && !Array.isArray(u)

/**
 * Annotations in a copy of their own. What callers without types give instead stays what it is, for the check to refuse.
 *
 * @internal
 */
export const copy = (input: Annotations | undefined): Annotations => {
  if (input === undefined) return none
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
