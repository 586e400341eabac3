import { Smtp } from "@effect-mail/backends"
import { Message } from "@effect-mail/core"
import { ScriptedSmtpServer, TestCertificates } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Logger, LogLevel, Redacted, Tracer } from "effect"
import { inspect } from "node:util"
import { password, user } from "./FaultLaws.js"
import { type Scenario, scenarios, toScript } from "./Scenario.js"

const message = Message.make({ from: "sender@example.com", to: "rcpt@example.com", text: "Hello" })

const shapes = [
  password,
  Buffer.from(password).toString("base64"),
  Buffer.from(`\0${user}\0${password}`).toString("base64")
]

/** Everything that an attempt to log in shows to anybody: error, cause, transcript, logs and spans. */
const everythingShown = (scenario: Scenario, certificates: TestCertificates.TestCertificates) =>
  Effect.gen(function*() {
    const server = yield* ScriptedSmtpServer.make(toScript(scenario), { certificates })
    const shown: Array<unknown> = []
    const logger = Logger.make((options) => {
      shown.push(options.message, Cause.pretty(options.cause), Array.from(options.annotations))
    })
    const tracer = Tracer.make({
      context: (execute) => execute(),
      span: (name, parent, context, links, startTime, kind) => {
        const attributes = new Map<string, unknown>()
        shown.push(name, attributes)
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
          event: (event, _, values) => void shown.push(event, values),
          addLinks: () => undefined,
          // A tracer keeps why a span failed, never what it succeeded with.
          end: (_, exit) => void shown.push(Exit.isFailure(exit) ? exit.cause : undefined)
        }
      }
    })
    const limit = "900 millis"
    const exit = yield* Effect.gen(function*() {
      const backend = yield* Smtp.make({
        host: server.host,
        port: server.port,
        tls: scenario.client.tls === "default" ? undefined : scenario.client.tls ?? "none",
        auth: { user, password: Redacted.make(password) },
        certificates: { ca: server.ca },
        timeouts: { connect: limit, greeting: limit, command: limit, reply: limit }
      })
      return yield* Effect.tapErrorCause(backend.send(message), (cause) => Effect.logError("not sent", cause))
    }).pipe(
      Effect.scoped,
      Effect.exit,
      Effect.withTracer(tracer),
      Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
      Logger.withMinimumLogLevel(LogLevel.All)
    )
    if (Exit.isFailure(exit)) {
      shown.push(exit.cause, Cause.pretty(exit.cause), JSON.stringify(exit.cause))
      for (const error of Cause.failures(exit.cause)) shown.push(Smtp.transcript(error))
    }
    return inspect(shown, { depth: 20, maxArrayLength: null, maxStringLength: null, showHidden: true })
  })

describe("Whatever a server does when somebody logs in", () => {
  for (const scenario of scenarios.filter(({ client }) => client.auth === true)) {
    it.scopedLive(`${scenario.id}: no error, log, span or transcript shows the secret`, () =>
      Effect.gen(function*() {
        const shown = yield* everythingShown(scenario, yield* TestCertificates.make)
        assert.include(shown, "smtp.connect")
        for (const shape of shapes) assert.notInclude(shown, shape)
      }))
  }
})
