/** Random histories of an outbox, and the laws that hold at the end of each. */
import { MailBackend, Message } from "@effect-mail/core"
import type { OutboxMessage } from "@effect-mail/outbox"
import { Outbox, OutboxRunner, OutboxStore } from "@effect-mail/outbox"
import { assert } from "@effect/vitest"
import { Effect, FastCheck as fc, Fiber, Option } from "effect"
import * as ManualClock from "./ManualClock.js"
import * as World from "./ModelWorld.js"

const lease = 10_000

/** A runner that works for a while. */
export interface Shift {
  readonly fate: World.Fate | undefined
  readonly honest: boolean
  readonly connections: number
  /** How often it looks for what is due, in ms. */
  readonly poll: number
}

export interface History {
  readonly messages: ReadonlyArray<number>
  readonly behaviours: ReadonlyArray<World.Behaviour>
  /** Groups of runners that work at the same time. */
  readonly shifts: ReadonlyArray<ReadonlyArray<Shift>>
  /** How time passes while a group works, in ms. */
  readonly passing: ReadonlyArray<number>
  readonly cancelled: ReadonlyArray<number>
}

const fate: fc.Arbitrary<World.Fate | undefined> = fc.option(
  fc.record({
    step: fc.integer({ min: 0, max: 30 }),
    what: fc.constantFrom("dies" as const, "freezes" as const),
    when: fc.constantFrom("before" as const, "after" as const)
  }),
  { nil: undefined, freq: 3 }
)

const behaviour: fc.Arbitrary<World.Behaviour> = fc.oneof(
  { weight: 6, arbitrary: fc.constant("accept" as const) },
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "reject" as const,
      "defer" as const,
      "half" as const,
      "noConnection" as const,
      "wrongPassword" as const,
      "dropBefore" as const,
      "dropAfterTaking" as const,
      "dropWithoutTaking" as const
    )
  }
)

export const history: fc.Arbitrary<History> = fc.record({
  messages: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
  behaviours: fc.array(behaviour, { maxLength: 12 }),
  shifts: fc.array(
    fc.array(
      fc.record({ fate, honest: fc.boolean(), connections: fc.integer({ min: 1, max: 3 }), poll: fc.constant(2000) }),
      {
        minLength: 1,
        maxLength: 2
      }
    ),
    { minLength: 1, maxLength: 3 }
  ),
  passing: fc.array(fc.constantFrom(100, 1_000, 4_000, 13_000), { minLength: 1, maxLength: 4 }),
  cancelled: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 1 })
})

interface Working {
  readonly thaw: Effect.Effect<void>
  /** Ends it, unless it is dead: the dead do not stop. */
  readonly end: Effect.Effect<void>
}

/** Begins to work, and is left to its fate: a dead runner is not waited for. */
const begin = (
  { connections, fate, honest, poll }: Shift,
  server: World.Server
): Effect.Effect<Working, never, OutboxStore.OutboxStore> =>
  Effect.gen(function*() {
    const gate = yield* World.gate(fate)
    const store = World.through(gate, yield* OutboxStore.OutboxStore, server)
    const fiber = yield* OutboxRunner.run({
      connections,
      lease,
      poll,
      retry: ["1 second", "3 seconds", "10 seconds"],
      retention: false,
      stopWithin: 1000
    }).pipe(
      Effect.provideService(OutboxStore.OutboxStore, store),
      Effect.provideService(MailBackend.MailBackend, World.backend(gate, server, honest)),
      Effect.forkDaemon
    )
    return {
      thaw: gate.thaw,
      end: Effect.suspend(() => gate.isDead() ? Effect.void : Fiber.interruptFork(fiber))
    }
  })

const open: ReadonlySet<OutboxMessage.State> = new Set(["scheduled", "queued", "claimed", "sending"])

const check = ({ copies, octets }: World.Server, entry: OutboxMessage.Entry): void => {
  const { recipients, state } = entry
  assert.isFalse(open.has(state), `${state}: nothing is left open`)
  for (const recipient of recipients) {
    const count = copies.get(recipient.address) ?? 0
    assert.isAtMost(count, 1, `${recipient.address}: nothing is sent twice`)
    if (recipient.state === "accepted") assert.strictEqual(count, 1, "accepted: the server has it")
    else if (recipient.state !== "unknown") assert.strictEqual(count, 0, `${recipient.state}: no copy went out`)
  }
  const states = new Set(recipients.map((recipient) => recipient.state))
  if (state === "delivered") assert.isTrue(states.has("accepted"), "delivered: a recipient has it")
  if (state === "cancelled") assert.deepStrictEqual([...states], ["notSent"])
  if (state !== "unknown") assert.isFalse(states.has("unknown"), "what is unknown is said")
  assert.isAtMost(octets.get(entry.messageId)?.size ?? 0, 1, "the octets are the same at every attempt")
}

const message = (recipients: number, index: number): Message.Message =>
  Message.make({
    from: "shop@example.com",
    to: Array.from({ length: recipients }, (_, i) => `r${index}-${i}@example.com`),
    subject: `Order ${index}`,
    text: "Thank you!"
  })

/** After so many minutes what was to be tried again was tried, or given up. */
const longest = 60

const story = (
  { behaviours, cancelled, messages, passing, shifts }: History,
  pass: (ms: number) => Effect.Effect<void>
): Effect.Effect<void, unknown, OutboxStore.OutboxStore> =>
  Effect.gen(function*() {
    const outbox = yield* Outbox.make
    const drawn = behaviours[Symbol.iterator]()
    const server = World.server(() => drawn.next().value ?? "accept")
    const tickets = yield* outbox.enqueueAll(
      messages.map((recipients, i) => [message(recipients, i), { giveUpAfter: "30 minutes" }] as const)
    )
    for (const shift of shifts) {
      const working = yield* Effect.forEach(shift, (one) => begin(one, server))
      for (const ms of passing) yield* pass(ms)
      yield* Effect.forEach(working, ({ thaw }) => thaw)
      yield* pass(1000)
      yield* Effect.forEach(working, ({ end }) => end)
      yield* pass(7000)
    }
    for (const index of cancelled) {
      const id = tickets[index]?.id
      if (id !== undefined) yield* outbox.cancel(id)
    }
    const last = yield* begin({ fate: undefined, honest: true, connections: 2, poll: 10_000 }, server)
    yield* pass(2 * lease)
    for (let minutes = 0; minutes < longest; minutes++) {
      const { counts } = yield* outbox.counts
      if (!counts.some(({ state }) => open.has(state))) break
      yield* pass(60_000)
    }
    yield* last.end
    yield* pass(7000)
    assert.deepStrictEqual(server.repeated, [], "no call of the store names a message twice")
    for (const { id } of tickets) check(server, Option.getOrThrow(yield* outbox.get(id)))
  })

/**
 * Lives through a history, then works in peace until all is settled, and looks at what became of it. `passInStore` sets the
 * clock of the store forward, where that is another one.
 */
export const live = (
  history: History,
  passInStore?: (ms: number) => Effect.Effect<void>
): Effect.Effect<void, unknown, OutboxStore.OutboxStore> =>
  Effect.suspend(() => {
    const clock = ManualClock.make(1_000_000_000_000)
    const pass = (ms: number): Effect.Effect<void> => {
      if (passInStore === undefined) return clock.pass(ms)
      const step = Math.min(ms, 2000)
      return Effect.zipRight(passInStore(step), clock.pass(step)).pipe(
        Effect.zipRight(ms > step ? pass(ms - step) : Effect.void)
      )
    }
    return Effect.withClock(story(history, pass), clock)
  })
