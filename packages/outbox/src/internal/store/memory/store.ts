import type { AttachmentError } from "@effect-mail/core/MailError"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import { OutboxError } from "../../../OutboxError.js"
import type * as OutboxMessage from "../../../OutboxMessage.js"
import { isSettled } from "../../../OutboxMessage.js"
import * as Aging from "../../model/aging.js"
import type { Hold, NewMessage, Retention, Service } from "../../model/service.js"
import * as Duplicates from "../duplicates.js"
import * as Rows from "./rows.js"

import * as Transition from "./transitions.js"

const collected = (octets: Stream.Stream<Uint8Array, AttachmentError>): Effect.Effect<Uint8Array, AttachmentError> =>
  Effect.map(Stream.runCollect(octets), (pieces) => {
    const all = new Uint8Array(Chunk.reduce(pieces, 0, (size, { length }) => size + length))
    let at = 0
    for (const piece of pieces) {
      all.set(piece, at)
      at += piece.length
    }
    return all
  })

const matches = (filter: OutboxMessage.Filter) => (row: Rows.Row): boolean =>
  (filter.states === undefined || filter.states.includes(row.state)) &&
  (filter.mailer === undefined || filter.mailer === row.mailer) &&
  (filter.tenant === undefined || filter.tenant === row.tenant) &&
  (filter.key === undefined || filter.key === row.key) &&
  (filter.recipient === undefined || row.recipients.some(({ address }) => address === filter.recipient)) &&
  (filter.incomplete !== true ||
    (row.state === "delivered" && row.recipients.some(({ state }) => state !== "accepted")))

export const make: Effect.Effect<Service> = Effect.gen(function*() {
  const rows = new Map<string, Rows.Row>()
  const staged = new Map<string, { readonly octets: Uint8Array; readonly at: number }>()
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
  const octetsOf = (
    { frozen: { bytes }, id }: NewMessage
  ): Effect.Effect<Uint8Array, AttachmentError | OutboxError> => {
    if (bytes instanceof Uint8Array) return Effect.succeed(bytes)
    if (!("_tag" in bytes)) return collected(bytes)
    const kept = staged.get(id)
    return kept === undefined
      ? new OutboxError({
        operation: "enqueue",
        isRefused: true,
        cause: `what was staged as ${id} is gone: stage it again`
      })
      : Effect.succeed(kept.octets)
  }
  const remove = (doomed: ReadonlyArray<Rows.Row>): number => {
    for (const { id } of doomed) rows.delete(id)
    return doomed.length
  }
  const settledBefore = (time: number, states: ReadonlyArray<OutboxMessage.State>) =>
    all().filter((row) => states.includes(row.state) && row.settledAt !== undefined && row.settledAt < time)

  const start: Service["start"] = (holds, owner, lease) =>
    at((now) =>
      held(holds, (row) => {
        if (row.state !== "claimed" || row.leaseUntil <= now) return false
        row.state = "sending"
        row.startedFence = row.fence
        row.leaseUntil = now + lease
        row.history.push(Rows.begun(row.fence, owner, now))
        return true
      })
    )
  const settle: Service["settle"] = (settlements) =>
    at((now) =>
      settlements.flatMap((settlement) => {
        const row = rows.get(settlement.id)
        return row !== undefined && Transition.settle(row, settlement, now) ? [settlement.id] : []
      })
    )
  return {
    enqueue: (messages) =>
      Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        const before = new Map(rows)
        const undo = () => {
          for (const id of [...rows.keys()]) if (!before.has(id)) rows.delete(id)
        }
        const tickets = yield* Effect.onError(
          Effect.forEach(messages, (message) =>
            Effect.gen(function*() {
              const same = rows.get(message.id) ??
                (message.key === undefined ? undefined : all().find(({ key }) => key === message.key))
              if (same !== undefined) return { id: same.id, isNew: false }
              const octets = yield* octetsOf(message)
              rows.set(message.id, Transition.insert(now, message, octets))
              return { id: message.id, isNew: true }
            })),
          () => Effect.sync(undo)
        )
        const duplicate = Duplicates.find(messages, tickets)
        if (duplicate !== undefined) {
          undo()
          return yield* duplicate
        }
        for (const { id } of messages) staged.delete(id)
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
            return Transition.claimed(row, now)
          })
      ),
    stage: (id, octets) =>
      Effect.zipWith(collected(octets), Clock.currentTimeMillis, (bytes, now) => {
        staged.set(id, { octets: bytes, at: now })
        return bytes.length
      }),
    octets: (id) =>
      Stream.suspend(() => {
        const row = rows.get(id)
        return row?.frozen !== undefined && Rows.hasOctets(row) ? Stream.make(row.frozen.bytes) : Stream.empty
      }),
    start,
    renew: (holds, lease) =>
      at((now) =>
        held(holds, (row) => {
          if (row.state !== "claimed" && row.state !== "sending") return false
          row.leaseUntil = now + lease
          return true
        })
      ),
    settle,
    record: ({ settlements, starts }) =>
      Effect.all({
        started: starts === undefined ? Effect.succeed([]) : start(starts.holds, starts.owner, starts.lease),
        settled: settle(settlements)
      }),
    reap: ({ resendLost }) =>
      at((now) => {
        const reaped = { due: 0, returned: 0, lost: 0, gaveUp: 0 }
        for (const row of all()) {
          const what = Transition.reapOne(row, now, resendLost)
          if (what !== undefined) reaped[what]++
        }
        return reaped
      }),
    retain: ({ delivered, octets, others }: Retention) =>
      at((now) => {
        for (const [id, { at }] of staged) if (at < now - 86_400_000) staged.delete(id)
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
    cancel: (id) => change<OutboxMessage.CancelResult>(id, "NotFound", Transition.cancel),
    resolve: (id, resolution) => change(id, false, (row, now) => Transition.resolve(row, resolution, now)),
    retry: (id) => change(id, false, Transition.retry),
    erase: (id) => change(id, false, Transition.erase),
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
