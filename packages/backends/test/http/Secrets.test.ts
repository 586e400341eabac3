/**
 * Whatever a provider answers: no error, log or span shows a secret, and no message of an error, log or span an address.
 */
import { Mail, MailError, Message } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Logger, LogLevel, Tracer } from "effect"
import { inspect } from "node:util"
import { providers, secret } from "./Providers.js"
import * as RecordingClient from "./RecordingClient.js"

const message = Message.make({ from: "ada@example.com", to: "bob@example.org", text: "Hello", html: "<p>Hello</p>" })

const shapes = [secret, Buffer.from(`api:${secret}`).toString("base64")]

interface Shown {
  /** What is written down somewhere. */
  readonly texts: Array<unknown>
  /** What a program can look into. */
  readonly errors: Array<unknown>
}

const watching = (shown: Shown) => {
  const tracer = Tracer.make({
    context: (execute) => execute(),
    span: (name, parent, context, links, startTime, kind) => {
      const attributes = new Map<string, unknown>()
      shown.texts.push(name, attributes)
      return {
        _tag: "Span",
        name,
        spanId: "span",
        traceId: "trace",
        parent,
        context,
        links,
        kind,
        attributes,
        sampled: true,
        status: { _tag: "Started", startTime },
        attribute: (key, value) => void attributes.set(key, value),
        event: (event, _, values) => void shown.texts.push(event, values),
        addLinks: () => undefined,
        end: (_, exit) => void shown.texts.push(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : undefined)
      }
    }
  })
  const logger = Logger.make((options) => {
    shown.texts.push(options.message, Cause.pretty(options.cause), Array.from(options.annotations))
  })
  return <A, E, R>(self: Effect.Effect<A, E, R>) =>
    self.pipe(
      Effect.withTracer(tracer),
      Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
      Logger.withMinimumLogLevel(LogLevel.All)
    )
}

/** A provider that says back whatever it was told. */
const echo = (status: number) => (_: number, { body, headers, url }: RecordingClient.Recorded): RecordingClient.Reply =>
  RecordingClient.response(
    status,
    JSON.stringify({ headers, url: String(url), body: inspect(body), message: `${secret} of ada@example.com` }),
    { "x-request-id": "1" }
  )

const leaky = (_: number, { headers, url }: RecordingClient.Recorded): RecordingClient.Reply =>
  Effect.fail(
    Object.assign(new TypeError(`fetch failed: ${url} ${JSON.stringify(headers)}`), {
      cause: { code: "ECONNRESET", headers }
    })
  )

describe("secrets and addresses", () => {
  for (const { layer, names: [name] } of providers) {
    const ways = [
      ...[200, 202, 302, 400, 401, 403, 409, 422, 429, 500, 503].map((status) => [`${status}`, echo(status)] as const),
      ["a failure that holds the request", leaky] as const
    ]
    for (const [way, reply] of ways) {
      it.effect(`${name}: ${way}`, () =>
        Effect.gen(function*() {
          const shown: Shown = { texts: [], errors: [] }
          const exit = yield* Mail.send(message).pipe(
            Effect.tapErrorCause((cause) => Effect.logError("not sent", cause)),
            Effect.provide(layer()),
            Effect.exit,
            watching(shown)
          )
          if (Exit.isFailure(exit)) {
            for (const error of Cause.failures(exit.cause)) {
              shown.errors.push(error)
              shown.texts.push(error.message, MailError.isMailError(error) ? error.advice : "")
            }
          }
          const all = inspect(shown, { depth: 20, maxArrayLength: null, maxStringLength: null, showHidden: true })
          const [request] = yield* RecordingClient.Requests
          assert.include(inspect(shown.texts), "mail.send")
          assert.isDefined(request)
          for (const shape of [...shapes, "AWS4-HMAC"]) assert.notInclude(all, shape)
          const texts = inspect(shown.texts, { depth: 20, maxArrayLength: null, maxStringLength: null })
          assert.notMatch(texts, /ada@|bob@/)
        }).pipe(Effect.provide(Layer.fresh(RecordingClient.layer(reply)))))
    }
  }
})
