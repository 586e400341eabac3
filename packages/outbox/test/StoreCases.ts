/** What every store promises. */
import { MailError } from "@effect-mail/core"
import { OutboxStore } from "@effect-mail/outbox"
import { assert } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import * as Messages from "./StoredMessages.js"
import { Time } from "./Stores.js"

type Case = Effect.Effect<void, unknown, OutboxStore.OutboxStore | Time>

const lease = 30_000
const claim = (limit = 10, owner = "one") =>
  Effect.flatMap(OutboxStore.OutboxStore, (store) => store.claim({ owner, mailer: "default", limit, lease }))
const pass = (ms: number) => Effect.flatMap(Time, (time) => time.pass(ms))

const enqueued = (options: Messages.Options = {}) =>
  Effect.gen(function*() {
    const store = yield* OutboxStore.OutboxStore
    const [ticket] = yield* store.enqueue([yield* Messages.make(options)])
    return { store, ticket: ticket ?? assert.fail("no ticket") }
  })

const claimedOne = (owner = "one") =>
  Effect.gen(function*() {
    const [item] = yield* claim(1, owner)
    return item ?? assert.fail("nothing was claimed")
  })

const entryOf = (id: OutboxStore.Settled["id"]) =>
  Effect.gen(function*() {
    const store = yield* OutboxStore.OutboxStore
    return Option.getOrThrow(yield* store.get(id))
  })

const statesOf = (id: OutboxStore.Settled["id"]) =>
  Effect.map(entryOf(id), ({ recipients, state }) => [state, ...recipients.map((recipient) => recipient.state)])

const octetsOf = (id: OutboxStore.Settled["id"]) =>
  Effect.gen(function*() {
    const store = yield* OutboxStore.OutboxStore
    const parts = yield* Stream.runCollect(store.octets(id))
    return new Uint8Array(Buffer.concat(Array.from(parts)))
  })

const hold = ({ fence, id }: OutboxStore.Hold) => ({ fence, id })

export const cases: Readonly<Record<string, Case>> = {
  "what is queued is claimed, with all that sending needs": Effect.gen(function*() {
    const message = yield* Messages.make({ to: ["b@example.org", "a@example.com"] })
    const store = yield* OutboxStore.OutboxStore
    const [ticket] = yield* store.enqueue([message])
    const item = yield* claimedOne()
    assert.strictEqual(item.id, ticket?.id)
    assert.strictEqual(item.fence, 1)
    assert.deepStrictEqual([...item.recipients].sort(), ["a@example.com", "b@example.org"])
    assert.deepStrictEqual(item.octets && new Uint8Array(item.octets), message.frozen.bytes)
    assert.deepStrictEqual(item.envelope, message.frozen.envelope)
    assert.strictEqual(item.messageId, message.frozen.messageId)
    assert.deepStrictEqual(yield* claim(), [])
  }),
  "octets in parts come back whole, and are kept once": Effect.gen(function*() {
    const { store, ticket } = yield* enqueued({ size: 600_000 })
    const message = yield* Messages.make({ size: 600_000 })
    const item = yield* claimedOne()
    assert.isTrue(item.octets === undefined || item.octets.length === message.frozen.bytes.length)
    assert.deepStrictEqual(yield* octetsOf(ticket.id), message.frozen.bytes)
    const [other] = yield* store.enqueue([message])
    yield* store.cancel(ticket.id)
    yield* store.cancel(other?.id ?? ticket.id)
    assert.isTrue(yield* store.erase(other?.id ?? ticket.id))
    assert.deepStrictEqual(yield* octetsOf(ticket.id), message.frozen.bytes)
    assert.isTrue(yield* store.erase(ticket.id))
    assert.isTrue((yield* octetsOf(ticket.id)).length === 0)
  }),
  "octets that come as a stream are those of the message, and a failing stream leaves nothing": Effect.gen(function*() {
    const store = yield* OutboxStore.OutboxStore
    const message = yield* Messages.make({ size: 700_000, key: "stream" })
    const { bytes } = message.frozen
    const pieces = Stream.unfold(
      0,
      (at) => at >= bytes.length ? Option.none() : Option.some([bytes.subarray(at, at + 30_011), at + 30_011] as const)
    )
    const broken = Stream.concat(
      pieces,
      Stream.fail(new MailError.AttachmentError({ filename: Option.none(), cause: "the file is gone" }))
    )
    const error = yield* Effect.flip(store.enqueue([{ ...message, frozen: { ...message.frozen, bytes: broken } }]))
    assert.strictEqual(error._tag, "AttachmentError")
    assert.isTrue(Option.isNone(yield* store.get(message.id)))
    const [ticket] = yield* store.enqueue([{ ...message, frozen: { ...message.frozen, bytes: pieces } }])
    assert.deepStrictEqual(ticket, { id: message.id, isNew: true })
    const item = yield* claimedOne()
    assert.strictEqual(item.size, bytes.length)
    assert.deepStrictEqual(yield* octetsOf(message.id), bytes)
    assert.strictEqual((yield* entryOf(message.id)).size, bytes.length)
  }),
  "what was staged is queued once, and within a day": Effect.gen(function*() {
    const store = yield* OutboxStore.OutboxStore
    const message = yield* Messages.make({ size: 600_000 })
    const { bytes } = message.frozen
    const size = yield* store.stage(message.id, Stream.make(bytes))
    assert.strictEqual(size, bytes.length)
    const staged = { ...message, frozen: { ...message.frozen, bytes: { _tag: "Staged" as const, size } } }
    assert.deepStrictEqual(yield* store.enqueue([staged]), [{ id: message.id, isNew: true }])
    assert.deepStrictEqual(yield* store.enqueue([staged]), [{ id: message.id, isNew: false }])
    assert.strictEqual((yield* claimedOne()).size, size)
    assert.deepStrictEqual(yield* octetsOf(message.id), bytes)
    const late = yield* Messages.make({ size: 600_000 })
    yield* store.stage(late.id, Stream.make(late.frozen.bytes))
    yield* pass(86_400_001)
    yield* store.retain({ octets: 1e12, delivered: 1e12, others: 1e12 })
    const error = yield* Effect.flip(
      store.enqueue([{ ...late, frozen: { ...late.frozen, bytes: staged.frozen.bytes } }])
    )
    assert.isTrue(error._tag === "OutboxError" && error.isRefused)
    assert.deepStrictEqual(yield* octetsOf(message.id), bytes)
  }),
  "annotations and the tenant are kept": Effect.gen(function*() {
    const { store, ticket } = yield* enqueued({ tenant: "acme", annotations: { tags: ["receipt"] } })
    yield* enqueued({ tenant: "other" })
    const found = yield* store.find({ tenant: "acme" }, { before: undefined, limit: 10 })
    assert.deepStrictEqual(found.map(({ id, tenant }) => [id, tenant]), [[ticket.id, Option.some("acme")]])
    const item = (yield* claim()).find(({ id }) => id === ticket.id)
    assert.deepStrictEqual(item?.annotations, { tags: ["receipt"] })
  }),
  "one key, one message": Effect.gen(function*() {
    const { store, ticket } = yield* enqueued({ key: "receipt-1" })
    const again = yield* store.enqueue([
      yield* Messages.make({ key: "receipt-1" }),
      yield* Messages.make({ key: "receipt-2" }),
      yield* Messages.make({ key: "receipt-2" })
    ])
    assert.deepStrictEqual(again.map(({ isNew }) => isNew), [false, true, false])
    assert.strictEqual(again[0]?.id, ticket.id)
    assert.strictEqual(again[1]?.id, again[2]?.id)
    assert.strictEqual((yield* claim()).length, 2)
  }),
  "a key that must be new is refused, with all that came with it": Effect.gen(function*() {
    const { store, ticket } = yield* enqueued({ key: "receipt-1" })
    const error = yield* Effect.flip(store.enqueue([
      yield* Messages.make({}),
      yield* Messages.make({ key: "receipt-1", onDuplicate: "fail" })
    ]))
    assert.strictEqual(error._tag === "DuplicateKeyError" ? error.id : error, ticket.id)
    assert.strictEqual((yield* claim()).length, 1)
  }),
  "the urgent first, and those that wait long": Effect.gen(function*() {
    const { store, ticket: old } = yield* enqueued({})
    yield* pass(90 * 60_000)
    const [urgent, next, bulk] = yield* store.enqueue([
      yield* Messages.make({ priority: 2 }),
      yield* Messages.make({ priority: 1 }),
      yield* Messages.make({ priority: -1 })
    ])
    assert.deepStrictEqual((yield* claim()).map(({ id }) => id), [urgent?.id, old.id, next?.id, bulk?.id])
  }),
  "not before its time": Effect.gen(function*() {
    const store = yield* OutboxStore.OutboxStore
    const now = yield* store.now
    yield* store.enqueue([yield* Messages.make({ at: now + 60_000 })])
    yield* store.reap({ resendLost: false })
    assert.deepStrictEqual(yield* claim(), [])
    yield* pass(60_000)
    assert.strictEqual((yield* store.reap({ resendLost: false })).due, 1)
    assert.strictEqual((yield* claim()).length, 1)
  }),
  "a message is started once, by who holds it": Effect.gen(function*() {
    const { store, ticket } = yield* enqueued()
    const item = yield* claimedOne()
    assert.deepStrictEqual(yield* store.start([{ ...hold(item), fence: item.fence - 1 }], "one", lease), [])
    assert.deepStrictEqual(yield* store.start([hold(item)], "one", lease), [ticket.id])
    assert.deepStrictEqual(yield* store.start([hold(item)], "one", lease), [])
    assert.deepStrictEqual(yield* statesOf(ticket.id), ["sending", "pending"])
    assert.strictEqual((yield* entryOf(ticket.id)).history.length, 1)
  }),
  "a lease that is over starts nothing, and its message goes back": Effect.gen(function*() {
    const { store, ticket } = yield* enqueued()
    const item = yield* claimedOne()
    yield* pass(lease + 1)
    assert.deepStrictEqual(yield* store.start([hold(item)], "one", lease), [])
    assert.strictEqual((yield* store.reap({ resendLost: false })).returned, 1)
    const again = yield* claimedOne("two")
    assert.strictEqual(again.fence, item.fence + 1)
    assert.deepStrictEqual(yield* store.start([hold(item)], "one", lease), [])
    assert.deepStrictEqual(yield* store.start([hold(again)], "two", lease), [ticket.id])
  }),
  "starts and settlements are recorded together, each by its own rules": Effect.gen(function*() {
    yield* enqueued()
    yield* enqueued()
    yield* enqueued()
    const [done, next, stale] = yield* claim(3)
    if (done === undefined || next === undefined || stale === undefined) return assert.fail("three were queued")
    const { store } = yield* enqueued()
    const turn = (holds: ReadonlyArray<OutboxStore.Hold>, settlements: ReadonlyArray<OutboxStore.Settlement>) =>
      store.record({ starts: { holds, owner: "one", lease }, settlements })
    assert.deepStrictEqual(yield* turn([hold(done)], []), { started: [done.id], settled: [] })
    assert.deepStrictEqual(
      yield* turn([hold(next), { ...hold(stale), fence: stale.fence - 1 }], [Messages.accepted(done)]),
      { started: [next.id], settled: [done.id] }
    )
    assert.deepStrictEqual(yield* turn([], [Messages.accepted(done)]), { started: [], settled: [] })
    assert.deepStrictEqual(yield* statesOf(done.id), ["delivered", "accepted"])
    assert.strictEqual((yield* entryOf(next.id)).state, "sending")
    assert.strictEqual((yield* entryOf(stale.id)).state, "claimed")
    assert.deepStrictEqual((yield* entryOf(done.id)).history.map(({ outcome, owner }) => [owner, outcome]), [
      ["one", Option.some("Delivery")]
    ])
  }),
  "a lease that is renewed goes on": Effect.gen(function*() {
    const { store, ticket } = yield* enqueued()
    const item = yield* claimedOne()
    yield* pass(lease - 1)
    assert.deepStrictEqual(yield* store.renew([hold(item)], lease), [ticket.id])
    yield* pass(lease - 1)
    assert.deepStrictEqual(yield* store.reap({ resendLost: false }), { due: 0, returned: 0, lost: 0, gaveUp: 0 })
    assert.deepStrictEqual(yield* store.start([hold(item)], "one", lease), [ticket.id])
    yield* store.settle([Messages.accepted(item)])
    assert.deepStrictEqual(yield* store.renew([hold(item)], lease), [])
  }),
  "what was sending when its runner was lost is unknown, until the truth comes late": Effect.gen(function*() {
    const { store, ticket } = yield* enqueued()
    const item = yield* claimedOne()
    yield* store.start([hold(item)], "one", lease)
    yield* pass(lease + 1)
    assert.strictEqual((yield* store.reap({ resendLost: false })).lost, 1)
    assert.deepStrictEqual(yield* statesOf(ticket.id), ["unknown", "unknown"])
    assert.deepStrictEqual(yield* store.settle([Messages.accepted(item)]), [ticket.id])
    assert.deepStrictEqual(yield* statesOf(ticket.id), ["delivered", "accepted"])
  }),
  "the truth comes late where it was to be sent again, and no attempt had begun": Effect.gen(function*() {
    const { store, ticket } = yield* enqueued()
    const item = yield* claimedOne()
    yield* store.start([hold(item)], "one", lease)
    yield* pass(lease + 1)
    yield* store.reap({ resendLost: true })
    const again = yield* claimedOne("two")
    assert.deepStrictEqual(yield* store.settle([Messages.accepted(item)]), [ticket.id])
    assert.deepStrictEqual(yield* store.start([hold(again)], "two", lease), [])
    assert.deepStrictEqual(yield* statesOf(ticket.id), ["delivered", "accepted"])
  }),
  "the truth comes too late where a later attempt has begun": Effect.gen(function*() {
    const { store, ticket } = yield* enqueued()
    const item = yield* claimedOne()
    yield* store.start([hold(item)], "one", lease)
    yield* pass(lease + 1)
    yield* store.reap({ resendLost: true })
    const again = yield* claimedOne("two")
    yield* store.start([hold(again)], "two", lease)
    assert.deepStrictEqual(yield* store.settle([Messages.accepted(item)]), [])
    assert.deepStrictEqual(yield* statesOf(ticket.id), ["sending", "pending"])
    const [first] = (yield* entryOf(ticket.id)).history
    assert.deepStrictEqual(first?.outcome, Option.some("Delivery"))
  }),
  "only the deferred are tried again": Effect.gen(function*() {
    const { store, ticket } = yield* enqueued({ to: ["a@example.com", "b@example.com", "c@example.com"] })
    const item = yield* claimedOne()
    yield* store.start([hold(item)], "one", lease)
    const reply = { code: 451, enhancedCode: "4.7.1", text: "later" }
    const settlement = Messages.settlement(item, "queued", 60_000, [
      { address: "a@example.com", state: "accepted" },
      { address: "b@example.com", state: "pending", reply },
      { address: "c@example.com", state: "rejected", reply: { code: 550, text: "no" } }
    ])
    yield* store.settle([settlement])
    // The connection was lost, and it is not known whether it was recorded: it is recorded again, to no effect.
    yield* store.settle([settlement])
    assert.deepStrictEqual(yield* claim(), [])
    yield* pass(60_000)
    yield* store.reap({ resendLost: false })
    const again = yield* claimedOne()
    assert.deepStrictEqual(again.recipients, ["b@example.com"])
    assert.strictEqual(again.attempts, 1)
    const { recipients } = yield* entryOf(ticket.id)
    assert.deepStrictEqual(recipients[1], { address: "b@example.com", state: "pending", reply })
  }),
  "what waits too long is given up": Effect.gen(function*() {
    const { store, ticket } = yield* enqueued({ giveUpAfter: 1000 })
    yield* pass(1000)
    assert.strictEqual((yield* store.reap({ resendLost: false })).gaveUp, 1)
    const entry = yield* entryOf(ticket.id)
    assert.deepStrictEqual([entry.state, entry.reason], ["failed", Option.some("gaveUp")])
    assert.deepStrictEqual(yield* statesOf(ticket.id), ["failed", "notSent"])
    assert.isTrue(yield* store.retry(ticket.id))
    assert.deepStrictEqual((yield* claimedOne()).recipients, ["bob@example.com"])
  }),
  "a cancelled message is not sent, and one on its way is not cancelled": Effect.gen(function*() {
    const { store, ticket } = yield* enqueued()
    const item = yield* claimedOne()
    assert.strictEqual(yield* store.cancel(ticket.id), "Cancelled")
    assert.deepStrictEqual(yield* store.start([hold(item)], "one", lease), [])
    assert.strictEqual(yield* store.cancel(ticket.id), "AlreadySettled")
    const { ticket: other } = yield* enqueued()
    yield* store.start([hold(yield* claimedOne())], "one", lease)
    assert.strictEqual(yield* store.cancel(other.id), "TooLate")
    assert.strictEqual(yield* store.cancel((yield* Messages.make({})).id), "NotFound")
  }),
  "a person says what became of the unknown": Effect.gen(function*() {
    const { store, ticket } = yield* enqueued()
    const item = yield* claimedOne()
    yield* store.start([hold(item)], "one", lease)
    assert.isFalse(yield* store.resolve(ticket.id, "resend"))
    yield* pass(lease + 1)
    yield* store.reap({ resendLost: false })
    assert.isTrue(yield* store.resolve(ticket.id, "delivered"))
    assert.deepStrictEqual(yield* statesOf(ticket.id), ["delivered", "accepted"])
    assert.deepStrictEqual(yield* store.settle([Messages.accepted(item)]), [])
    const { ticket: second } = yield* enqueued()
    const lost = yield* claimedOne()
    yield* store.start([hold(lost)], "one", lease)
    yield* pass(lease + 1)
    yield* store.reap({ resendLost: false })
    assert.isTrue(yield* store.resolve(second.id, "resend"))
    const again = yield* claimedOne("two")
    assert.isAbove(again.fence, lost.fence)
    assert.deepStrictEqual(again.recipients, ["bob@example.com"])
  }),
  "a mailer that is paused sends nothing": Effect.gen(function*() {
    const { store } = yield* enqueued()
    yield* store.pause("default", 60_000, "wrong password")
    assert.deepStrictEqual((yield* store.pauses).map(({ mailer, reason }) => [mailer, reason]), [[
      "default",
      "wrong password"
    ]])
    assert.deepStrictEqual(yield* claim(), [])
    yield* pass(60_000)
    assert.deepStrictEqual(yield* store.pauses, [])
    assert.strictEqual((yield* claim()).length, 1)
    yield* enqueued()
    yield* store.pause("default", 60_000, "again")
    yield* store.resume("default")
    assert.strictEqual((yield* claim()).length, 1)
  }),
  "lanes are apart": Effect.gen(function*() {
    const store = yield* OutboxStore.OutboxStore
    yield* store.enqueue(
      yield* Effect.forEach(["a", "b", "c", "d"], (host) => Messages.make({ to: [`x@${host}.example`] }))
    )
    const found: Array<string> = []
    for (let lane = 0; lane < 32; lane++) {
      const items = yield* store.claim({ owner: "one", mailer: "default", lanes: [lane], limit: 10, lease })
      found.push(...items.map(({ id }) => id))
    }
    assert.strictEqual(new Set(found).size, 4)
    assert.strictEqual(found.length, 4)
  }),
  "an operator finds messages, page by page": Effect.gen(function*() {
    const store = yield* OutboxStore.OutboxStore
    const tickets = yield* store.enqueue(
      yield* Effect.forEach([1, 2, 3, 4], (n) => Messages.make({ key: `k${n}`, to: [`r${n}@example.com`] }))
    )
    const ids = tickets.map(({ id }) => id).sort().reverse()
    const first = yield* store.find({}, { before: undefined, limit: 3 })
    assert.deepStrictEqual(first.map(({ id }) => id), ids.slice(0, 3))
    const rest = yield* store.find({}, { before: first[2]?.id, limit: 3 })
    assert.deepStrictEqual(rest.map(({ id }) => id), ids.slice(3))
    const found = (filter: Parameters<typeof store.find>[0]) =>
      Effect.map(store.find(filter, { before: undefined, limit: 10 }), (page) => page.length)
    assert.strictEqual(yield* found({ key: "k2" }), 1)
    assert.strictEqual(yield* found({ recipient: "r3@example.com" }), 1)
    assert.strictEqual(yield* found({ recipient: "' OR 1=1 --" }), 0)
    assert.strictEqual(yield* found({ states: ["queued"] }), 4)
    assert.strictEqual(yield* found({ states: ["failed", "unknown"] }), 0)
    assert.strictEqual(yield* found({ mailer: "other" }), 0)
    const item = yield* claimedOne()
    yield* store.start([hold(item)], "one", lease)
    yield* store.settle([Messages.settlement(item, "delivered", 0, [
      { address: item.recipients[0] ?? "", state: "accepted" },
      { address: "else@example.com", state: "rejected" }
    ])])
    assert.strictEqual(yield* found({ incomplete: true }), 1)
    const { counts, oldestDue } = yield* store.counts
    assert.deepStrictEqual(
      [...counts].map(({ count, state }) => `${state} ${count}`).sort(),
      ["delivered 1", "queued 3"]
    )
    assert.isTrue(Option.isSome(oldestDue))
  }),
  "what is settled is told in order": Effect.gen(function*() {
    const { store } = yield* enqueued()
    const start = yield* store.now
    yield* enqueued()
    const [one, two] = yield* claim()
    if (one === undefined || two === undefined) return assert.fail("two were queued")
    yield* store.settle([Messages.accepted(two)])
    yield* pass(5)
    yield* store.settle([Messages.accepted(one)])
    const settled = yield* store.settledSince(start, "")
    assert.deepStrictEqual(settled.map(({ id, state }) => [id, state]), [[two.id, "delivered"], [one.id, "delivered"]])
    const [first] = settled
    const rest = yield* store.settledSince(first?.settledAt ?? 0, first?.id ?? "")
    assert.deepStrictEqual(rest.map(({ id }) => id), [one.id])
  }),
  "what is personal is erased, and what is old removed": Effect.gen(function*() {
    const { store, ticket } = yield* enqueued({ key: "k" })
    assert.isFalse(yield* store.erase(ticket.id))
    const item = yield* claimedOne()
    yield* store.start([hold(item)], "one", lease)
    yield* store.settle([{ ...Messages.accepted(item), error: "bob@example.com", detail: "RCPT TO:<bob@example.com>" }])
    assert.isTrue(yield* store.erase(ticket.id))
    const entry = yield* entryOf(ticket.id)
    assert.strictEqual(entry.state, "delivered")
    assert.notInclude(JSON.stringify(entry), "bob")
    assert.isTrue((yield* octetsOf(ticket.id)).length === 0)
    yield* pass(1001)
    yield* enqueued({ key: "k" })
    assert.strictEqual(yield* store.purge(1000), 1)
    assert.isTrue(Option.isNone(yield* store.get(ticket.id)))
    assert.strictEqual((yield* claim()).length, 1)
  }),
  "octets go before rows": Effect.gen(function*() {
    const { store, ticket } = yield* enqueued()
    const item = yield* claimedOne()
    yield* store.settle([Messages.accepted(item)])
    const retention = { octets: 1000, delivered: 5000, others: 9000 }
    yield* pass(1001)
    assert.strictEqual(yield* store.retain(retention), 0)
    assert.isTrue((yield* octetsOf(ticket.id)).length === 0)
    assert.strictEqual((yield* entryOf(ticket.id)).state, "delivered")
    yield* pass(4000)
    assert.strictEqual(yield* store.retain(retention), 1)
    assert.isTrue(Option.isNone(yield* store.get(ticket.id)))
  }),
  "thousands at once": Effect.gen(function*() {
    const store = yield* OutboxStore.OutboxStore
    const messages = yield* Effect.forEach(Array.from({ length: 2500 }), () => Messages.make({}))
    assert.strictEqual((yield* store.enqueue(messages)).filter(({ isNew }) => isNew).length, 2500)
    const items = yield* claim(2500)
    assert.strictEqual(items.length, 2500)
    assert.strictEqual((yield* store.start(items.map(hold), "one", lease)).length, 2500)
    assert.strictEqual((yield* store.settle(items.map(Messages.accepted))).length, 2500)
  })
}
