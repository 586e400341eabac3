import { assert, describe, it } from "@effect/vitest"
import { Array, Console, Effect } from "effect"
import { type Behaviour, label, rowCount, Verdict } from "./Behaviour.js"
import { addresses } from "./behaviours/Addresses.js"
import { attachments } from "./behaviours/Attachments.js"
import { backendConsole } from "./behaviours/BackendConsole.js"
import { backendContract } from "./behaviours/BackendContract.js"
import { backendFile } from "./behaviours/BackendFile.js"
import { backendMemory } from "./behaviours/BackendMemory.js"
import { encoding } from "./behaviours/Encoding.js"
import { headers } from "./behaviours/Headers.js"
import { injection } from "./behaviours/Injection.js"
import { mailers } from "./behaviours/Mailers.js"
import { messageId } from "./behaviours/MessageId.js"
import { quirks } from "./behaviours/Quirks.js"
import { recipients } from "./behaviours/Recipients.js"
import { sending } from "./behaviours/Sending.js"
import { settings } from "./behaviours/Settings.js"
import { smtpDelivery } from "./behaviours/SmtpDelivery.js"
import { smtpOpening } from "./behaviours/SmtpOpening.js"
import { structure } from "./behaviours/Structure.js"

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
  ...backendContract,
  ...backendMemory,
  ...backendConsole,
  ...backendFile,
  ...smtpOpening,
  ...smtpDelivery,
  ...mailers,
  ...settings,
  ...quirks
].sort((one, other) => one.row - other.row)

/** The rows whose check ran to its end. */
const held = new Set<number>()

const holds = ({ row, verdict }: Behaviour): boolean => verdict.check === undefined || held.has(row)

const kinds = { Passed: "passed", ClosedHole: "closed a hole", NotWanted: "not wanted" } as const

const says = Verdict.$match({
  Passed: () => kinds.Passed,
  ClosedHole: ({ how }) => `${kinds.ClosedHole}: ${how}`,
  NotWanted: ({ why }) => `${kinds.NotWanted}: ${why}`
})

const line = (behaviour: Behaviour): string =>
  `| ${label(behaviour.row)} | ${behaviour.input} | ${holds(behaviour) ? says(behaviour.verdict) : "FAILED"} |`

const summary = (rows: ReadonlyArray<Behaviour>): string => {
  const count = Object.entries(kinds).map(([tag, words]) =>
    `${rows.filter((row) => row.verdict._tag === tag && holds(row)).length} ${words}`
  )
  return `${rows.length} rows: ${count.join(", ")}, ${rows.filter((row) => !holds(row)).length} failed`
}

/** Rows run side by side, and some of them talk to servers and disks. */
const patience = { timeout: 30_000 }

describe("what Django's mail does", () => {
  for (const { input, row, verdict: { check } } of behaviours) {
    if (check === undefined) continue
    it.effect(`${label(row)}: ${input}`, () => Effect.tap(check, () => Effect.sync(() => held.add(row))), patience)
  }
})

// Not concurrent: it comes after the checks, so that the table tells what they found.
describe.sequential("the table of what Django's mail does", () => {
  it("gives every row one verdict", () => {
    assert.deepStrictEqual(behaviours.map(({ row }) => row), Array.range(1, rowCount))
  })

  it.effect("is printed", () => Console.log([...behaviours.map(line), summary(behaviours)].join("\n")))
})
