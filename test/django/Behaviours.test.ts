import { assert, describe, it } from "@effect/vitest"
import { Array, Console, Effect } from "effect"
import { addresses } from "./addresses.js"
import { attachments } from "./attachments.js"
import { backends } from "./backends.js"
import { type Behaviour, label, rowCount, Verdict } from "./Behaviour.js"
import { encoding } from "./encoding.js"
import { headers } from "./headers.js"
import { injection } from "./injection.js"
import { mailers } from "./mailers.js"
import { messageId } from "./messageId.js"
import { quirks } from "./quirks.js"
import { recipients } from "./recipients.js"
import { sending } from "./sending.js"
import { settings } from "./settings.js"
import { smtp } from "./smtp.js"
import { structure } from "./structure.js"

const behaviours: ReadonlyArray<Behaviour> = [
  ...headers,
  ...injection,
  ...addresses,
  ...encoding,
  ...messageId,
  ...recipients,
  ...structure,
  ...attachments,
  ...sending,
  ...backends,
  ...smtp,
  ...mailers,
  ...settings,
  ...quirks
].sort((one, other) => one.row - other.row)

/** The rows whose check ran to its end. */
const held = new Set<number>()

const says = Verdict.$match({
  Passed: () => "passed",
  ClosedHole: ({ how }) => `closed a hole: ${how}`,
  NotWanted: ({ why }) => `not wanted: ${why}`
})

const outcome = ({ row, verdict }: Behaviour): string =>
  verdict.check === undefined || held.has(row) ? says(verdict) : "FAILED"

const tags = ["Passed", "ClosedHole", "NotWanted"] as const

const table = (rows: ReadonlyArray<Behaviour>): string =>
  [
    ...rows.map((behaviour) => `| ${label(behaviour.row)} | ${behaviour.input} | ${outcome(behaviour)} |`),
    [
      `${rows.length} rows`,
      ...tags.map((tag) => `${tag} ${rows.filter(({ verdict }) => verdict._tag === tag).length}`)
    ].join(", ")
  ].join("\n")

describe("what Django's mail does", () => {
  for (const { input, row, verdict: { check } } of behaviours) {
    if (check === undefined) continue
    it.effect(`${label(row)}: ${input}`, () => Effect.tap(check, () => Effect.sync(() => held.add(row))))
  }
})

// Not concurrent: it comes after the checks, so that the table tells what they found.
describe.sequential("the table of what Django's mail does", () => {
  it("gives every row one verdict", () => {
    assert.deepStrictEqual(behaviours.map(({ row }) => row), Array.range(1, rowCount))
  })

  it.effect("is printed", () => Console.log(table(behaviours)))
})
