/**
 * Plays one scenario in one way, and says what is not as it should be.
 */
import { Smtp } from "@effect-mail/backends"
import { DeliveryReport, type MailBackend, Message } from "@effect-mail/core"
import { ScriptedSmtpServer, type TestCertificates } from "@effect-mail/testing"
import { Duration, Effect, Exit, Fiber, Redacted, Scope } from "effect"
import { inspect } from "node:util"
import * as ClientSockets from "./ClientSockets.js"
import { classOf, errorOf, isProvenNotSent, nameOf, type Outcome } from "./Outcome.js"
import { expected, type Scenario, toCalmScript, toScript } from "./Scenario.js"
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

const user = "user"
const password = "s3cret-pw"
const secrets = [
  password,
  Buffer.from(password).toString("base64"),
  Buffer.from(`\0${user}\0${password}`).toString("base64")
]

/** Where a limit is what ends the scenario, it is short; elsewhere a slow machine must not run into it. */
const limitOf = ({ expect }: Scenario): Duration.DurationInput =>
  expect.tag.includes("Timeout") || expect.left.includes("reset-has-a-deadline") ? "900 millis" : "10 seconds"

const closeLimit = "300 millis"
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
    auth: client.auth === true ? { user, password: Redacted.make(password) } : undefined,
    timeouts: { connect: limit, greeting: limit, command: limit, reply: limit, send: "20 seconds", close: closeLimit },
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

const hasSubject = (subject: string) => ({ bytes }: ScriptedSmtpServer.Received): boolean =>
  Buffer.from(bytes).includes(`\r\nSubject: ${subject}\r\n`)

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

/** What was seen of a run, for the laws to be held against. */
interface Evidence {
  readonly scenario: Scenario
  readonly outcomes: ReadonlyArray<Outcome>
  readonly source: Source.Source | undefined
  /** How many of the client's sockets were open after the messages of the scenario. */
  readonly openBetween: number
  readonly openAfterwards: number
  readonly mostOpen: number
  readonly slots: number
  readonly isReachable: boolean
  readonly followedUp: ReadonlyArray<Outcome>
  readonly closing: number
  readonly ledger: ScriptedSmtpServer.Ledger
}

type Law = (evidence: Evidence) => boolean

const copiesOf = ({ ledger }: Evidence, n: number) => ledger.accepted.filter(hasSubject(`message ${n}`))

const followUpConnections = ({ ledger }: Evidence) =>
  ledger.accepted.filter(hasSubject("follow-up 1")).concat(
    ledger.accepted.filter(hasSubject("follow-up 2")),
    ledger.accepted.filter(hasSubject("follow-up 3"))
  ).map(({ connection }) => connection)

const hasCommand = ({ ledger }: Evidence, verb: string) => ledger.commands.some(({ line }) => line.startsWith(verb))

const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text)

/** Holds after every scenario. */
const laws: Readonly<Record<string, Law>> = {
  "each message has the outcome that it must have": ({ outcomes, scenario }) => {
    const classes = expected(scenario)
    return outcomes.length === classes.length &&
      classes.every((allowed, i) => allowed.some((name) => name === classOf(outcomes[i] ?? Exit.die("none"))))
  },
  "what was reported sent was accepted once": (evidence) =>
    evidence.scenario.expect.delivery === "any" ||
    evidence.outcomes.every((outcome, i) => Exit.isFailure(outcome) || copiesOf(evidence, i + 1).length === 1),
  "what was reported not sent was not accepted": (evidence) =>
    evidence.outcomes.every((outcome, i) => !isProvenNotSent(outcome) || copiesOf(evidence, i + 1).length === 0),
  "nothing was accepted twice": (evidence) => evidence.outcomes.every((_, i) => copiesOf(evidence, i + 1).length <= 1),
  "as much was delivered as the scenario says": (evidence) => {
    const copies = evidence.outcomes.map((_, i) => copiesOf(evidence, i + 1).length)
    const sum = copies.reduce((a, b) => a + b, 0)
    switch (evidence.scenario.expect.delivery) {
      case "none":
        return sum === 0
      case "some":
        return sum > 0
      // Where a failure is allowed, what failed need not have been delivered.
      case "all":
        return evidence.outcomes.every((outcome, i) => Exit.isFailure(outcome) || copies[i] === 1)
      case "unknown":
      case "any":
        return true
    }
  },
  "the recipients that were reported accepted are those that the server took": (evidence) =>
    evidence.scenario.expect.delivery === "any" ||
    evidence.outcomes.every((outcome, i) =>
      Exit.isFailure(outcome) ||
      inspect(copiesOf(evidence, i + 1)[0]?.to) ===
        inspect(DeliveryReport.accepted(outcome.value).map(({ recipient }) => recipient))
    ),
  "nothing but commands was read as a command": ({ ledger, scenario }) =>
    // What follows a challenge that is no challenge is no command either.
    scenario.id === "auth-plain-334-loop" || ledger.commands.every(({ isKnown }) => isKnown),
  "no socket is left": ({ openAfterwards }) => openAfterwards === 0,
  "there were never more sockets than slots": ({ mostOpen, slots }) => mostOpen <= slots,
  "every slot was free": ({ followedUp, isReachable, slots }) =>
    followedUp.length === slots + 1 && followedUp.every((outcome) => Exit.isSuccess(outcome) === isReachable),
  "the layer closed within its limit": ({ closing }) => closing < 2 * Duration.toMillis(closeLimit) + 500,
  "the source was let go of": ({ source }) => (source?.held ?? 0) === 0,
  "no secret is in an outcome": ({ outcomes }) => {
    const seen = inspect(outcomes, { depth: 20 })
    return !secrets.some((secret) => seen.includes(secret))
  },
  "no secret went out in clear text": ({ ledger, scenario }) =>
    scenario.client.allowPlaintextAuth === true ||
    !ledger.commands.some(({ isSecure, line }) => !isSecure && secrets.some((secret) => line.includes(secret)))
}

/** What else must hold afterwards, by the names that the file has for it. */
const leftLaws: Readonly<Record<string, Law>> = {
  "socket-closed": ({ openBetween, outcomes }) => outcomes.every(Exit.isSuccess) || openBetween === 0,
  "connection-reusable": (evidence) =>
    !evidence.outcomes.every(Exit.isSuccess) || followUpConnections(evidence).includes(1),
  "connection-reusable-after-RSET-or-closed": (evidence) =>
    !followUpConnections(evidence).includes(1) || hasCommand(evidence, "RSET"),
  "no-credentials-sent": (evidence) => !hasCommand(evidence, "AUTH"),
  "no-MAIL-sent": (evidence) => !hasCommand(evidence, "MAIL"),
  "no-plaintext-credentials": ({ ledger }) =>
    ledger.commands.every(({ isSecure, line }) => isSecure || !line.startsWith("AUTH")),
  "no-utf8-bytes-in-command": ({ ledger }) => ledger.commands.every(({ line }) => isAscii(line)),
  "only-7bit-octets-in-DATA": ({ ledger }) => ledger.received.every(({ bytes }) => bytes.every((octet) => octet < 128)),
  "no-message-content-sent": ({ ledger }) =>
    ledger.received.length === 0 && ledger.aborted.every(({ octets }) => octets === 0),
  "no-final-dot-sent": ({ ledger }) => ledger.received.length === 0,
  "control-characters-escaped-in-error-and-log": ({ outcomes }) =>
    outcomes.every((outcome) => {
      const error = errorOf(outcome)
      return error !== undefined && "response" in error && isAscii(error.response ?? "") && isAscii(error.message)
    }),
  "injected-line-never-used": ({ ledger, outcomes }) =>
    !outcomes.every(Exit.isSuccess) ||
    ledger.commands.some(({ isSecure, line }) => isSecure && line.startsWith("EHLO")),
  "both-messages-delivered-exactly-once": (evidence) => [1, 2].every((n) => copiesOf(evidence, n).length === 1),
  "connection-not-reused-out-of-step": (evidence) =>
    evidence.outcomes.every((outcome, i) => copiesOf(evidence, i + 1).length === (Exit.isSuccess(outcome) ? 1 : 0)),
  "dead-connection-never-handed-out": ({ ledger }) => ledger.connections > 1,
  "connection-replaced": ({ ledger }) => ledger.connections > 1,
  "RSET-sent-or-connection-replaced": (evidence) => hasCommand(evidence, "RSET") || evidence.ledger.connections > 1,
  "bounded-reconnects": ({ ledger }) => ledger.connections <= 4
}

/** These say what the laws for every scenario say, or what the runner of the tests sees: late errors and timers. */
const covered = new Set([
  "one-outcome",
  "no-timer-left",
  "slot-released",
  "source-stream-destroyed",
  "no-late-error",
  "no-duplicate",
  "message-1-is-success",
  "message-2-is-success",
  "second-attempt-succeeds",
  "reset-has-a-deadline",
  "socket-closed-within-closeTimeout"
])

/** What must hold before the server is made a good one: the rest is looked at when all is over. */
const isEarly = (name: string): boolean => name.startsWith("no-") || name.startsWith("injected")

const judge = (laws: Readonly<Record<string, Law>>, evidence: Evidence): ReadonlyArray<string> =>
  Object.entries(laws).flatMap(([name, law]) => law(evidence) ? [] : [name])

const leftComplaints = (before: Evidence, after: Evidence): ReadonlyArray<string> =>
  after.scenario.expect.left.flatMap((name) => {
    const law = leftLaws[name]
    if (law === undefined) return covered.has(name) ? [] : [`nobody knows what ${name} is`]
    return law(isEarly(name) ? before : after) ? [] : [name]
  })

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

    const evidence: Evidence = {
      scenario,
      outcomes,
      source,
      openBetween,
      openAfterwards,
      mostOpen: sockets.mostOpen,
      slots,
      isReachable,
      followedUp,
      closing: Duration.toMillis(closing),
      ledger: yield* server.ledger
    }
    const complaints = [
      ...judge(laws, evidence),
      ...leftComplaints({ ...evidence, ledger: before }, evidence)
    ]
    return { outcomes: outcomes.map(nameOf), complaints }
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
