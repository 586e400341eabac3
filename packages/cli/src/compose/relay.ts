import * as Backend from "@effect-mail/backends/Backend"
import { MailBackend } from "@effect-mail/core/MailBackend"
import type { DevInbox } from "@effect-mail/testing"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { type Failure, type Given, type Option, wrongUse } from "../command/Command.js"
import { visible } from "../terminal/visible.js"

const passwordName = "EFFECT_MAIL_RELAY_PASSWORD"

export const relayOptions: ReadonlyArray<Option> = [
  {
    name: "relay",
    value: "URL",
    meaning:
      `a real server to which single messages can be sent on, as EMAIL_URL has it; its password is in ${passwordName}`
  },
  {
    name: "allow-relay",
    value: "PATTERN",
    meaning: "to whom the relay may send, such as '*@mine.example'",
    isMultiple: true
  }
]

/** The address with its password, which comes from the environment: a command line is seen by others. */
const withPassword = (text: string): Effect.Effect<string, Failure> =>
  Effect.try({
    try: () => new URL(text),
    catch: () => wrongUse("--relay is a URL such as smtp://user@smtp.example.com:587")
  }).pipe(Effect.flatMap((url) => {
    if (url.password !== "") {
      return Effect.fail(wrongUse(`A password on a command line is seen by others: give it by ${passwordName}.`))
    }
    const password = process.env[passwordName] ?? ""
    if (password !== "") url.password = encodeURIComponent(password)
    return Effect.succeed(url.href)
  }))

/** The real server of `--relay`; undefined where none was asked for. */
export const relayOf = (given: Given): Effect.Effect<DevInbox.Relay | undefined, Failure, Scope.Scope> =>
  Effect.gen(function*() {
    const written = given.text("relay")
    const allow = given.texts("allow-relay")
    if (written === undefined) {
      return allow.length === 0
        ? undefined
        : yield* Effect.fail(wrongUse("--allow-relay says to whom --relay URL may send: give both."))
    }
    if (allow.length === 0) {
      return yield* Effect.fail(
        wrongUse("--relay needs --allow-relay, such as '*@mine.example': nothing is sent to others.")
      )
    }
    const provider = ConfigProvider.fromMap(new Map([["EMAIL_URL", yield* withPassword(written)]]))
    const context = yield* Layer.build(Backend.layerConfig).pipe(
      Effect.provide(Layer.merge(NodeContext.layer, Layer.setConfigProvider(provider))),
      Effect.mapError((error) => wrongUse(`--relay: ${visible(String(error.message === "" ? error : error.message))}`))
    )
    return { backend: Context.get(context, MailBackend), allow }
  })
