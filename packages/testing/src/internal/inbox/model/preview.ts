import * as Schema from "effect/Schema"

/**
 * A message that a program would make, shown without being sent.
 *
 * - `schema`: the JSON Schema of its parameters; null where none is known
 * - `params`, `locale`: what it was made with
 * - `message`: the number of the message that it is shown as; null where it could not be made, for `error`
 */
export const Preview = Schema.Struct({
  id: Schema.String,
  file: Schema.String,
  name: Schema.String,
  schema: Schema.NullOr(Schema.Unknown),
  locales: Schema.Array(Schema.String),
  params: Schema.Unknown,
  locale: Schema.NullOr(Schema.String),
  message: Schema.NullOr(Schema.Number),
  error: Schema.NullOr(Schema.String)
})
export type Preview = typeof Preview.Type

export const RenderRequest = Schema.Struct({
  id: Schema.String.pipe(Schema.maxLength(2_000)),
  params: Schema.Unknown,
  locale: Schema.NullOr(Schema.String.pipe(Schema.maxLength(60)))
})
export type RenderRequest = typeof RenderRequest.Type
