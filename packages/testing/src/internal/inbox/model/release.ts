import * as Schema from "effect/Schema"
import { Verdict } from "./message.js"

const maxRecipients = 100

/** To whom a message is sent on: addresses of the envelope, which may be others than those of the message. */
export const ReleaseRequest = Schema.Struct({
  to: Schema.Array(Schema.String.pipe(Schema.maxLength(320))).pipe(
    Schema.minItems(1),
    Schema.maxItems(maxRecipients)
  )
})
export type ReleaseRequest = typeof ReleaseRequest.Type

/** What the real server said. `name`: `DeliveryReport`, or the name of the error; `detail`: the error in words. */
export const Released = Schema.Struct({
  name: Schema.String,
  detail: Schema.String,
  recipients: Schema.Array(Schema.Struct({ address: Schema.String, verdict: Verdict, reply: Schema.String }))
})
export type Released = typeof Released.Type
