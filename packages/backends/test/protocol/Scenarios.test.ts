import { Message } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { Exit } from "effect"
import * as Laws from "../faults/FaultLaws.js"
import { classOf, nameOf, type Outcome } from "../faults/Outcome.js"
import { expected, type Scenario, scenarios, toCalmScript } from "../faults/Scenario.js"
import { Ledger } from "./MemoryLedger.js"
import { messagesOf, type Pieces, Player } from "./Player.js"

/** What no session has a part in, and why. */
const aboutTheSocket: Readonly<Record<string, string>> = {
  "conn-refused": "the connection is refused before there is a session",
  "conn-blackhole": "no connection is made, so that there is no session"
}

const played = scenarios.filter(({ id }) => aboutTheSocket[id] === undefined)

type Mode = "single" | "pooled"

const messages = new Map(scenarios.map((scenario) => [scenario.id, messagesOf(scenario)]))

const play = (scenario: Scenario, mode: Mode, pieces: Pieces) => {
  const ledger = new Ledger()
  const player = new Player(scenario, ledger, mode, pieces)
  const outcomes: Array<Outcome> = []
  for (const message of messages.get(scenario.id) ?? []) {
    if (outcomes.length > 0) player.rest()
    outcomes.push(player.send(message))
  }
  return { ledger, outcomes, player }
}

const followUps = [1, 2].map((n) =>
  Message.make({ from: "sender@example.com", to: "rcpt@example.com", subject: `follow-up ${n}`, text: "hello" })
)

/** What is not as it should be, by the laws of the matrix of faults. */
const judge = (scenario: Scenario, mode: Mode, pieces: Pieces) => {
  const { ledger, outcomes, player } = play(scenario, mode, pieces)
  const openBetween = player.open
  const before = ledger.snapshot
  player.calm(toCalmScript(scenario))
  const followedUp = followUps.map((message) => {
    player.rest()
    let outcome = player.send(message)
    for (let tries = 0; tries < 3 && Exit.isFailure(outcome); tries++) outcome = player.send(message)
    return outcome
  })
  player.end()
  const evidence: Laws.Evidence = {
    scenario,
    outcomes,
    source: undefined,
    openBetween,
    openAfterwards: player.open,
    maxOpen: 1,
    slots: 1,
    isReachable: true,
    followedUp,
    closing: 0,
    ledger: ledger.snapshot
  }
  return { outcomes, broken: Laws.broken({ ...evidence, ledger: before }, evidence) }
}

/** What is longer than any scenario but two is cut at some places only. */
const fewOctets = 10_000

/** Where to cut: up to the first fault every session is the same, so that one without faults is cut everywhere. */
const cutsOf = ({ sent, sentAsUsual = 0 }: Ledger): ReadonlyArray<number> => {
  const step = sent < fewOctets ? 1 : Math.ceil(sent / 20)
  const first = Math.max(1, sentAsUsual - 1)
  return Array.from({ length: Math.ceil((sent - first) / step) }, (_, i) => first + i * step)
}

describe("The scenarios of faults, in memory", () => {
  it("are all played, but for those that are about the socket", () => {
    assert.strictEqual(scenarios.length, 94)
    assert.strictEqual(played.length + Object.keys(aboutTheSocket).length, scenarios.length)
  })

  for (const scenario of played) {
    for (const mode of ["single", "pooled"] as const) {
      for (const pieces of ["whole", "bytes"] as const) {
        it(`${scenario.id}, ${mode}, ${pieces}`, () => {
          const { broken, outcomes } = judge(scenario, mode, pieces)
          assert.deepStrictEqual(broken, [], `it ended as ${outcomes.map(nameOf).join()}`)
        })
      }
    }

    it(`${scenario.id}, the same wherever the server's octets are cut`, () => {
      const whole = play(scenario, "pooled", "whole")
      const allowed = expected(scenario)
      const names = whole.outcomes.map(nameOf)
      for (const cut of cutsOf(whole.ledger)) {
        const { ledger, outcomes } = play(scenario, "pooled", cut)
        if (allowed.some((classes) => classes.length > 1)) {
          assert.isTrue(outcomes.every((outcome, i) => allowed[i]?.some((name) => name === classOf(outcome))), `${cut}`)
          continue
        }
        assert.deepStrictEqual(outcomes.map(nameOf), names, `cut after ${cut} octets`)
        assert.strictEqual(
          ledger.snapshot.accepted.length,
          whole.ledger.snapshot.accepted.length,
          `cut after ${cut} octets`
        )
      }
    })
  }
})
