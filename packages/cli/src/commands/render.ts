import * as Mime from "@effect-mail/core/Mime"
import * as Outgoing from "@effect-mail/core/Outgoing"
import * as Effect from "effect/Effect"
import { type Command, Exit, type Failure, failure, type Given } from "../command/Command.js"
import { messageOptions } from "../compose/options.js"
import { messageOf, sourceOf } from "../compose/source.js"
import { sourceOfStdin } from "../compose/stdin.js"
import { renderPreview } from "../preview/render.js"
import { visible } from "../terminal/visible.js"

const write = (octets: Uint8Array): Effect.Effect<void> =>
  Effect.async((resume) => {
    process.stdout.write(octets, () => resume(Effect.void))
  })

const rendered = (given: Given): Effect.Effect<Uint8Array, Failure> =>
  Effect.gen(function*() {
    const [first] = given.positionals
    const message = yield* Effect.flatMap(first === "-" ? sourceOfStdin : sourceOf(given), messageOf)
    return yield* Effect.flatMap(Outgoing.prepare(message), Mime.render).pipe(
      Effect.mapError((error) => failure(Exit.failed, visible(error.message)))
    )
  })

const run = (given: Given): Effect.Effect<number, Failure> => {
  const [first] = given.positionals
  const octets = first === undefined || first === "-" ? rendered(given) : renderPreview(first, given.text("params"))
  return Effect.as(Effect.flatMap(octets, write), Exit.done)
}

export const command: Command = {
  name: "render",
  summary: "Writes a message as SMTP would carry it, to standard output. Nothing is sent.",
  usage: "[options] [- | FILE#NAME]",
  options: [...messageOptions, { name: "params", value: "JSON", meaning: "what a preview is made with" }],
  examples: [
    ["effect-mail render --from a@example.com --to b@example.com --html mail.html > mail.eml", "from a file of html"],
    ["effect-mail render - < message.json > mail.eml", "from JSON on standard input"],
    ["effect-mail render ./mails/welcome.ts#welcome --params '{\"name\":\"Bob\"}'", "from a preview of a program"]
  ],
  exits: [[0, "done"], [1, "the message cannot be sent as it is"], [2, "wrong use"]],
  run
}
