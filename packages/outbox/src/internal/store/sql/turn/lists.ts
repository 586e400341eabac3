import * as Lane from "../../../model/lane.js"
import type { Hold, Settlement } from "../../../model/service.js"

/** Columns of the lists that statements take, as JSON. */
export const holdColumns = { id: "text", fence: "bigint" } as const

export const settlementColumns = {
  id: "text",
  fence: "bigint",
  owner: "text",
  state: "text",
  delay: "bigint",
  reason: "text",
  error: "text",
  outcome: "text",
  detail: "text",
  counted: "integer",
  proof: "integer"
} as const

export const fateColumns = {
  id: "text",
  address: "text",
  domain: "text",
  state: "text",
  code: "integer",
  enhanced: "text",
  reply: "text"
} as const

/** Rows are changed in the order of ids, so that no two statements wait for each other. */
const inOrder = <A extends Hold>(items: ReadonlyArray<A>): ReadonlyArray<A> =>
  [...items].sort((a, b) => a.id < b.id ? -1 : 1)

/** PostgreSQL takes no NUL in a text. */
const clean = (text: string | undefined): string | null => text === undefined ? null : text.replaceAll("\0", "")

export const holds = (items: ReadonlyArray<Hold>): string =>
  JSON.stringify(inOrder(items).map(({ fence, id }) => ({ id, fence })))

export const settlements = (items: ReadonlyArray<Settlement>): string =>
  JSON.stringify(
    inOrder(items).map((settlement) => ({
      id: settlement.id,
      fence: settlement.fence,
      owner: settlement.owner,
      state: settlement.state === "queued" && settlement.delay > 0 ? "scheduled" : settlement.state,
      delay: Math.round(settlement.delay),
      reason: settlement.reason ?? null,
      error: clean(settlement.error),
      outcome: settlement.outcome,
      detail: clean(settlement.detail),
      counted: settlement.isCounted ? 1 : 0,
      proof: settlement.isProof ? 1 : 0
    }))
  )

/** What became of each recipient. */
export const fates = (items: ReadonlyArray<Settlement>): string =>
  JSON.stringify(
    inOrder(items).flatMap(({ id, recipients }) =>
      recipients.map(({ address, reply, state }) => ({
        id,
        address,
        domain: Lane.domain([address]),
        state,
        code: reply?.code ?? null,
        enhanced: reply?.enhancedCode ?? null,
        reply: clean(reply?.text)
      }))
    )
  )
