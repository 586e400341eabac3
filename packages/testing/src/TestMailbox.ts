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
  /** The messages sent so far, oldest first. */
  readonly outbox: Effect.Effect<ReadonlyArray<SentMessage.SentMessage>>
  /** The messages sent so far. Empties the outbox. */
  readonly takeAll: Effect.Effect<ReadonlyArray<SentMessage.SentMessage>>
  /** Waits until the outbox has at least `count` messages, and gives all of them. They stay in the outbox. */
  readonly awaitCount: (count: number) => Effect.Effect<ReadonlyArray<SentMessage.SentMessage>>
  /** Empties the outbox. Failures of `failNext` stay due. */
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

/** The messages of a mailbox, the failures that are due, and the fibers that wait for messages. */
class Mailbox implements Service {
  private sent: Array<SentMessage.SentMessage> = []
  private readonly failures: Array<BackendError> = []
  private readonly waiters = new Set<Waiter>()

  readonly outbox = Effect.sync(() => this.sent.slice())

  readonly takeAll = Effect.sync(() => this.sent.splice(0))

  readonly clear = Effect.asVoid(this.takeAll)

  readonly awaitCount = (count: number): Effect.Effect<ReadonlyArray<SentMessage.SentMessage>> =>
    Effect.async((resume) => {
      if (this.sent.length >= count) return resume(this.outbox)
      const waiter: Waiter = { count, resume }
      this.waiters.add(waiter)
      return Effect.sync(() => {
        this.waiters.delete(waiter)
      })
    })

  readonly failNext = (error: BackendError): Effect.Effect<void> =>
    Effect.sync(() => {
      this.failures.push(error)
    })

  private put(message: SentMessage.SentMessage): void {
    this.sent.push(message)
    for (const waiter of this.waiters) {
      if (this.sent.length < waiter.count) continue
      this.waiters.delete(waiter)
      waiter.resume(Effect.succeed(this.sent.slice()))
    }
  }

  /** Keeps a message, or fails with the failure that is due. */
  deliver(outgoing: Outgoing): Effect.Effect<MailBackend.Delivery, BackendError> {
    return Effect.suspend(() => {
      const failure = this.failures.shift()
      if (failure !== undefined) return Effect.fail(failure)
      return Effect.map(SentMessage.make(outgoing), (message) => {
        this.put(message)
        return MailBackend.acceptAll(outgoing)
      })
    })
  }
}

const make = (): Context.Context<TestMailbox | MailBackend.MailBackend> => {
  const mailbox = new Mailbox()
  const backend = MailBackend.make({
    name: "test",
    open: Effect.succeed({ deliver: (outgoing) => mailbox.deliver(outgoing) })
  })
  return Context.make(TestMailbox, mailbox).pipe(Context.add(MailBackend.MailBackend, backend))
}

/**
 * A mailbox, and the backend that fills it. Messages are checked and rendered as for any backend, so that an invalid one
 * fails as it would in production. Each recipient is accepted, without a reply.
 *
 * Each build of the layer makes a new, empty mailbox: provide it to each test, so that no test sees the mail of another.
 * Within one `Effect.provide` it is built once and shared by all that use it; `it.layer` builds it once for a block.
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
 *   yield* TestMailbox.failNext(new MailError.ConnectionError({ reason: "Refused", description: "not listening" }))
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
