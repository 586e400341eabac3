/**
 * Plays one scenario in one way, and says what is not as it should be.
 */
import { Smtp } from "@effect-mail/backends"
import { type MailBackend, Message } from "@effect-mail/core"
import { ScriptedSmtpServer, type TestCertificates } from "@effect-mail/testing"
import { Duration, Effect, Exit, Fiber, Redacted, Scope } from "effect"
import * as ClientSockets from "./ClientSockets.js"
import * as Laws from "./FaultLaws.js"
import { nameOf, type Outcome } from "./Outcome.js"
import { type Scenario, toCalmScript, toScript } from "./Scenario.js"
import * as Source from "./Source.js"

export interface Way {
  /** Over one connection that is held, or over whatever the pool hands out. */
  readonly mode: "single" | "pooled"
  readonly delivery: "whole" | "line" | "byte"
}

export interface Result {
  readonly outcomes: ReadonlyArray<string>
  readonly complaints: ReadonlyArray<string>
}

/** Where a limit is what ends the scenario, it is short; elsewhere a slow machine must not run into it. */
const limitOf = ({ expect }: Scenario): Duration.DurationInput =>
  expect.tag.includes("Timeout") || expect.left.includes("reset-has-a-deadline") ? "900 millis" : "10 seconds"

/** Beyond any limit that the client has. */
const patience = "30 seconds"

const options = (
  scenario: Scenario,
  { mode }: Way,
  { ca, host, port }: ScriptedSmtpServer.Service
): Smtp.Options => {
  const { client } = scenario
  const limit = limitOf(scenario)
  return {
    host,
    port,
    tls: client.tls === "default" ? undefined : client.tls ?? "none",
    auth: client.auth === true ? { user: Laws.user, password: Redacted.make(Laws.password) } : undefined,
    timeouts: {
      connect: limit,
      greeting: limit,
      command: limit,
      reply: limit,
      send: "20 seconds",
      close: Laws.closeLimit
    },
    pool: { maxConnections: mode === "single" ? 1 : 2 },
    certificates: { ca }
  }
}

/** A client must not have said everything before an early reply has come: more than any kernel keeps on its way. */
const beyondBuffers = 24e6

/** The size of a message that streams is not known beforehand: one that must be known, or is small, may not stream. */
const sourceOf = ({ client, expect, steps }: Scenario, { delivery }: Way): Source.Source | undefined => {
  if (client.sourceStallAt !== undefined) return Source.make(client.sourceStallAt, true)
  if (expect.tag === "MessageTooLarge" && steps.length === 0) return undefined
  const isCutShort = steps.some((step) => step.on === "BODY") && expect.class !== "success"
  const octets = isCutShort ? beyondBuffers : client.bodyBytes ?? 0
  return octets > 1e6 || delivery !== "whole" ? Source.make(octets) : undefined
}

const messageOf = ({ client }: Scenario, source: Source.Source | undefined, n: number): Message.Message =>
  Message.make({
    from: "sender@example.com",
    to: client.to ?? ["rcpt@example.com"],
    subject: `message ${n}`,
    text: source === undefined && client.bodyBytes !== undefined
      ? `${"x".repeat(70)}\r\n`.repeat(Math.ceil(client.bodyBytes / 72))
      : client.text ?? "hello",
    attachments: source === undefined ? [] : [source.attachment]
  })

const followUp = (n: number): Message.Message =>
  Message.make({ from: "sender@example.com", to: "rcpt@example.com", subject: `follow-up ${n}`, text: "hello" })

/** Sends the messages of the scenario one after the other. */
const attempt = (
  scenario: Scenario,
  way: Way,
  backend: MailBackend.Service,
  source: Source.Source | undefined
): Effect.Effect<ReadonlyArray<Outcome>> =>
  Effect.scoped(Effect.gen(function*() {
    const { gapMs = 0, interruptAfterMs, messages = 1 } = scenario.client
    const scope = yield* Effect.scope
    const held = yield* Effect.cached(Scope.extend(backend.connect, scope))
    const outcomes: Array<Outcome> = []
    for (let n = 1; n <= messages; n++) {
      // What the server does meanwhile takes longer byte by byte.
      if (n > 1) yield* Effect.sleep(gapMs * 4)
      const message = messageOf(scenario, source, n)
      const sending = yield* Effect.fork(
        way.mode === "pooled"
          ? backend.send(message)
          : Effect.flatMap(held, (connection) => connection.send(message))
      )
      if (interruptAfterMs === undefined) outcomes.push(yield* Fiber.await(sending))
      else outcomes.push(yield* Effect.zipRight(Effect.sleep(interruptAfterMs), Fiber.interrupt(sending)))
    }
    return outcomes
  }))

/** As many at once as there are connections, and one more: every one of them goes through, and so every slot is free. */
const followUps = (backend: MailBackend.Service, count: number) =>
  Effect.forEach(
    Array.from({ length: count }, (_, i) => i + 1),
    (n) => Effect.exit(Effect.retry(backend.send(followUp(n)), { times: 3 })),
    { concurrency: "unbounded" }
  )

const play = (scenario: Scenario, way: Way, certificates: TestCertificates.TestCertificates): Effect.Effect<Result> =>
  Effect.scoped(Effect.gen(function*() {
    const script = toScript(scenario)
    const server = yield* ScriptedSmtpServer.make(script, { delivery: way.delivery, certificates })
    const sockets = yield* ClientSockets.watch(server.port)
    const settings = options(scenario, way, server)
    const slots = settings.pool?.maxConnections ?? 0
    const isReachable = script.port === "open"
    const source = sourceOf(scenario, way)

    const scope = yield* Scope.make()
    const backend = yield* Effect.orDie(Scope.extend(Smtp.make(settings), scope))
    const outcomes = yield* attempt(scenario, way, backend, source)
    const openBetween = sockets.open
    const before = yield* server.ledger

    yield* server.play(toCalmScript(scenario))
    const followedUp = yield* followUps(backend, slots + 1)
    const [closing] = yield* Effect.timed(Scope.close(scope, Exit.void))
    const openAfterwards = sockets.open
    // Whether the client has gone cannot be seen by a server that does not read.
    const isBlind = script.rules.some(({ actions }) => actions.some(({ _tag }) => _tag === "StopReading"))
    if (!isBlind) yield* server.allClosed

    const evidence: Laws.Evidence = {
      scenario,
      outcomes,
      source,
      openBetween,
      openAfterwards,
      maxOpen: sockets.maxOpen,
      slots,
      isReachable,
      followedUp,
      closing: Duration.toMillis(closing),
      ledger: yield* server.ledger
    }
    return { outcomes: outcomes.map(nameOf), complaints: Laws.broken({ ...evidence, ledger: before }, evidence) }
  }))

export const run = (
  scenario: Scenario,
  way: Way,
  certificates: TestCertificates.TestCertificates
): Effect.Effect<Result> =>
  play(scenario, way, certificates).pipe(
    Effect.disconnect,
    Effect.timeoutTo({
      duration: patience,
      onTimeout: (): Result => ({ outcomes: [], complaints: ["it ended"] }),
      onSuccess: (result) => result
    })
  )
