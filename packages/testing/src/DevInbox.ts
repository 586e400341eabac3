/**
 * An inbox for development: it keeps what programs send, and shows it in a page, with what each recipient's verdict was, the
 * dialogue that led to it, and a switch that makes the server refuse, defer, stall or vanish.
 *
 * Nothing that a message names is ever fetched, no file name is made from a message, and every input has a limit.
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import type * as HttpRouter from "@effect/platform/HttpRouter"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { InboxUnavailable, MessageNotFound } from "./DevInboxApi.js"
import { defaultClients } from "./internal/inbox/checks/clients.js"
import { makeService } from "./internal/inbox/make.js"
import type { Detail, Summary } from "./internal/inbox/model/message.js"
import type { Spec } from "./internal/inbox/model/rule.js"
import type { Relay } from "./internal/inbox/relay/release.js"
import { RuleBook } from "./internal/inbox/rules/book.js"
import * as Compile from "./internal/inbox/rules/compile.js"
import type { Service } from "./internal/inbox/service.js"
import { receive } from "./internal/inbox/smtp/receive.js"
import { scriptOf } from "./internal/inbox/smtp/script.js"
import { folder } from "./internal/inbox/store/folder.js"
import { Mailbox } from "./internal/inbox/store/mailbox.js"
import type { StorageError } from "./internal/inbox/store/storage.js"
import { memory, type Storage } from "./internal/inbox/store/storage.js"
import { fromTestMailbox } from "./internal/inbox/testMailbox.js"
import * as SmtpScript from "./SmtpScript.js"
import type * as TestCertificates from "./TestCertificates.js"
import type { TestMailbox } from "./TestMailbox.js"

export type { Detail, Summary } from "./internal/inbox/model/message.js"
export type { Spec } from "./internal/inbox/model/rule.js"
export type { PreviewSource } from "./internal/inbox/previews/shelf.js"
export type { Relay } from "./internal/inbox/relay/release.js"
export type { Service } from "./internal/inbox/service.js"
export { StorageError } from "./internal/inbox/store/storage.js"

/**
 * The inbox of the running effect.
 *
 * @since 0.1.0
 * @category tags
 */
export class DevInbox extends Context.Tag("@effect-mail/testing/DevInbox")<DevInbox, Service>() {}

/**
 * The SMTP port cannot be had: another program listens on it, or this one may not.
 *
 * @since 0.1.0
 * @category errors
 */
export class PortUnavailable
  extends Schema.TaggedError<PortUnavailable>("@effect-mail/testing/DevInbox/PortUnavailable")(
    "PortUnavailable",
    { host: Schema.String, port: Schema.Number, code: Schema.String }
  )
{
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return this.code === "EADDRINUSE"
      ? `Port ${this.port} is in use. Is an inbox running already?`
      : `Port ${this.port} of ${this.host} cannot be used: ${this.code}`
  }
}

/**
 * - `maxMessages`: how many are kept; the oldest go first. Default: 500
 * - `maxOctets`: how many octets they have together. Default: 268435456 (256 MB)
 * - `directory`: keeps them there, as `.eml` and `.json`; in memory without it. A foreign `.eml`, and a `.log` of the `File`
 *   backend, is shown too, also one that comes later; to make room it is only left out of the list
 * - `clients`: whose support of html and CSS is checked, by the names of caniemail.com: `gmail`, `outlook`, `apple-mail`,
 *   `yahoo`, `aol`, `thunderbird`, `samsung-email`, `protonmail`, `gmx` and others. Default: the first four
 * - `relay`: a real server to which single messages may be sent on, and to whom. Default: none
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly maxMessages?: number | undefined
  readonly maxOctets?: number | undefined
  readonly directory?: string | undefined
  readonly clients?: ReadonlyArray<string> | undefined
  readonly relay?: Relay | undefined
}

/**
 * - `host`, `port`: where to listen. Default: 127.0.0.1 and ::1, and a free port
 * - `maxMessageOctets`: of one message; more get 552. Default: 52428800 (50 MB)
 * - `tls`: `starttls` offers it, with certificates that no client knows unless it is told to trust `smtp.ca`; a client that
 *   encrypts where it can, and checks, cannot send then. Default: `none`
 * - `script`: how the server behaves; its rules appear in the page. Default: a good server that takes any login
 * - `rules`: what is switched on from the start
 * - `certificates`: what STARTTLS shows. Default: new ones
 *
 * @since 0.1.0
 * @category models
 */
export interface SmtpOptions extends Options {
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly maxMessageOctets?: number | undefined
  readonly tls?: "none" | "starttls" | undefined
  readonly script?: SmtpScript.Script | undefined
  readonly rules?: ReadonlyArray<Spec> | undefined
  readonly certificates?: TestCertificates.TestCertificates | undefined
}

const defaultMaxMessages = 500
const defaultMaxOctets = 256 * 1024 * 1024
const defaultMaxMessageOctets = 50 * 1024 * 1024

const open = (
  storage: Storage,
  { maxMessages, maxOctets }: Options
): Effect.Effect<Mailbox, StorageError, Scope.Scope> =>
  Effect.tap(
    Mailbox.make(storage, {
      maxMessages: Math.max(1, maxMessages ?? defaultMaxMessages),
      maxOctets: maxOctets ?? defaultMaxOctets
    }),
    ({ follow }) => Effect.forkScoped(Effect.ignoreLogged(follow))
  )

const storageOf = ({ directory }: Options): Effect.Effect<Storage, StorageError, Scope.Scope> =>
  directory === undefined ? Effect.sync(memory) : folder(directory)

const withoutServer = (mailbox: Mailbox, options: Options): Service =>
  makeService({
    mailbox,
    book: new RuleBook(SmtpScript.make(), []),
    play: Effect.void,
    forgetAttempts: Effect.void,
    smtp: undefined,
    maxMessages: options.maxMessages ?? defaultMaxMessages,
    clients: options.clients ?? defaultClients,
    relay: options.relay,
    keeps: options.directory ?? "memory"
  })

/**
 * An inbox without an SMTP server: it shows what `add` puts into it, and, with `directory`, the messages of a folder:
 * `.eml`, and the `.log` files of the `File` backend.
 *
 * Fails with `StorageError` when the folder cannot be made or read.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Service, StorageError, Scope.Scope> =>
  Effect.map(
    Effect.flatMap(storageOf(options), (storage) => open(storage, options)),
    (mailbox) => withoutServer(mailbox, options)
  )

/**
 * An inbox and its SMTP server, as long as the scope is open.
 *
 * Fails with `StorageError` when the folder cannot be made or read, and with `PortUnavailable` when the port cannot be had.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeSmtp = (
  options: SmtpOptions = {}
): Effect.Effect<Service, StorageError | PortUnavailable, Scope.Scope> =>
  Effect.gen(function*() {
    const mailbox = yield* Effect.flatMap(storageOf(options), (storage) => open(storage, options))
    const { host, maxMessageOctets = defaultMaxMessageOctets, port = 0 } = options
    const book = new RuleBook(options.script ?? scriptOf(maxMessageOctets, options.tls ?? "none"), options.rules ?? [])
    const receiver = yield* Effect.mapError(
      receive(mailbox, book, { host, port, maxMessageOctets, certificates: options.certificates }),
      (error) => new PortUnavailable({ host: host ?? "127.0.0.1", port, code: error.code ?? error.message })
    )
    return makeService({
      mailbox,
      book,
      play: Effect.suspend(() => receiver.play(book.current)),
      forgetAttempts: receiver.forgetAttempts,
      smtp: { host: receiver.host, port: receiver.port, ca: receiver.ca },
      maxMessages: options.maxMessages ?? defaultMaxMessages,
      clients: options.clients ?? defaultClients,
      relay: options.relay,
      keeps: options.directory ?? "memory"
    })
  })

/**
 * An inbox without an SMTP server. See `make`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<DevInbox, StorageError> => Layer.scoped(DevInbox, make(options))

/**
 * An inbox and its SMTP server.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { Mail } from "@effect-mail/core"
 * import { DevInbox } from "@effect-mail/testing"
 * import { Effect, Layer } from "effect"
 *
 * const MailTest = Layer.unwrapEffect(Effect.map(DevInbox.DevInbox, ({ smtp }) =>
 *   Smtp.layer({ host: smtp?.host ?? "", port: smtp?.port, tls: "none" })
 * ))
 *
 * const program = Effect.gen(function*() {
 *   yield* Mail.sendMail({ from: "ada@example.com", to: ["bob@example.com", "550@fail.test"], subject: "Hi", text: "Hello" })
 *   return yield* DevInbox.wait("subject:hi is:refused")
 * }).pipe(Effect.provide(Layer.provideMerge(MailTest, DevInbox.layerSmtp())))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerSmtp = (options?: SmtpOptions): Layer.Layer<DevInbox, StorageError | PortUnavailable> =>
  Layer.scoped(DevInbox, makeSmtp(options))

/**
 * An inbox that shows what a `TestMailbox` gets, without SMTP.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerTestMailbox = (options?: Options): Layer.Layer<DevInbox, StorageError, TestMailbox> =>
  Layer.scoped(
    DevInbox,
    Effect.gen(function*() {
      const mailbox = yield* Effect.flatMap(storageOf(options ?? {}), (storage) => open(storage, options ?? {}))
      yield* fromTestMailbox(mailbox)
      return withoutServer(mailbox, options ?? {})
    })
  )

/**
 * The page, the API and the frames of an inbox, to be mounted under any path of an application.
 *
 * Only requests for `localhost`, `127.0.0.1`, `[::1]` and `allowHosts` are answered; requests of other sites' pages are
 * refused.
 *
 * @example
 * ```ts
 * import { DevInbox } from "@effect-mail/testing"
 * import { HttpRouter } from "@effect/platform"
 * import { Effect } from "effect"
 *
 * const router = Effect.map(DevInbox.httpApp(), (inbox) => HttpRouter.empty.pipe(HttpRouter.mountApp("/mail", inbox)))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const httpApp = (
  options: { readonly allowHosts?: ReadonlyArray<string> | undefined } = {}
): Effect.Effect<HttpApp.Default<never, HttpRouter.HttpRouter.DefaultServices>, never, DevInbox> =>
  Effect.flatMap(DevInbox, (inbox) =>
    Effect.flatMap(
      // Loaded when it is asked for: most tests need no page.
      Effect.promise(() => import("./internal/inbox/http/app.js")),
      ({ makeApp }) => makeApp(inbox, options.allowHosts ?? [])
    ))

/**
 * A rule as it is written on a command line: `550 *@fail.test`, `450-once *`, `552-data *`, `drop *`, `wait 20`, `reset 64`,
 * `no-login`, `no-starttls`, `one-in 5`. Undefined for what is none.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parseRule = (text: string): Spec | undefined => Compile.parse(text)

/**
 * Each message that arrives from now on.
 *
 * @since 0.1.0
 * @category accessors
 */
export const received: Effect.Effect<Stream.Stream<Summary>, never, DevInbox> = Effect.map(
  DevInbox,
  (inbox) => inbox.received
)

/**
 * The messages that a query finds, the newest first.
 *
 * @since 0.1.0
 * @category accessors
 */
export const list = (query?: string): Effect.Effect<ReadonlyArray<Summary>, never, DevInbox> =>
  Effect.flatMap(DevInbox, (inbox) => inbox.list(query))

/**
 * A message with its envelope, dialogue and parts.
 *
 * @since 0.1.0
 * @category accessors
 */
export const get = (id: number): Effect.Effect<Detail, MessageNotFound | InboxUnavailable, DevInbox> =>
  Effect.flatMap(DevInbox, (inbox) => inbox.get(id))

/**
 * The first message that a query finds: one that is there, or else the next that arrives.
 *
 * @since 0.1.0
 * @category accessors
 */
export const wait = (query?: string): Effect.Effect<Summary, never, DevInbox> =>
  Effect.flatMap(DevInbox, (inbox) => inbox.wait(query))
