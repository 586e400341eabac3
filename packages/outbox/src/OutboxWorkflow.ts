/**
 * Bridges to `@effect/workflow`: a workflow queues a message, once, and waits until it is settled. The outbox stays what it
 * is; the workflow is one of its callers.
 *
 * @example
 * ```ts
 * import { Message } from "@effect-mail/core"
 * import * as OutboxWorkflow from "@effect-mail/outbox/OutboxWorkflow"
 * import { Workflow } from "@effect/workflow"
 * import { Effect, Schema } from "effect"
 *
 * const Welcome = Workflow.make({
 *   name: "Welcome",
 *   payload: { email: Schema.String },
 *   idempotencyKey: ({ email }) => email
 * })
 *
 * const WelcomeLive = Welcome.toLayer(({ email }) =>
 *   Effect.gen(function*() {
 *     const message = Message.make({ from: "shop@example.com", to: email, subject: "Welcome", text: "Hello" })
 *     const state = yield* Effect.orDie(OutboxWorkflow.send({ name: "welcome", message }))
 *     yield* Effect.log(`the message is ${state}`)
 *   })
 * )
 * ```
 *
 * @since 0.1.0
 */
import { AttachmentError, BadHeaderError, InvalidAddressError, InvalidMessageError } from "@effect-mail/core/MailError"
import * as Activity from "@effect/workflow/Activity"
import * as DurableDeferred from "@effect/workflow/DurableDeferred"
import type * as WorkflowEngine from "@effect/workflow/WorkflowEngine"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Outbox from "./Outbox.js"
import { DuplicateKeyError, OutboxError } from "./OutboxError.js"
import * as OutboxMessage from "./OutboxMessage.js"

/**
 * `name` is unique in the workflow: the message is queued once for each execution and name, whatever is run again.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Omit<Outbox.EnqueueOptions, "key" | "onDuplicate"> {
  readonly name: string
  readonly message: Outbox.Input
}

const EnqueueError = Schema.Union(
  OutboxError,
  DuplicateKeyError,
  AttachmentError,
  BadHeaderError,
  InvalidAddressError,
  InvalidMessageError
)

const keyPrefix = "workflow:"

const deferredOf = (name: string) =>
  DurableDeferred.make(`@effect-mail/outbox/${name}`, { success: OutboxMessage.State })

/**
 * An activity that queues a message. What it gives is kept by the workflow, and where it is run again the outbox finds the
 * message by its key.
 *
 * @since 0.1.0
 * @category activities
 */
export const enqueue = (
  { message, name, ...options }: Options
): Activity.Activity<typeof OutboxMessage.TicketId, typeof EnqueueError, Outbox.Outbox> =>
  Activity.make({
    name: `@effect-mail/outbox/enqueue/${name}`,
    success: OutboxMessage.TicketId,
    error: EnqueueError,
    execute: Effect.gen(function*() {
      const outbox = yield* Outbox.Outbox
      const token = yield* DurableDeferred.token(deferredOf(name))
      const { id } = yield* outbox.enqueue(message, { ...options, key: keyPrefix + token })
      return id
    })
  })

/**
 * Waits until the message that was queued under this name is settled, and gives its state: `delivered`, `failed`, `cancelled`,
 * or `unknown`. `layer` tells the workflow.
 *
 * @since 0.1.0
 * @category activities
 */
export const settled = (
  name: string
): Effect.Effect<OutboxMessage.State, never, WorkflowEngine.WorkflowEngine | WorkflowEngine.WorkflowInstance> =>
  DurableDeferred.await(deferredOf(name))

/**
 * Queues a message, and waits until it is settled.
 *
 * @since 0.1.0
 * @category activities
 */
export const send = (
  options: Options
): Effect.Effect<
  OutboxMessage.State,
  typeof EnqueueError.Type,
  Outbox.Outbox | WorkflowEngine.WorkflowEngine | WorkflowEngine.WorkflowInstance
> => Effect.zipRight(enqueue(options), settled(options.name))

const tell = (
  key: Option.Option<string>,
  state: OutboxMessage.State
): Effect.Effect<void, never, WorkflowEngine.WorkflowEngine> =>
  Option.match(Option.filter(key, (text) => text.startsWith(keyPrefix)), {
    onNone: () => Effect.void,
    onSome: (text) => {
      const token = DurableDeferred.Token.make(text.slice(keyPrefix.length))
      const { deferredName } = DurableDeferred.TokenParsed.fromString(token)
      const deferred = DurableDeferred.make(deferredName, { success: OutboxMessage.State })
      return DurableDeferred.succeed(deferred, { token, value: state })
    }
  })

/**
 * Tells workflows what became of their messages: of those that were settled while this did not run, and of those that are from
 * now on. One such layer in the whole of a cluster is enough; more do no harm.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<never, never, Outbox.Outbox | WorkflowEngine.WorkflowEngine> = Layer.scopedDiscard(
  Effect.gen(function*() {
    const outbox = yield* Outbox.Outbox
    const before = outbox.find({ states: ["delivered", "failed", "cancelled", "unknown"] }).pipe(
      Stream.mapEffect(({ key, state }) => tell(key, state))
    )
    const after = outbox.changes.pipe(
      Stream.mapEffect(({ id }) => outbox.get(id)),
      Stream.mapEffect(Option.match({ onNone: () => Effect.void, onSome: ({ key, state }) => tell(key, state) }))
    )
    // Both at once, so that nothing is missed between them; what is told twice is heard once.
    yield* Stream.runDrain(Stream.merge(after, before)).pipe(
      Effect.sandbox,
      Effect.tapError((cause) => Effect.logWarning("Workflows could not be told of their messages", cause)),
      Effect.retry(Schedule.spaced("5 seconds")),
      Effect.forkScoped
    )
  })
)
