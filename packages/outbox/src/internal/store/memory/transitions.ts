/** How a row of the memory store changes. */
import type * as OutboxMessage from "../../../OutboxMessage.js"
import { isSettled } from "../../../OutboxMessage.js"
import * as Lane from "../../model/lane.js"
import type { Claimed, NewMessage, Settlement } from "../../model/service.js"
import * as Rows from "./rows.js"

export const insert = (now: number, message: NewMessage, octets: Uint8Array): Rows.Row => {
  const { frozen, giveUpAfter, id, key, mailer, priority, tenant, trace } = message
  const dueAt = Math.max(now, message.at ?? now)
  return {
    id,
    key,
    mailer,
    priority,
    trace,
    tenant,
    lane: Lane.of(mailer, frozen.envelope.to),
    state: dueAt > now ? "scheduled" : "queued",
    createdAt: now,
    dueAt,
    giveUpAfter,
    giveUpAt: dueAt + giveUpAfter,
    settledAt: undefined,
    attempts: 0,
    fence: 0,
    startedFence: 0,
    leaseUntil: 0,
    reason: undefined,
    error: undefined,
    frozen: { ...frozen, bytes: octets },
    recipients: frozen.envelope.to.map((address) => ({ address, state: "pending" })),
    history: []
  }
}

export const claimed = (row: Rows.Row, now: number): ReadonlyArray<Claimed> =>
  row.frozen === undefined ? [] : [{
    id: row.id,
    fence: row.fence,
    mailer: row.mailer,
    attempts: row.attempts,
    createdAt: row.createdAt,
    dueAt: row.dueAt,
    giveUpAt: row.giveUpAt,
    giveUpAfter: row.giveUpAfter,
    claimedAt: now,
    trace: row.trace,
    recipients: row.recipients.filter(({ state }) => state === "pending").map(({ address }) => address),
    format: row.frozen.format,
    messageId: row.frozen.messageId,
    envelope: row.frozen.envelope,
    annotations: row.frozen.annotations,
    size: row.frozen.bytes.length,
    octets: row.frozen.bytes
  }]

/** An attempt is settled by its own fence, and late only where no later attempt started. */
const mayBeSettled = (row: Rows.Row, { fence, isProof }: Settlement): boolean =>
  (row.fence === fence && (row.state === "claimed" || row.state === "sending" || row.state === "unknown")) ||
  (isProof && row.startedFence === fence && !isSettled(row.state) &&
    row.history.some((attempt) => attempt.fence === fence && attempt.endedAt === undefined))

export const settle = (row: Rows.Row, settlement: Settlement, now: number): boolean => {
  const { delay, detail, error, fence, isCounted, outcome, owner, reason, recipients, state } = settlement
  const applies = mayBeSettled(row, settlement)
  Rows.end(row, fence, owner, now, outcome, detail)
  if (!applies) return false
  if (row.fence > fence) row.fence++
  if (state === "queued") Rows.queue(row, now, delay)
  else Rows.conclude(row, state, now, reason)
  row.attempts += isCounted ? 1 : 0
  row.error = error ?? row.error
  for (const recipient of recipients) Rows.setRecipient(row, recipient)
  return true
}

export const reapOne = (row: Rows.Row, now: number, resendLost: boolean) => {
  if (row.state === "claimed" && row.leaseUntil <= now) {
    row.state = "queued"
    return "returned" as const
  }
  if (row.state === "sending" && row.leaseUntil <= now) {
    if (resendLost) row.state = "queued"
    else {
      Rows.conclude(row, "unknown", now, "lost")
      Rows.change(row, "pending", "unknown")
    }
    return "lost" as const
  }
  if ((row.state === "queued" || row.state === "scheduled") && row.giveUpAt <= now) {
    Rows.conclude(row, "failed", now, "gaveUp")
    Rows.change(row, "pending", "notSent")
    return "gaveUp" as const
  }
  if (row.state === "scheduled" && row.dueAt <= now) {
    row.state = "queued"
    return "due" as const
  }
  return undefined
}

export const cancel = (row: Rows.Row, now: number): OutboxMessage.CancelResult => {
  if (isSettled(row.state)) return "AlreadySettled"
  if (row.state === "sending") return "TooLate"
  row.fence++
  const isPartial = row.recipients.some(({ state }) => state === "accepted")
  Rows.conclude(row, isPartial ? "delivered" : "cancelled", now, undefined)
  Rows.change(row, "pending", "notSent")
  return "Cancelled"
}

export const resolve = (row: Rows.Row, resolution: OutboxMessage.Resolution, now: number): boolean => {
  if (row.state !== "unknown") return false
  row.fence++
  Rows.change(
    row,
    "unknown",
    { delivered: "accepted", failed: "notSent", resend: "pending" }[resolution] as
      | "accepted"
      | "notSent"
      | "pending"
  )
  if (row.recipients.some(({ state }) => state === "pending")) Rows.reopen(row, now)
  else {
    const isDelivered = row.recipients.some(({ state }) => state === "accepted")
    Rows.conclude(row, isDelivered ? "delivered" : "failed", now, "resolved")
  }
  return true
}

export const retry = (row: Rows.Row, now: number): boolean => {
  if (row.state !== "failed" || !Rows.hasOctets(row)) return false
  row.fence++
  row.attempts = 0
  Rows.change(row, "rejected", "pending")
  Rows.change(row, "notSent", "pending")
  Rows.reopen(row, now)
  return true
}

export const erase = (row: Rows.Row): boolean => {
  if (!isSettled(row.state)) return false
  Rows.erase(row)
  return true
}
