/**
 * Random calls of a store by owners who keep every fence that they ever had, and use it at any time: late settlements of those
 * who were stopped, claims that were in hand when a lease ran out, a second start, a resend by decision.
 */
import { OutboxStore } from "@effect-mail/outbox"
import { assert } from "@effect/vitest"
import { Effect, FastCheck as fc, Option } from "effect"
import * as Messages from "./StoredMessages.js"
import { Time } from "./Stores.js"

const lease = 10_000

/** `held` is an index into all that was ever claimed. */
export type Call =
  | { readonly _tag: "claim"; readonly owner: string; readonly limit: number }
  | { readonly _tag: "start" | "renew"; readonly held: number }
  | { readonly _tag: "settle"; readonly held: number; readonly state: OutboxStore.Settlement["state"] }
  | { readonly _tag: "pass"; readonly ms: number }
  | { readonly _tag: "reap"; readonly resendLost: boolean }
  | { readonly _tag: "cancel" | "retry"; readonly message: number }
  | { readonly _tag: "resolve"; readonly message: number; readonly as: "delivered" | "failed" | "resend" }

const held = fc.nat(30)
const message = fc.nat(2)

const call: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      _tag: fc.constant("claim" as const),
      owner: fc.constantFrom("one", "two"),
      limit: fc.integer({ min: 1, max: 3 })
    })
  },
  { weight: 5, arbitrary: fc.record({ _tag: fc.constantFrom("start" as const, "renew" as const), held }) },
  {
    weight: 5,
    arbitrary: fc.record({
      _tag: fc.constant("settle" as const),
      held,
      state: fc.constantFrom("queued" as const, "delivered" as const, "failed" as const, "unknown" as const)
    })
  },
  { weight: 3, arbitrary: fc.record({ _tag: fc.constant("pass" as const), ms: fc.constantFrom(1, 4000, 10_001) }) },
  { weight: 3, arbitrary: fc.record({ _tag: fc.constant("reap" as const), resendLost: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constantFrom("cancel" as const, "retry" as const), message }) },
  {
    weight: 1,
    arbitrary: fc.record({
      _tag: fc.constant("resolve" as const),
      message,
      as: fc.constantFrom("delivered" as const, "failed" as const, "resend" as const)
    })
  }
)

export const calls: fc.Arbitrary<ReadonlyArray<Call>> = fc.array(call, { minLength: 5, maxLength: 40 })

/** What a recipient is after a settlement. */
const fates = { queued: "pending", delivered: "accepted", failed: "rejected", unknown: "unknown" } as const

const keyOf = ({ fence, id }: OutboxStore.Hold): string => `${id} ${fence}`

/** Makes the calls, holds the laws of the fence, and gives what the store answered to each. */
export const live = (
  history: ReadonlyArray<Call>,
  messages: ReadonlyArray<OutboxStore.NewMessage>
): Effect.Effect<ReadonlyArray<string>, unknown, OutboxStore.OutboxStore | Time> =>
  Effect.gen(function*() {
    const store = yield* OutboxStore.OutboxStore
    const { pass } = yield* Time
    yield* store.enqueue(messages)
    const ids = messages.map(({ id }) => id)
    const idOf = ({ message }: { readonly message: number }) => ids[message] ?? assert.fail("there is no such message")
    const hands: Array<OutboxStore.Claimed> = []
    const newest = new Map<string, number>()
    const started = new Map<string, number>()
    /** What may be sent again: since its last start someone decided so, or knew that it was not sent. */
    const isFree = new Set<string>(ids)
    const inHand = (index: number) => hands.length === 0 ? undefined : hands[index % hands.length]
    const answer = (one: Call): Effect.Effect<unknown, unknown> => {
      switch (one._tag) {
        case "claim":
          return Effect.map(store.claim({ ...one, mailer: "default", lease }), (items) => {
            for (const item of items) {
              assert.isAbove(item.fence, newest.get(item.id) ?? 0, "a claim has a fence of its own")
              newest.set(item.id, item.fence)
              hands.push(item)
            }
            return items.map(keyOf)
          })
        case "start": {
          const item = inHand(one.held)
          if (item === undefined) return Effect.succeed("nothing")
          return Effect.map(store.start([item], "one", lease), (granted) => {
            if (granted.length > 0) {
              assert.strictEqual(item.fence, newest.get(item.id), "only the newest fence starts")
              assert.isAbove(item.fence, started.get(item.id) ?? 0, "a fence starts once")
              assert.isTrue(isFree.has(item.id), "nothing is sent twice without a decision")
              started.set(item.id, item.fence)
              isFree.delete(item.id)
            }
            return granted
          })
        }
        case "renew": {
          const item = inHand(one.held)
          if (item === undefined) return Effect.succeed("nothing")
          return Effect.tap(store.renew([item], lease), (kept) =>
            Effect.sync(() => {
              if (kept.length > 0) {
                assert.strictEqual(item.fence, newest.get(item.id), "only the newest fence is renewed")
              }
            }))
        }
        case "settle": {
          const item = inHand(one.held)
          if (item === undefined) return Effect.succeed("nothing")
          const recipients = item.recipients.map((address) => ({ address, state: fates[one.state] }))
          const settlement = {
            ...Messages.settlement(item, one.state, 0, recipients),
            isProof: one.state !== "unknown"
          }
          return Effect.map(store.settle([settlement]), (applied) => {
            if (applied.length > 0) {
              assert.isAtLeast(item.fence, started.get(item.id) ?? 0, "a later attempt is not settled by an older one")
              if (one.state !== "unknown") isFree.add(item.id)
            }
            return applied
          })
        }
        case "pass":
          return pass(one.ms)
        case "reap":
          return Effect.tap(store.reap(one), ({ lost }) =>
            Effect.sync(() => {
              if (one.resendLost && lost > 0) ids.forEach((id) => isFree.add(id))
            }))
        case "cancel":
          return store.cancel(idOf(one))
        case "retry":
          return Effect.tap(
            store.retry(idOf(one)),
            (isDone) => Effect.sync(() => isDone && isFree.add(idOf(one)))
          )
        case "resolve":
          return Effect.tap(
            store.resolve(idOf(one), one.as),
            (isDone) => Effect.sync(() => isDone && isFree.add(idOf(one)))
          )
      }
    }
    const answers: Array<string> = []
    for (const one of history) {
      answers.push(`${one._tag}: ${JSON.stringify(yield* answer(one))}`)
      for (const id of ids) {
        const entry = Option.getOrThrow(yield* store.get(id))
        answers.push(`${entry.state} ${entry.recipients.map(({ state }) => state).join()} ${entry.attempts}`)
      }
    }
    return answers
  })
