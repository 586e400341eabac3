/** The same packages by `require`, which Node 20.19, 22.12 and later do for ES modules. */
import core = require("@effect-mail/core")
import address = require("@effect-mail/core/Address")
import effect = require("effect")

const message = core.Message.make({ from: "ada@example.com", to: "bob@example.org", text: "Hello" })
const bytes = effect.Effect.runSync(effect.Effect.flatMap(core.Outgoing.prepare(message), core.Mime.render))
const parsed = effect.Either.isRight(address.parse("ada@example.com"))

process.stdout.write(`${JSON.stringify({ parsed, isMessage: bytes.length > 100 })}\n`)
