/**
 * What must hold after a scenario, in whatever way it was played.
 */
import { DeliveryReport } from "@effect-mail/core"
import type { ScriptedSmtpServer } from "@effect-mail/testing"
import { Duration, Exit } from "effect"
import { inspect } from "node:util"
import { classOf, errorOf, isProvenNotSent, type Outcome } from "./Outcome.js"
import { expected, type Scenario } from "./Scenario.js"
import type * as Source from "./Source.js"

export const user = "user"
export const password = "s3cret-pw"
const secrets = [
  password,
  Buffer.from(password).toString("base64"),
  Buffer.from(`\0${user}\0${password}`).toString("base64")
]

export const closeLimit: Duration.DurationInput = "300 millis"

/** What was seen of a run, for the laws to be held against. */
export interface Evidence {
  readonly scenario: Scenario
  readonly outcomes: ReadonlyArray<Outcome>
  readonly source: Source.Source | undefined
  /** How many of the client's sockets were open after the messages of the scenario. */
  readonly openBetween: number
  readonly openAfterwards: number
  readonly maxOpen: number
  readonly slots: number
  readonly isReachable: boolean
  readonly followedUp: ReadonlyArray<Outcome>
  readonly closing: number
  readonly ledger: ScriptedSmtpServer.Ledger
}

const hasSubject = (subject: string) => ({ bytes }: ScriptedSmtpServer.Received): boolean =>
  Buffer.from(bytes).includes(`\r\nSubject: ${subject}\r\n`)

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
  "there were never more sockets than slots": ({ maxOpen, slots }) => maxOpen <= slots,
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

const leftBroken = (before: Evidence, after: Evidence): ReadonlyArray<string> =>
  after.scenario.expect.left.flatMap((name) => {
    const law = leftLaws[name]
    if (law === undefined) return covered.has(name) ? [] : [`nobody knows what ${name} is`]
    return law(isEarly(name) ? before : after) ? [] : [name]
  })

/** The laws that were broken, by what was seen before the server was made a good one, and by what was seen in the end. */
export const broken = (before: Evidence, after: Evidence): ReadonlyArray<string> =>
  judge(laws, after).concat(leftBroken(before, after))
