/** What is printed of an outbox fits the terminal, and steers nothing. */
import { OutboxMessage } from "@effect-mail/outbox"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, FastCheck as fc, Option, Schema } from "effect"
import { counted, listed, shown, tabbed } from "../src/outbox/print.js"
import { none } from "../src/terminal/colours.js"
import { jsonLine } from "../src/terminal/json.js"
import { columns } from "../src/terminal/visible.js"

const at = DateTime.unsafeMake("2026-11-24T10:00:00Z")
const id = Schema.decodeSync(OutboxMessage.TicketId)("01k0v6zq8e9x3m5r7t2w4y6a8c")

const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme", minLength: 60, maxLength: 200 }))
const summary = fc.record({
  key: text,
  mailer: text,
  error: text,
  state: fc.constantFrom(...OutboxMessage.State.literals)
})
  .map(({ error, key, mailer, state }): OutboxMessage.Summary => ({
    id,
    key: Option.some(key),
    mailer,
    priority: 0,
    state,
    reason: Option.none(),
    messageId: "<1@example.com>",
    attempts: 1,
    createdAt: at,
    dueAt: at,
    giveUpAt: at,
    settledAt: Option.none(),
    lastError: Option.some(error)
  }))

const steers = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]/

describe("What is printed of an outbox", () => {
  it.prop("takes at most 40 columns in a list", [summary], ([one]) => {
    const printed = listed(one, none, 40)
    assert.notMatch(printed, steers)
    for (const line of printed.split("\n")) assert.isAtMost(columns(line), 40)
    assert.lengthOf(tabbed(one).split("\t"), 7)
    assert.notMatch(tabbed(one), /[\n\r]/)
  })

  it.prop("steers nothing, whatever a server or a program said", [summary, text], ([one, said]) => {
    const entry: OutboxMessage.Entry = {
      ...one,
      envelope: Option.none(),
      size: 1,
      recipients: [{ address: said, state: "rejected", reply: { code: 550, text: said } }],
      history: [{
        fence: 1,
        owner: said,
        startedAt: Option.some(at),
        endedAt: Option.none(),
        outcome: Option.some(said),
        detail: Option.some(said)
      }]
    }
    assert.notMatch(shown(entry, none), steers)
    const pauses = [{ mailer: said, until: at, reason: said }]
    const counts = { counts: [{ mailer: said, state: one.state, count: 1 }], oldestDue: Option.some(at) }
    assert.notMatch(counted(counts, pauses, at, none), steers)
    const line = jsonLine({ said })
    assert.notMatch(line, steers)
    assert.deepStrictEqual(JSON.parse(line), { said })
  })
})
