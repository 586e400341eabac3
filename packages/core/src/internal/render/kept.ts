import type * as Mime from "../mime/field.js"
import * as Field from "./field.js"
import * as Render from "./message.js"

/** What was rendered of a message, for its next use. */
interface Kept {
  readonly source: Render.Source
  readonly segments: ReadonlyArray<Render.Segment>
}

const encoder = new TextEncoder()

const kept = new WeakMap<object, Kept>()

/** The object that all copies of a message share, whatever is put in front of them. */
const identityOf = (source: Render.Source): object => source._tag === "Written" ? source.stamp : source.octets

/** Keeps what was rendered for the next use of the message, which may have further fields in front. */
export const keep = (source: Render.Source, segments: ReadonlyArray<Render.Segment>): void => {
  kept.set(identityOf(source), { source, segments })
}

/** The fields that were put in front since; undefined where the source changed in another way. */
const addedSince = (source: Render.Source, earlier: Render.Source): ReadonlyArray<Mime.Field> | undefined => {
  const count = source.front.length - earlier.front.length
  const isSame = source._tag === "Ready" || (earlier._tag === "Written" && source.message === earlier.message)
  return isSame && count >= 0 && earlier.front.every((field, i) => field === source.front[count + i])
    ? source.front.slice(0, count)
    : undefined
}

const inFront = (
  fields: ReadonlyArray<Mime.Field>,
  segments: ReadonlyArray<Render.Segment>
): ReadonlyArray<Render.Segment> => {
  const [first, ...rest] = segments
  if (fields.length === 0 || !(first instanceof Uint8Array)) return segments
  const header = encoder.encode(fields.map(Field.format).join(""))
  const joined = new Uint8Array(header.length + first.length)
  joined.set(header)
  joined.set(first, header.length)
  return [joined, ...rest]
}

/** Renders a message. What was kept of it is used once. */
export const render = (source: Render.Source): ReadonlyArray<Render.Segment> => {
  const identity = identityOf(source)
  const earlier = kept.get(identity)
  if (earlier !== undefined) {
    kept.delete(identity)
    const added = addedSince(source, earlier.source)
    if (added !== undefined && (added.length === 0 || earlier.segments[0] instanceof Uint8Array)) {
      return inFront(added, earlier.segments)
    }
  }
  return Render.render(source)
}
