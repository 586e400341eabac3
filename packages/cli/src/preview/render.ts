import * as Effect from "effect/Effect"
import { Exit, type Failure, failure, wrongUse } from "../command/Command.js"
import { visible } from "../terminal/visible.js"
import { load } from "./load.js"

const parse = (params: string | undefined): Effect.Effect<unknown, Failure> =>
  params === undefined
    ? Effect.succeed(undefined)
    : Effect.try({
      try: () => JSON.parse(params),
      catch: () => wrongUse("--params is JSON, such as '{\"name\":\"Bob\"}'")
    })

/** The octets of `FILE#NAME`; of the only preview where there is no name. */
export const renderPreview = (place: string, params: string | undefined): Effect.Effect<Uint8Array, Failure> =>
  Effect.gen(function*() {
    const [file = "", named] = place.split("#")
    const given = yield* parse(params)
    const previews = yield* load(file)
    const name = named ?? (previews.names.length === 1 ? previews.names[0] : undefined)
    if (name === undefined || !previews.names.includes(name)) {
      return yield* Effect.fail(wrongUse(`Name one of ${visible(file)}: ${previews.names.map(visible).join(", ")}`))
    }
    const octets = yield* Effect.tryPromise({
      try: () => previews.render(name, given),
      catch: (cause) => failure(Exit.failed, visible(cause instanceof Error ? cause.message : String(cause)))
    })
    return octets ?? (yield* Effect.fail(failure(Exit.failed, `${visible(name)} makes no message.`)))
  })
