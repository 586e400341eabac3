/**
 * A mailbox for tests: a backend that keeps what is sent in memory, and lets a test look at it, wait for it, and make
 * sending fail.
 *
 * @since 0.1.0
 */
import * as MailBackend from "@effect-mail/core/MailBackend"
import type { BackendError } from "@effect-mail/core/MailError"
import type { Outgoing } from "@effect-mail/core/Outgoing"
import * as SentMessage from "@effect-mail/core/SentMessage"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/**
 * What `TestMailbox` provides.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** What was sent so far, the oldest first. */
  readonly outbox: Effect.Effect<ReadonlyArray<SentMessage.SentMessage>>
  /** What was sent so far, and an empty outbox from then on. */
  readonly takeAll: Effect.Effect<ReadonlyArray<SentMessage.SentMessage>>
  /** Waits until at least `count` messages are in the outbox, and gives all of them. They stay there. */
  readonly awaitCount: (count: number) => Effect.Effect<ReadonlyArray<SentMessage.SentMessage>>
  /** Empties the outbox. Failures that are due stay due. */
  readonly clear: Effect.Effect<void>
  /** Makes the next delivery fail. Several calls make as many deliveries fail, in their order. */
  readonly failNext: (error: BackendError) => Effect.Effect<void>
}

/**
 * The mailbox of the running effect.
 *
 * @since 0.1.0
 * @category tags
 */
export class TestMailbox extends Context.Tag("@effect-mail/testing/TestMailbox")<TestMailbox, Service>() {}

interface Waiter {
  readonly count: number
  readonly resume: (effect: Effect.Effect<ReadonlyArray<SentMessage.SentMessage>>) => void
}

const make = (): Context.Context<TestMailbox | MailBackend.MailBackend> => {
  let sent: Array<SentMessage.SentMessage> = []
  const failures: Array<BackendError> = []
  const waiters = new Set<Waiter>()

  const put = (message: SentMessage.SentMessage): void => {
    sent.push(message)
    for (const waiter of waiters) {
      if (sent.length < waiter.count) continue
      waiters.delete(waiter)
      waiter.resume(Effect.succeed(sent.slice()))
    }
  }

  const takeAll = Effect.sync(() => {
    const taken = sent
    sent = []
    return taken
  })

  const accept = (outgoing: Outgoing) =>
    Effect.map(SentMessage.make(outgoing), (message) => {
      put(message)
      return MailBackend.acceptAll(outgoing)
    })

  const backend = MailBackend.make({
    name: "test",
    open: Effect.succeed({
      deliver: (outgoing) =>
        Effect.suspend(() => {
          const failure = failures.shift()
          return failure === undefined ? accept(outgoing) : Effect.fail(failure)
        })
    })
  })

  return Context.make(TestMailbox, {
    outbox: Effect.sync(() => sent.slice()),
    takeAll,
    awaitCount: (count) =>
      Effect.async((resume) => {
        if (sent.length >= count) return resume(Effect.succeed(sent.slice()))
        const waiter: Waiter = { count, resume }
        waiters.add(waiter)
        return Effect.sync(() => {
          waiters.delete(waiter)
        })
      }),
    clear: Effect.asVoid(takeAll),
    failNext: (error) =>
      Effect.sync(() => {
        failures.push(error)
      })
  }).pipe(Context.add(MailBackend.MailBackend, backend))
}

/**
 * A mailbox, and the backend that fills it. Messages are checked and rendered as for any backend, so that a wrong one
 * fails as it would in production; each recipient is accepted, without a reply.
 *
 * Each time the layer is built the mailbox is a new and empty one: provide it to each test, and no test sees the mail of
 * another. Within one `Effect.provide` it is built once, so that a service that sends and the test that looks share it
 * wherever the layer is named. `it.layer` builds it once for a whole block.
 *
 * @example
 * ```ts
 * import { Mail } from "@effect-mail/core"
 * import { TestMailbox } from "@effect-mail/testing"
 * import { assert, it } from "@effect/vitest"
 * import { Effect } from "effect"
 *
 * it.effect("welcomes", () =>
 *   Effect.gen(function*() {
 *     yield* Mail.sendMail({ subject: "Welcome", text: "Hello", from: "ada@example.com", to: "bob@example.com" })
 *     const [mail] = yield* TestMailbox.outbox
 *     assert.strictEqual(mail?.message.subject, "Welcome")
 *     assert.deepStrictEqual(mail?.envelope.to, ["bob@example.com"])
 *   }).pipe(Effect.provide(TestMailbox.layer)))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<TestMailbox | MailBackend.MailBackend> = Layer.effectContext(Effect.sync(make))

/**
 * What was sent so far, the oldest first.
 *
 * @since 0.1.0
 * @category accessors
 */
export const outbox: Effect.Effect<ReadonlyArray<SentMessage.SentMessage>, never, TestMailbox> = Effect.flatMap(
  TestMailbox,
  (mailbox) => mailbox.outbox
)

/**
 * What was sent so far, the oldest first, and an empty outbox from then on.
 *
 * @since 0.1.0
 * @category accessors
 */
export const takeAll: Effect.Effect<ReadonlyArray<SentMessage.SentMessage>, never, TestMailbox> = Effect.flatMap(
  TestMailbox,
  (mailbox) => mailbox.takeAll
)

/**
 * Waits until at least `count` messages are in the outbox, and gives all of them; they stay in the outbox. For mail that
 * another fiber sends: nothing is polled, and the wait can be interrupted.
 *
 * @example
 * ```ts
 * import { Mail } from "@effect-mail/core"
 * import { TestMailbox } from "@effect-mail/testing"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   yield* Effect.fork(
 *     Mail.sendMail({ subject: "Later", text: "Hello", from: "ada@example.com", to: "bob@example.com" })
 *   )
 *   return yield* TestMailbox.awaitCount(1)
 * })
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const awaitCount = (count: number): Effect.Effect<ReadonlyArray<SentMessage.SentMessage>, never, TestMailbox> =>
  Effect.flatMap(TestMailbox, (mailbox) => mailbox.awaitCount(count))

/**
 * Empties the outbox. Failures that are due stay due.
 *
 * @since 0.1.0
 * @category accessors
 */
export const clear: Effect.Effect<void, never, TestMailbox> = Effect.flatMap(TestMailbox, (mailbox) => mailbox.clear)

/**
 * Makes the next delivery fail with this error; several calls make as many deliveries fail, in their order. Nothing of
 * them lands in the outbox. A message that is wrong in itself never gets as far as a delivery, and leaves the failure
 * due; its `MessageError` needs no help to come about.
 *
 * @example
 * ```ts
 * import { Mail, MailError } from "@effect-mail/core"
 * import { TestMailbox } from "@effect-mail/testing"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   yield* TestMailbox.failNext(new MailError.ConnectionError({ reason: "Refused", description: "nobody listens" }))
 *   return yield* Effect.flip(
 *     Mail.sendMail({ subject: "Hello", text: "Hello", from: "ada@example.com", to: "bob@example.com" })
 *   )
 * })
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const failNext = (error: BackendError): Effect.Effect<void, never, TestMailbox> =>
  Effect.flatMap(TestMailbox, (mailbox) => mailbox.failNext(error))
