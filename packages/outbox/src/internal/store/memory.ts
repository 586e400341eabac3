import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import type * as OutboxMessage from "../../OutboxMessage.js"
import { isSettled } from "../../OutboxMessage.js"
import * as Aging from "../model/aging.js"
import * as Lane from "../model/lane.js"
import * as Duplicates from "./duplicates.js"
import * as Rows from "./memoryRows.js"
import type { Claimed, Hold, NewMessage, Retention, Service, Settlement } from "./service.js"

const insert = (now: number, message: NewMessage): Rows.Row => {
  const { frozen, giveUpAfter, id, key, mailer, priority, trace } = message
  const dueAt = Math.max(now, message.at ?? now)
  return {
    id,
    key,
    mailer,
    priority,
    trace,
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
    frozen,
    recipients: frozen.envelope.to.map((address) => ({ address, state: "pending" })),
    history: []
  }
}

const claimed = (row: Rows.Row, now: number): ReadonlyArray<Claimed> =>
  row.frozen === undefined ? [] : [{
    id: row.id,
    fence: row.fence,
    mailer: row.mailer,
    attempts: row.attempts,
    createdAt: row.createdAt,
    dueAt: row.dueAt,
    giveUpAt: row.giveUpAt,
    claimedAt: now,
    trace: row.trace,
    recipients: row.recipients.filter(({ state }) => state === "pending").map(({ address }) => address),
    format: row.frozen.format,
    messageId: row.frozen.messageId,
    envelope: row.frozen.envelope,
    size: row.frozen.bytes.length,
    octets: row.frozen.bytes
  }]

/** An attempt is settled by its own fence, and late only where nobody started since. */
const mayBeSettled = (row: Rows.Row, { fence, isProof }: Settlement): boolean =>
  row.fence === fence
    ? row.state === "claimed" || row.state === "sending" || row.state === "unknown"
    : isProof && row.startedFence === fence && !isSettled(row.state) &&
      row.history.some((attempt) => attempt.fence === fence && attempt.endedAt === undefined)

const settle = (row: Rows.Row, settlement: Settlement, now: number): boolean => {
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

const reapOne = (row: Rows.Row, now: number, resendLost: boolean) => {
  if (row.state === "claimed" && row.leaseUntil <= now) {
    row.state = "queued"
    return "returned" as const
  }
  if (row.state === "sending" && row.leaseUntil <= now) {
    if (resendLost) Rows.queue(row, now, 0)
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

const cancel = (row: Rows.Row, now: number): OutboxMessage.CancelResult => {
  if (isSettled(row.state)) return "AlreadySettled"
  if (row.state === "sending") return "TooLate"
  row.fence++
  const isPartial = row.recipients.some(({ state }) => state === "accepted")
  Rows.conclude(row, isPartial ? "delivered" : "cancelled", now, undefined)
  Rows.change(row, "pending", "notSent")
  return "Cancelled"
}

const resolve = (row: Rows.Row, resolution: OutboxMessage.Resolution, now: number): boolean => {
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

const retry = (row: Rows.Row, now: number): boolean => {
  if (row.state !== "failed" || !Rows.hasOctets(row)) return false
  row.fence++
  row.attempts = 0
  Rows.change(row, "rejected", "pending")
  Rows.change(row, "notSent", "pending")
  Rows.reopen(row, now)
  return true
}

const erase = (row: Rows.Row): boolean => {
  if (!isSettled(row.state)) return false
  Rows.erase(row)
  return true
}

const matches = (filter: OutboxMessage.Filter) => (row: Rows.Row): boolean =>
  (filter.states === undefined || filter.states.includes(row.state)) &&
  (filter.mailer === undefined || filter.mailer === row.mailer) &&
  (filter.key === undefined || filter.key === row.key) &&
  (filter.recipient === undefined || row.recipients.some(({ address }) => address === filter.recipient)) &&
  (filter.incomplete !== true ||
    (row.state === "delivered" && row.recipients.some(({ state }) => state !== "accepted")))

/**
 * @internal
 */
export const make: Effect.Effect<Service> = Effect.gen(function*() {
  const rows = new Map<string, Rows.Row>()
  const pauses = new Map<string, OutboxMessage.Pause>()
  const wake = yield* PubSub.sliding<void>(1)
  const all = () => [...rows.values()]

  const at = <A>(f: (now: number) => A): Effect.Effect<A> => Effect.map(Clock.currentTimeMillis, f)
  const change = <A>(id: string, otherwise: A, f: (row: Rows.Row, now: number) => A): Effect.Effect<A> =>
    at((now) => {
      const row = rows.get(id)
      return row === undefined ? otherwise : f(row, now)
    })
  const held = (holds: ReadonlyArray<Hold>, f: (row: Rows.Row) => boolean) =>
    holds.flatMap(({ fence, id }) => {
      const row = rows.get(id)
      return row !== undefined && row.fence === fence && f(row) ? [id] : []
    })
  const isPaused = (mailer: string, now: number) => {
    const pause = pauses.get(mailer)
    return pause !== undefined && pause.until.epochMillis > now
  }
  const remove = (doomed: ReadonlyArray<Rows.Row>): number => {
    for (const { id } of doomed) rows.delete(id)
    return doomed.length
  }
  const settledBefore = (time: number, states: ReadonlyArray<OutboxMessage.State>) =>
    all().filter((row) => states.includes(row.state) && row.settledAt !== undefined && row.settledAt < time)

  return {
    enqueue: (messages) =>
      Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        const before = new Map(rows)
        const tickets = messages.map((message) => {
          const same = message.key === undefined ? undefined : all().find(({ key }) => key === message.key)
          if (same !== undefined) return { id: same.id, isNew: false }
          rows.set(message.id, insert(now, message))
          return { id: message.id, isNew: true }
        })
        const duplicate = Duplicates.find(messages, tickets)
        if (duplicate !== undefined) {
          for (const id of [...rows.keys()]) if (!before.has(id)) rows.delete(id)
          return yield* duplicate
        }
        yield* PubSub.publish(wake, undefined)
        return tickets
      }),
    claim: ({ lanes, lease, limit, mailer }) =>
      at((now) =>
        isPaused(mailer, now) ? [] : all()
          .filter((row) =>
            row.state === "queued" && row.mailer === mailer && (lanes === undefined || lanes.includes(row.lane))
          )
          .sort((a, b) => Aging.rank(a.dueAt, a.priority) - Aging.rank(b.dueAt, b.priority) || (a.id < b.id ? -1 : 1))
          .slice(0, limit)
          .flatMap((row) => {
            row.state = "claimed"
            row.fence++
            row.leaseUntil = now + lease
            return claimed(row, now)
          })
      ),
    octets: (id) =>
      Effect.sync(() =>
        Option.filter(Option.fromNullable(rows.get(id)), Rows.hasOctets).pipe(
          Option.flatMapNullable(({ frozen }) => frozen?.bytes)
        )
      ),
    start: (holds, owner, lease) =>
      at((now) =>
        held(holds, (row) => {
          if (row.state !== "claimed" || row.leaseUntil <= now) return false
          row.state = "sending"
          row.startedFence = row.fence
          row.leaseUntil = now + lease
          row.history.push(Rows.begun(row.fence, owner, now))
          return true
        })
      ),
    renew: (holds, lease) =>
      at((now) =>
        held(holds, (row) => {
          if (row.state !== "claimed" && row.state !== "sending") return false
          row.leaseUntil = now + lease
          return true
        })
      ),
    settle: (settlements) =>
      at((now) =>
        settlements.flatMap((settlement) => {
          const row = rows.get(settlement.id)
          return row !== undefined && settle(row, settlement, now) ? [settlement.id] : []
        })
      ),
    reap: ({ resendLost }) =>
      at((now) => {
        const reaped = { due: 0, returned: 0, lost: 0, gaveUp: 0 }
        for (const row of all()) {
          const what = reapOne(row, now, resendLost)
          if (what !== undefined) reaped[what]++
        }
        return reaped
      }),
    retain: ({ delivered, octets, others }: Retention) =>
      at((now) => {
        for (const row of settledBefore(now - octets, ["delivered"])) Rows.forgetOctets(row)
        return remove([
          ...settledBefore(now - delivered, ["delivered", "cancelled"]),
          ...settledBefore(now - others, ["failed", "unknown"])
        ])
      }),
    get: (id) => Effect.sync(() => Option.map(Option.fromNullable(rows.get(id)), Rows.entry)),
    find: (filter, { before, limit }) =>
      Effect.sync(() =>
        all()
          .filter((row) => (before === undefined || row.id < before) && matches(filter)(row))
          .sort((a, b) => a.id < b.id ? 1 : -1)
          .slice(0, limit)
          .map(Rows.summary)
      ),
    counts: Effect.sync(() => Rows.counts(all())),
    settledSince: (since, after) =>
      Effect.sync(() =>
        all()
          .flatMap(({ id, settledAt, state }) => settledAt === undefined ? [] : [{ id, state, settledAt }])
          .filter(({ id, settledAt }) => settledAt > since || (settledAt === since && id > after))
          .sort((a, b) => a.settledAt - b.settledAt || (a.id < b.id ? -1 : 1))
          .slice(0, 1000)
      ),
    cancel: (id) => change<OutboxMessage.CancelResult>(id, "NotFound", cancel),
    resolve: (id, resolution) => change(id, false, (row, now) => resolve(row, resolution, now)),
    retry: (id) => change(id, false, retry),
    erase: (id) => change(id, false, erase),
    purge: (olderThan) =>
      at((now) =>
        remove(
          all().filter((row) => isSettled(row.state) && row.settledAt !== undefined && row.settledAt < now - olderThan)
        )
      ),
    pause: (mailer, duration, reason) =>
      at((now) => {
        pauses.set(mailer, { mailer, until: DateTime.unsafeMake(now + duration), reason })
      }),
    resume: (mailer) => Effect.sync(() => void pauses.delete(mailer)),
    pauses: at((now) => [...pauses.values()].filter(({ mailer }) => isPaused(mailer, now))),
    now: Clock.currentTimeMillis,
    wake: Stream.fromPubSub(wake)
  }
})
