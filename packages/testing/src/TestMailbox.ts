/**
 * A mailbox for tests: a backend that keeps what is sent in memory, and lets a test look at it, wait for it, and make
 * sending fail.
 *
 * @since 0.1.0
 */
import type { Reply } from "@effect-mail/core/DeliveryReport"
import * as MailBackend from "@effect-mail/core/MailBackend"
import type { BackendError } from "@effect-mail/core/MailError"
import * as Outgoing from "@effect-mail/core/Outgoing"
import * as SentMessage from "@effect-mail/core/SentMessage"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Refusals from "./internal/mailbox/refusals.js"

export type {
  /**
   * The recipients that `refuse` is about: an address, several, an expression that matches addresses, or a test. Addresses are
   * compared without their names, and without the case of the domain.
   *
   * @since 0.1.0
   * @category models
   */
  Recipients
} from "./internal/mailbox/refusals.js"

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
  /** Refuses recipients with a reply: 4yz defers, 5yz rejects. The last rule that fits a recipient decides. */
  readonly refuse: (recipients: Refusals.Recipients, reply?: Reply) => Effect.Effect<void>
  /** Accepts all recipients again. */
  readonly acceptAll: Effect.Effect<void>
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

  /** The newest first. */
  private readonly rules: Array<Refusals.Rule> = []

  readonly refuse = (recipients: Refusals.Recipients, reply: Reply = Refusals.noMailbox): Effect.Effect<void> =>
    Effect.sync(() => {
      this.rules.unshift({ fits: Refusals.testOf(recipients), reply })
    })

  readonly acceptAll = Effect.sync(() => {
    this.rules.length = 0
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
  deliver(outgoing: Outgoing.Outgoing): Effect.Effect<MailBackend.Delivery, BackendError> {
    return Effect.suspend(() => {
      const failure = this.failures.shift()
      if (failure !== undefined) return Effect.fail(failure)
      const replyTo = (recipient: string) => this.rules.find(({ fits }) => fits(recipient))?.reply
      const recipients = outgoing.envelope.to.map((recipient) => Refusals.statusOf(recipient, replyTo(recipient)))
      const replies = outgoing.envelope.to.flatMap((recipient) => replyTo(recipient) ?? [])
      const [first] = replies
      if (first !== undefined && replies.length === recipients.length) {
        return Effect.fail(Refusals.rejection(recipients, replies.find(({ code }) => code < 500) ?? first))
      }
      const accepted = Outgoing.narrow(outgoing, (recipient) => replyTo(recipient) === undefined)
      return Effect.map(SentMessage.make(accepted), (message) => {
        this.put(message)
        return { recipients }
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
 * fails as it would in production. Each recipient is accepted, without a reply, unless `refuse` says otherwise.
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
 * Refuses recipients from now on, so that a test sees what its program does when a message gets through to some only. The
 * report says `Rejected` of them, or `Deferred` where the code of the reply is less than 500. The message in the outbox has
 * the other recipients in its envelope; when all are refused, sending fails with `RejectedError`, and nothing is kept. Of
 * several rules the last one that fits a recipient decides. Default of `reply`: 550 5.1.1, no such mailbox.
 *
 * @example
 * ```ts
 * import { DeliveryReport, Mail } from "@effect-mail/core"
 * import { TestMailbox } from "@effect-mail/testing"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   yield* TestMailbox.refuse("eve@example.com")
 *   yield* TestMailbox.refuse(/@example\.org$/, { code: 450, enhancedCode: "4.2.2", text: "4.2.2 Mailbox full" })
 *   const report = yield* Mail.send({
 *     from: "ada@example.com",
 *     to: ["bob@example.com", "eve@example.com", "carol@example.org"],
 *     text: "Hello"
 *   })
 *   return DeliveryReport.refused(report) // eve is Rejected, carol is Deferred
 * })
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const refuse = (recipients: Refusals.Recipients, reply?: Reply): Effect.Effect<void, never, TestMailbox> =>
  Effect.flatMap(TestMailbox, (mailbox) => mailbox.refuse(recipients, reply))

/**
 * Accepts all recipients again, as before `refuse`.
 *
 * @since 0.1.0
 * @category accessors
 */
export const acceptAll: Effect.Effect<void, never, TestMailbox> = Effect.flatMap(
  TestMailbox,
  (mailbox) => mailbox.acceptAll
)

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
