/**
 * Sending mail: what a program imports first.
 *
 * @since 0.1.0
 */
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import type * as Address from "./Address.js"
import * as BatchReport from "./BatchReport.js"
import { type DeliveryReport, isDelivered } from "./DeliveryReport.js"
import * as Sender from "./internal/send/deliver.js"
import { Leniency } from "./internal/send/leniency.js"
import * as Session from "./internal/send/session.js"
import * as SendStream from "./internal/send/stream.js"
import * as Observe from "./internal/send/telemetry.js"
import * as Wrapped from "./internal/send/wrapped.js"
import * as MailBackend from "./MailBackend.js"
import { MailConfig } from "./MailConfig.js"
import {
  type AttachmentError,
  type BackendError,
  type InvalidAttachment,
  isBackendError,
  type MailError,
  type MessageError
} from "./MailError.js"
import * as Mailers from "./Mailers.js"
import * as Message from "./Message.js"

/**
 * Sends one message. It needs a recipient, and a sender: its own, or the default one of `MailConfig` where somebody set it.
 *
 * Fails with a `MessageError` before anything is opened when the message cannot be sent as it is, and with a
 * `BackendError` when it cannot be delivered. Partial acceptance is a success that says so.
 *
 * @example
 * ```ts
 * import { DeliveryReport, Mail, Message } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const program = Mail.send(Message.make({ from: "ada@example.com", to: "bob@example.com", text: "Hello" })).pipe(
 *   Effect.map(DeliveryReport.refused),
 *   Effect.catchTag("OutcomeUnknownError", () => Effect.succeed([]))
 * )
 * ```
 *
 * @since 0.1.0
 * @category sending
 */
export const send = (
  message: Message.Message
): Effect.Effect<DeliveryReport, MailError, MailBackend.MailBackend> =>
  Effect.flatMap(MailBackend.MailBackend, (backend) => backend.send(message))

/**
 * Checks a message as `send` would under the settings of the running effect, and gives it back. Nothing is sent.
 *
 * Fails with the `MessageError` that `send` would fail with.
 *
 * @since 0.1.0
 * @category sending
 */
export const validate = (message: Message.Message): Effect.Effect<Message.Message, MessageError> =>
  Effect.flatMap(MailConfig, (settings) => Message.validate(message, settings))

/**
 * Sends messages over one connection, or over `concurrency` of them, and reports on each. A message that fails does not
 * hold up the others, and neither does a connection that cannot be made where there are others: its message goes over
 * one of those. When there is none any more, and none to be had, the message that the last one was for fails with the
 * reason, and the rest is `NotTried`.
 *
 * @since 0.1.0
 * @category sending
 */
export const sendAll = (
  messages: Iterable<Message.Message>,
  options?: MailBackend.SendAllOptions
): Effect.Effect<BatchReport.BatchReport, never, MailBackend.MailBackend> =>
  Effect.flatMap(MailBackend.MailBackend, (backend) =>
    Wrapped.isWrapped(backend)
      ? Wrapped.sendAll(backend.send, messages, options?.concurrency)
      : backend.sendAll(messages, options))

/**
 * How `sendStream` sends.
 *
 * - `concurrency`: how many connections to use at most; 1 unless said otherwise
 * - `unordered`: whether results come as they are there rather than in the order of the messages
 * - `continueWithoutConnection`: whether to go on when no connection can be had, each message failing with the reason,
 *   until one can be had again; `false` unless said otherwise
 *
 * @since 0.1.0
 * @category models
 */
export interface SendStreamOptions extends MailBackend.SendAllOptions {
  readonly unordered?: boolean | undefined
  readonly continueWithoutConnection?: boolean | undefined
}

/**
 * Sends the messages of a stream as fast as the backend takes them, and no faster: the stream is pulled as connections
 * become free. Ending the result ends the sending.
 *
 * When no connection is there any more, and none can be had, the messages that were taken from the stream fail with the
 * reason, no others are taken, and the result ends. `continueWithoutConnection` goes on instead.
 *
 * @example
 * ```ts
 * import { Mail, Message } from "@effect-mail/core"
 * import { Stream } from "effect"
 *
 * const newsletter = Stream.range(1, 1_000_000).pipe(
 *   Stream.map((n) => Message.make({ from: "news@example.com", to: `reader-${n}@example.com`, text: "News" })),
 *   (messages) => Mail.sendStream(messages, { concurrency: 5, unordered: true }),
 *   Stream.filter((entry) => entry._tag === "Failed")
 * )
 * ```
 *
 * @since 0.1.0
 * @category sending
 */
export const sendStream = <E, R>(
  messages: Stream.Stream<Message.Message, E, R>,
  options: SendStreamOptions = {}
): Stream.Stream<BatchReport.Sent | BatchReport.Failed, E, R | MailBackend.MailBackend> =>
  Stream.unwrap(
    Effect.map(MailBackend.MailBackend, (backend) =>
      Wrapped.isWrapped(backend)
        ? Wrapped.sendStream(backend.send, messages, options)
        : SendStream.sendStream(backend.driver, messages, options))
  )

/**
 * What went through a `sink`: how many messages were sent, and those that failed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Summary {
  readonly sent: number
  readonly failed: ReadonlyArray<BatchReport.Failed>
}

/**
 * A sink that sends every message it is given over one connection. When that cannot be had any more the message in hand
 * fails, and the sink ends: it takes no further ones.
 *
 * @since 0.1.0
 * @category sending
 */
export const sink: Sink.Sink<Summary, Message.Message, never, never, MailBackend.MailBackend> = Sink.unwrapScoped(
  Effect.gen(function*() {
    const backend = yield* MailBackend.MailBackend
    const session = yield* Session.make(backend.driver)
    let sent = 0
    let isConnectable = true
    const failed: Array<BatchReport.Failed> = []
    const overSession = Sender.over(Observe.make(backend.name), {
      deliver: (outgoing) =>
        Effect.zipRight(
          Effect.tapError(
            session.isOpen ? Effect.void : session.openFor(outgoing),
            () => Effect.sync(() => void (isConnectable = false))
          ),
          session.deliver(outgoing)
        )
    })
    const send = Wrapped.isWrapped(backend) ? backend.send : overSession
    return Sink.forEachWhile((message: Message.Message) =>
      Effect.match(send(message), {
        onFailure: (error) => {
          failed.push(BatchReport.failed(message, error))
          return isConnectable
        },
        onSuccess: () => {
          sent++
          return true
        }
      })
    ).pipe(
      Sink.ignoreLeftover,
      Sink.map((): Summary => ({ sent, failed }))
    )
  })
)

const leniently = Effect.provideService(Leniency, true)

/**
 * What `sendMail` takes: a message of which subject, text and recipients are there.
 *
 * @since 0.1.0
 * @category models
 */
export interface SendMailOptions extends Message.Options {
  readonly subject: string
  readonly text: string
  readonly to: Message.OneOrMore<Address.Input>
}

/**
 * Makes a message and sends it. Gives the number of messages delivered: 1, or 0 where there is nobody to send to. Without
 * `from` the sender is the default one of `MailConfig`, and be it the one that is built in, `webmaster@localhost`.
 *
 * @example
 * ```ts
 * import { Mail } from "@effect-mail/core"
 *
 * const program = Mail.sendMail({
 *   subject: "Hello",
 *   text: "Hello, Bob",
 *   from: "ada@example.com",
 *   to: "bob@example.com"
 * })
 * ```
 *
 * @since 0.1.0
 * @category sending
 */
export const sendMail = (options: SendMailOptions): Effect.Effect<number, MailError, MailBackend.MailBackend> =>
  Effect.map(leniently(send(Message.make(options))), (report) => isDelivered(report) ? 1 : 0)

/**
 * Sends messages over one connection, and gives the number delivered.
 *
 * Fails with `MassMailError` when a message was not sent; the error holds the report on all of them.
 *
 * @since 0.1.0
 * @category sending
 */
export const sendMassMail = (
  messages: Iterable<Message.Message>
): Effect.Effect<number, BatchReport.MassMailError, MailBackend.MailBackend> =>
  Effect.flatMap(leniently(sendAll(messages)), (report) =>
    BatchReport.isComplete(report)
      ? Effect.succeed(BatchReport.sentCount(report))
      : Effect.fail(new BatchReport.MassMailError({ report })))

/**
 * What `mailAdmins` and `mailManagers` take.
 *
 * @since 0.1.0
 * @category models
 */
export type StaffMailOptions =
  & Omit<Message.Options, "from" | "to" | "cc" | "bcc">
  & Pick<SendMailOptions, "subject" | "text">

const mailStaff =
  (staff: "admins" | "managers") =>
  (options: StaffMailOptions): Effect.Effect<number, MailError, MailBackend.MailBackend> =>
    Effect.flatMap(MailConfig, (config) =>
      config[staff].length === 0
        ? Effect.succeed(0)
        : sendMail({
          ...options,
          subject: config.subjectPrefix + options.subject,
          from: config.serverEmail,
          to: config[staff]
        }))

/**
 * Sends one message to the admins of `MailConfig`, from its `serverEmail`, with its prefix before the subject. Without
 * admins nothing is sent and nothing connects.
 *
 * @since 0.1.0
 * @category sending
 */
export const mailAdmins: (
  options: StaffMailOptions
) => Effect.Effect<number, MailError, MailBackend.MailBackend> = mailStaff("admins")

/**
 * Sends one message to the managers of `MailConfig`, as `mailAdmins` does to the admins.
 *
 * @since 0.1.0
 * @category sending
 */
export const mailManagers: (
  options: StaffMailOptions
) => Effect.Effect<number, MailError, MailBackend.MailBackend> = mailStaff("managers")

/**
 * Runs an effect in which every send shares one connection. It is opened before the effect starts, and closed when the
 * effect ends, however it ends.
 *
 * @example
 * ```ts
 * import { Mail, Message } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const message = Message.make({ from: "ada@example.com", to: "bob@example.com", text: "Hello" })
 * const program = Mail.session(Effect.zipRight(Mail.send(message), Mail.send(message)))
 * ```
 *
 * @since 0.1.0
 * @category sessions
 */
export const session = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | BackendError, R | MailBackend.MailBackend> =>
  Effect.scoped(Effect.gen(function*() {
    const backend = yield* MailBackend.MailBackend
    const shared = yield* Session.makeShared(backend.driver)
    yield* shared.open
    const overSession = MailBackend.make({ name: backend.name, open: Effect.as(shared.open, shared) })
    return yield* Effect.provideService(
      effect,
      MailBackend.MailBackend,
      Wrapped.isWrapped(backend) ? { ...overSession, send: backend.send } : overSession
    )
  }))

/**
 * Runs an effect in which everything is sent by the backend of this name, out of those that `Mailers.layer` provides.
 *
 * Fails with a `ConfigError` when that backend cannot be built.
 *
 * @example
 * ```ts
 * import { Mail } from "@effect-mail/core"
 *
 * const program = Mail.sendMail({
 *   subject: "News",
 *   text: "There is news",
 *   from: "news@example.com",
 *   to: "bob@example.com"
 * }).pipe(Mail.using("newsletter"))
 * ```
 *
 * @since 0.1.0
 * @category sessions
 */
export const using: <const Name extends string>(
  name: Name
) => <A, E, R>(
  effect: Effect.Effect<A, E, R>
) => Effect.Effect<A, E | ConfigError, Exclude<R, MailBackend.MailBackend> | Mailers.Mailer<Name>> = Mailers.use

/** What is left of an error where failures of delivery are swallowed. */
type Loud<E> = E extends InvalidAttachment ? E
  : E extends AttachmentError ? InvalidAttachment
  : Exclude<E, BackendError>

const isLoud = <E>(error: E): error is E & Loud<E> => !isBackendError(error)

/**
 * Swallows failures of delivery: a send gives 0, a mass mailing the number that went out. What is wrong with a message
 * itself still fails.
 *
 * @example
 * ```ts
 * import { Mail } from "@effect-mail/core"
 *
 * const program = Mail.failSilently(
 *   Mail.sendMail({ subject: "Hello", text: "Hello", from: "ada@example.com", to: "bob@example.com" })
 * )
 * ```
 *
 * @since 0.1.0
 * @category sending
 */
export const failSilently = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A | number, Loud<E>, R> =>
  Effect.catchAll(effect, (error): Effect.Effect<number, Loud<E>> => {
    if (!isLoud(error)) return Effect.succeed(0)
    const isDeliveryOnly = error instanceof BatchReport.MassMailError &&
      BatchReport.failures(error.report).every((failure) => isBackendError(failure.error))
    return isDeliveryOnly ? Effect.succeed(BatchReport.sentCount(error.report)) : Effect.fail(error)
  })
