import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import type { Annotations } from "../../Annotations.js"
import { isKey, isText } from "../mime/syntax/annotationText.js"
import { type Checked, invalid } from "./result.js"

const isMap = (u: unknown): u is Record<string, unknown> => typeof u === "object" && u !== null && !Array.isArray(u)

/** An object that only has the type id of a DateTime may hold anything as its time. */
const isTime = (u: unknown): boolean =>
  DateTime.isDateTime(u) && DateTime.isUtc(u) && Number.isFinite(u.epochMillis) && Math.abs(u.epochMillis) <= 8.64e15

/** Annotations become header fields and forms of a provider, so they hold no control character. */
export const checkAnnotations = (annotations: Annotations): Checked<Annotations> => {
  if (!isMap(annotations)) return invalid("the annotations are no record")
  const { idempotencyKey, metadata, sendAt, tags } = annotations
  if (tags !== undefined && !(Array.isArray(tags) && tags.every(isText))) {
    return invalid("the annotation `tags` is not a list of texts, or one of them is empty or holds a control character")
  }
  if (metadata !== undefined) {
    if (!isMap(metadata)) return invalid("the annotation `metadata` is not a record of texts")
    for (const [key, value] of Object.entries(metadata)) {
      if (!isText(key)) return invalid("a name in the annotation `metadata` is empty or holds a control character")
      if (value !== "" && !isText(value)) {
        return invalid("a value in the annotation `metadata` is no text, or holds a control character")
      }
    }
  }
  if (sendAt !== undefined && !isTime(sendAt)) return invalid("the annotation `sendAt` is not a DateTime in UTC")
  return idempotencyKey === undefined || isKey(idempotencyKey)
    ? Either.right(annotations)
    : invalid("the annotation `idempotencyKey` is not 1 to 256 printable ASCII characters")
}
