import * as Schema from "effect/Schema"
import { Summary } from "./message.js"
import { Preview } from "./preview.js"
import { Rule } from "./rule.js"

/** What has changed in an inbox. `Changed` is for a message whose verdict came later than the message. */
export const Event = Schema.Union(
  Schema.TaggedStruct("Received", { message: Summary }),
  Schema.TaggedStruct("Changed", { message: Summary }),
  Schema.TaggedStruct("Removed", { ids: Schema.Array(Schema.Number) }),
  Schema.TaggedStruct("Previews", { previews: Schema.Array(Preview) }),
  Schema.TaggedStruct("Rules", { rules: Schema.Array(Rule) })
)
export type Event = typeof Event.Type
