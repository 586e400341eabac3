/**
 * A message prepared, rendered and read back by the strict reader.
 */
import type { Message } from "@effect-mail/core"
import { Mime, Outgoing } from "@effect-mail/core"
import { Effect } from "effect"
import * as MimeReader from "./MimeReader.js"

export const render = (message: Message.Message) =>
  Effect.gen(function*() {
    const outgoing = yield* Outgoing.prepare(message)
    const bytes = yield* Mime.render(outgoing)
    return { outgoing, bytes, entity: MimeReader.read(bytes) }
  })
