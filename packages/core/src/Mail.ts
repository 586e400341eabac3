/**
 * Sending mail: what a program imports first.
 *
 * @since 0.1.0
 */
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import type * as Address from "./Address.js"
import * as BatchReport from "./BatchReport.js"
import { type DeliveryReport, isDelivered } from "./DeliveryReport.js"
import * as Lasting from "./internal/driver/lastingSession.js"
import { CurrentMailer } from "./internal/outgoing/currentMailer.js"
import { Leniency } from "./internal/outgoing/leniency.js"
import * as Sendable from "./internal/send/sendable.js"
import * as SendSink from "./internal/send/sink.js"
import * as SendStream from "./internal/send/stream.js"
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
import { Mailer } from "./Mailers.js"
import * as Message from "./Message.js"

export type {
  /**
   * The result of an item of `sendStream`: with its key where it has one.
   *
   * @since 0.1.0
   * @category models
   */
  StreamResult
} from "./internal/send/sendable.js"

export type {
  /**
   * The result of `sink`: the number of messages that were sent, and those that failed.
   *
   * @since 0.1.0
   * @category models
   */
  Summary
} from "./internal/send/sink.js"

export type {
  /**
   * The options of `sendStream`.
   *
   * @since 0.1.0
   * @category models
   */
  SendStreamOptions
} from "./internal/send/stream.js"

/**
 * Sends one message, or the message that `Message.make` makes of these options. It needs a recipient, and a sender: its own, or a `defaultFrom` of `MailConfig` that is not the
 * built-in one.
 *
 * Fails with a `MessageError` before anything is opened when the message cannot be sent as it is, and with a
 * `BackendError` when it cannot be delivered. Partial acceptance is a success, and the report says so.
 *
 * @example
 * ```ts
 * import { DeliveryReport, Mail } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const program = Mail.send({ from: "ada@example.com", to: "bob@example.com", subject: "Hello", text: "Hello, Bob" }).pipe(
 *   Effect.map(DeliveryReport.refused),
 *   Effect.catchTag("OutcomeUnknownError", () => Effect.succeed([]))
 * )
 * ```
 *
 * @since 0.1.0
 * @category sending
 */
export const send = (
  message: Message.Message | Message.Options
): Effect.Effect<DeliveryReport, MailError, MailBackend.MailBackend> =>
  Effect.flatMap(MailBackend.MailBackend, (backend) => backend.send(Sendable.toMessage(message)))

/**
 * Checks a message as `send` does, with the settings of the running effect, and returns it. Nothing is sent.
 *
 * Fails with the `MessageError` that `send` would fail with.
 *
 * @example
 * ```ts
 * import { Mail, Message } from "@effect-mail/core"
 *
 * const checked = Mail.validate(Message.make({ from: "ada@example.com", to: "bob@example.com", text: "Hello" }))
 * ```
 *
 * @since 0.1.0
 * @category sending
 */
export const validate = (message: Message.Message | Message.Options): Effect.Effect<Message.Message, MessageError> =>
  Effect.flatMap(MailConfig, (settings) => Message.validate(Sendable.toMessage(message), settings))

/**
 * Sends messages over one connection, or over `concurrency` of them, and reports on each. A message that fails does not
 * stop the others. When a connection cannot be made, its message is sent by another one. When none is open, and none can be
 * made, the message in hand fails with the reason, and the rest is `NotTried`.
 *
 * Never fails: the errors are in the report.
 *
 * @example
 * ```ts
 * import { BatchReport, Mail } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const program = Mail.sendAll(
 *   ["ada@example.com", "bob@example.com"].map((to) => ({ from: "news@example.com", to, text: "News" })),
 *   { concurrency: 2 }
 * ).pipe(Effect.map(BatchReport.failures))
 * ```
 *
 * @since 0.1.0
 * @category sending
 */
export const sendAll = (
  messages: Iterable<Message.Message | Message.Options>,
  options?: MailBackend.SendAllOptions
): Effect.Effect<BatchReport.BatchReport, never, MailBackend.MailBackend> =>
  Effect.flatMap(MailBackend.MailBackend, (backend) =>
    Wrapped.isWrapped(backend)
      ? Wrapped.sendAll(backend.send, Sendable.toMessages(messages), options?.concurrency)
      : backend.sendAll(Sendable.toMessages(messages), options))

/**
 * Sends the messages of a stream as fast as the backend takes them: the stream is pulled when a connection is free. Ending
 * the result ends the sending.
 *
 * When no connection is open, and none can be made, the messages that were pulled fail with the reason, no others are
 * pulled, and the result ends. `continueWithoutConnection` goes on instead.
 *
 * An item of the stream may be a pair of a key and a message: then `key` of its result is that key.
 *
 * Fails only as the stream of messages does: the errors of sending are in the results.
 *
 * @example
 * ```ts
 * import { Mail } from "@effect-mail/core"
 * import { Stream } from "effect"
 *
 * const newsletter = Stream.range(1, 1_000_000).pipe(
 *   Stream.map((id) => [id, { from: "news@example.com", to: `reader-${id}@example.com`, text: "News" }] as const),
 *   (messages) => Mail.sendStream(messages, { concurrency: 5, unordered: true }),
 *   Stream.filter((entry) => entry._tag === "Failed"),
 *   Stream.map((entry) => entry.key)
 * )
 * ```
 *
 * @since 0.1.0
 * @category sending
 */
export const sendStream = <
  Item extends Message.Message | Message.Options | readonly [key: unknown, message: Message.Message | Message.Options],
  E,
  R
>(
  messages: Stream.Stream<Item, E, R>,
  options: SendStream.SendStreamOptions = {}
): Stream.Stream<Sendable.StreamResult<Item>, E, R | MailBackend.MailBackend> =>
  Stream.unwrap(
    Effect.map(MailBackend.MailBackend, (backend) => {
      const { finish, pull } = Sendable.keyed<Item>()
      const pulled = Stream.map(messages, pull)
      return Wrapped.isWrapped(backend)
        ? Wrapped.sendStream(backend.send, pulled, finish, options)
        : SendStream.sendStream(backend.driver, pulled, finish, options)
    })
  )

/**
 * A sink that sends every message over one connection. When that cannot be made again the message in hand fails, and the
 * sink ends: it takes no further ones.
 *
 * Never fails: the errors are in its result.
 *
 * @example
 * ```ts
 * import { Mail, Message } from "@effect-mail/core"
 * import { Stream } from "effect"
 *
 * const program = Stream.make("ada@example.com", "bob@example.com").pipe(
 *   Stream.map((to) => Message.make({ from: "news@example.com", to, text: "News" })),
 *   Stream.run(Mail.sink)
 * )
 * ```
 *
 * @since 0.1.0
 * @category sending
 */
export const sink: Sink.Sink<
  SendSink.Summary,
  Message.Message | Message.Options,
  never,
  never,
  MailBackend.MailBackend
> = Sink
  .unwrapScoped(
    Effect.flatMap(
      MailBackend.MailBackend,
      (backend) => SendSink.make(backend, Wrapped.isWrapped(backend) ? backend.send : undefined)
    )
  ).pipe(Sink.mapInput(Sendable.toMessage))

const leniently = Effect.provideService(Leniency, true)

/**
 * A body: a text, or html with or without one. Html alone is the whole body; no text is made of it.
 *
 * @since 0.1.0
 * @category models
 */
export type Body = { readonly html: string } | { readonly text: string }

/**
 * A message with subject and recipients.
 *
 * @since 0.1.0
 * @category models
 */
export interface AddressedOptions extends Message.Options {
  readonly subject: string
  readonly to: Message.OneOrMore<Address.Input>
}

/**
 * The options of `sendMail`: a message with subject, recipients, and a text or html.
 *
 * @since 0.1.0
 * @category models
 */
export type SendMailOptions = AddressedOptions & Body

/**
 * Makes a message and sends it. Returns the number of messages delivered: 1, or 0 without recipients. Default of `from`: the
 * `defaultFrom` of `MailConfig`, also the built-in one, `webmaster@localhost`.
 *
 * Fails as `send` does, except that a message needs no recipient.
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
 * Sends messages over one connection, and returns the number delivered.
 *
 * Fails with `MassMailError` when a message was not sent; the error holds the report on all messages.
 *
 * @example
 * ```ts
 * import { Mail } from "@effect-mail/core"
 *
 * const program = Mail.sendMassMail([
 *   { from: "news@example.com", to: "ada@example.com", text: "News" },
 *   { from: "news@example.com", to: "bob@example.com", text: "News" }
 * ])
 * ```
 *
 * @since 0.1.0
 * @category sending
 */
export const sendMassMail = (
  messages: Iterable<Message.Message | Message.Options>
): Effect.Effect<number, BatchReport.MassMailError, MailBackend.MailBackend> =>
  Effect.flatMap(leniently(sendAll(messages)), (report) =>
    BatchReport.isComplete(report)
      ? Effect.succeed(BatchReport.sentCount(report))
      : Effect.fail(new BatchReport.MassMailError({ report })))

/**
 * The options of `mailAdmins` and `mailManagers`.
 *
 * @since 0.1.0
 * @category models
 */
export type StaffMailOptions =
  & Omit<Message.Options, "from" | "to" | "cc" | "bcc">
  & { readonly subject: string }
  & Body

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
 * Sends one message to the `admins` of `MailConfig`, from its `serverEmail`, with its `subjectPrefix` before the subject.
 * Without admins nothing is opened, and the result is 0.
 *
 * Fails as `sendMail` does.
 *
 * @example
 * ```ts
 * import { Mail } from "@effect-mail/core"
 *
 * const program = Mail.mailAdmins({ subject: "Disk almost full", text: "94 % of /var is in use" })
 * ```
 *
 * @since 0.1.0
 * @category sending
 */
export const mailAdmins: (
  options: StaffMailOptions
) => Effect.Effect<number, MailError, MailBackend.MailBackend> = mailStaff("admins")

/**
 * Sends one message to the `managers` of `MailConfig`, as `mailAdmins` does to the admins.
 *
 * @example
 * ```ts
 * import { Mail } from "@effect-mail/core"
 *
 * const program = Mail.mailManagers({ subject: "Broken link", text: "https://example.com/old is linked from /start" })
 * ```
 *
 * @since 0.1.0
 * @category sending
 */
export const mailManagers: (
  options: StaffMailOptions
) => Effect.Effect<number, MailError, MailBackend.MailBackend> = mailStaff("managers")

/**
 * Runs an effect in which all sends share one connection. It is opened before the effect starts, and closed when the effect
 * ends, fails or is interrupted.
 *
 * Fails with the `BackendError` of a connection that cannot be opened.
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
    const shared = yield* Lasting.serialized(backend.driver)
    yield* shared.open
    const overSession = MailBackend.make({ name: backend.name, open: Effect.as(shared.open, shared) })
    return yield* Effect.provideService(
      effect,
      MailBackend.MailBackend,
      Wrapped.isWrapped(backend) ? { ...overSession, send: backend.send } : overSession
    )
  }))

/**
 * Runs an effect in which everything is sent by the backend of this name, one of those that `Mailers.layer` provides.
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
export const using = <const Name extends string>(name: Name) =>
<A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | ConfigError, Exclude<R, MailBackend.MailBackend> | Mailer<Name>> =>
  Effect.flatMap(Effect.flatten(Mailer(name)), (backend) =>
    effect.pipe(
      Effect.provideService(MailBackend.MailBackend, backend),
      Effect.provideService(CurrentMailer, Option.some<string>(name))
    ))

/** The errors that remain where failures of delivery are ignored. */
type Loud<E> = E extends InvalidAttachment ? E
  : E extends AttachmentError ? InvalidAttachment
  : Exclude<E, BackendError>

const isLoud = <E>(error: E): error is E & Loud<E> => !isBackendError(error)

/**
 * Ignores failures of delivery: a send returns 0, a mass mailing the number that was sent.
 *
 * Still fails with what is wrong with a message itself.
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
