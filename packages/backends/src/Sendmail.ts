/**
 * A backend that hands messages to the program `sendmail` of the system, as Postfix, Exim and others provide it: for
 * machines that have a mail server, and programs that should not know where.
 *
 * @since 0.1.0
 */
import * as MailBackend from "@effect-mail/core/MailBackend"
import { type BackendError, CapabilityError, ConnectionError } from "@effect-mail/core/MailError"
import * as Mime from "@effect-mail/core/Mime"
import type { Outgoing } from "@effect-mail/core/Outgoing"
import * as Command from "@effect/platform/Command"
import * as CommandExecutor from "@effect/platform/CommandExecutor"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as BackendDefinition from "./BackendDefinition.js"
import { notCarried } from "./internal/annotations.js"
import * as Text from "./internal/config/text.js"
import { decode } from "./internal/config/url.js"
import * as ExitCode from "./internal/sendmail/exitCode.js"

/**
 * - `path`: the program; `/usr/sbin/sendmail` unless said otherwise
 * - `args`: arguments that come before those of a message, such as `-oem`
 * - `timeLimit`: how long it may take over one message; one minute unless said otherwise
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly path?: string | undefined
  readonly args?: ReadonlyArray<string> | undefined
  readonly timeLimit?: Duration.DurationInput | undefined
}

/** A program reads lines as the system has them. Every line of a message ends in CRLF, and nothing else does. */
const withLineFeeds = (bytes: Uint8Array): Uint8Array => bytes.filter((octet, i) => octet !== 13 || bytes[i + 1] !== 10)

/** What cannot go to a program: found out before it is started. */
const refusal = (outgoing: Outgoing): BackendError | undefined => {
  const { envelope: { from, to }, requireTls } = outgoing
  if (requireTls) {
    return new CapabilityError({ capability: "REQUIRETLS", description: "the program cannot be told to encrypt" })
  }
  // Programs differ in what they take for an option: none of them gets such an argument.
  if (from.startsWith("-")) return ExitCode.refused(outgoing, "MAIL", "an address begins with a hyphen")
  return to.some((recipient) => recipient.startsWith("-"))
    ? ExitCode.refused(outgoing, "RCPT", "an address begins with a hyphen")
    : notCarried(outgoing, "sendmail")
}

const unstarted = new ConnectionError({ reason: "Configuration", description: "the program cannot be started" })

/** What the system takes for a path or an argument: a NUL ends both. */
const checkOptions = ({ args = [], path = "" }: Options): Either.Either<void, ConfigError.ConfigError> => {
  if (path.includes("\0")) return Either.left(ConfigError.InvalidData(["path"], "it holds a NUL character"))
  return args.some((argument) => argument.includes("\0"))
    ? Either.left(ConfigError.InvalidData(["args"], "one holds a NUL character"))
    : Either.void
}

const defaultPath = "/usr/sbin/sendmail"

const run = (
  executor: CommandExecutor.CommandExecutor,
  command: Command.Command,
  outgoing: Outgoing,
  bytes: Uint8Array
): Effect.Effect<MailBackend.Delivery, BackendError> =>
  Effect.scoped(Effect.gen(function*() {
    const process = yield* Effect.mapError(executor.start(command), () => unstarted)
    // A program that ends before it has read all says why by its code, and reads no more.
    yield* Effect.forkScoped(Effect.ignore(Stream.run(Stream.make(bytes), process.stdin)))
    yield* Effect.forkScoped(Effect.ignore(Stream.runDrain(process.stdout)))
    yield* Effect.forkScoped(Effect.ignore(Stream.runDrain(process.stderr)))
    const code = yield* Effect.mapError(
      process.exitCode,
      () => ExitCode.unknown(outgoing, "the program was ended by a signal")
    )
    return yield* ExitCode.verdict(outgoing, code)
  }))

/**
 * A backend over the program. Recipients are arguments, behind `--`, and the message is its input. Its exit code says for
 * all of them what became of the message, as `sysexits.h` has it:
 *
 * - 0: accepted. What a program found out later comes as a bounce
 * - `EX_DATAERR`, `EX_NOUSER`, `EX_NOHOST`: `RejectedError`
 * - `EX_TEMPFAIL`: `RejectedError`, deferred
 * - `EX_UNAVAILABLE`, `EX_OSERR`, `EX_OSFILE`, `EX_CANTCREAT`, `EX_IOERR`: `ConnectionError`, which may pass
 * - `EX_USAGE`, `EX_NOINPUT`, `EX_PROTOCOL`, `EX_NOPERM`, `EX_CONFIG`, a program that is not there: `ConnectionError` of reason
 *   `Configuration`
 * - anything else, a signal, and the time limit: `OutcomeUnknownError`
 *
 * It carries no annotations and no `REQUIRETLS` (`CapabilityError`). An address that begins with a hyphen is rejected before the
 * program is started.
 *
 * Fails with a `ConfigError` that names the option if an option is not valid. Whether the program is there is found out by the
 * first message.
 *
 * @example
 * ```ts
 * import { Sendmail } from "@effect-mail/backends"
 * import { NodeContext } from "@effect/platform-node"
 * import { Layer } from "effect"
 *
 * const MailLive = Sendmail.layer().pipe(Layer.provide(NodeContext.layer))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<MailBackend.Service, ConfigError.ConfigError, CommandExecutor.CommandExecutor> =>
  Effect.zipWith(CommandExecutor.CommandExecutor, checkOptions(options), (executor) => {
    const { args = [], path = defaultPath, timeLimit = "1 minute" } = options
    const deliver: MailBackend.MailSession["deliver"] = (outgoing, { beforeCommit } = {}) =>
      Effect.suspend(() => {
        const refused = refusal(outgoing)
        if (refused !== undefined) return Effect.fail(refused)
        const { from, to } = outgoing.envelope
        const command = Command.make(path, ...args, "-i", "-f", from === "" ? "<>" : from, "--", ...to)
        return Mime.render(outgoing).pipe(
          Effect.zipLeft(beforeCommit ?? Effect.void),
          Effect.flatMap((bytes) => run(executor, command, outgoing, withLineFeeds(bytes))),
          Effect.timeoutFail({
            duration: Duration.decode(timeLimit),
            onTimeout: () => ExitCode.unknown(outgoing, "the program did not end in time")
          })
        )
      })
    return MailBackend.make({ name: "sendmail", open: Effect.succeed({ deliver, isConnectionless: true }), deliver })
  })

/**
 * Provides the backend of `make`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options?: Options
): Layer.Layer<MailBackend.MailBackend, ConfigError.ConfigError, CommandExecutor.CommandExecutor> =>
  Layer.effect(MailBackend.MailBackend, make(options))

/**
 * Provides the backend of `make` with options from configuration.
 *
 * @example
 * ```ts
 * import { Sendmail } from "@effect-mail/backends"
 * import { NodeContext } from "@effect/platform-node"
 * import { Config, Layer } from "effect"
 *
 * const MailLive = Sendmail.layerConfig({ path: Config.string("SENDMAIL") }).pipe(Layer.provide(NodeContext.layer))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  config: Config.Config.Wrap<Options>
): Layer.Layer<MailBackend.MailBackend, ConfigError.ConfigError, CommandExecutor.CommandExecutor> =>
  Layer.effect(MailBackend.MailBackend, Effect.flatMap(Config.unwrap(config), make))

const path: BackendDefinition.Setting<string> = {
  name: "EMAIL_SENDMAIL_PATH",
  option: "path",
  meaning: "the program",
  default: `\`${defaultPath}\``,
  parse: Text.string
}

const args: BackendDefinition.Setting<ReadonlyArray<string>> = {
  name: "EMAIL_SENDMAIL_ARGS",
  option: "args",
  meaning: "arguments that come before those of a message, separated by blanks; quotes have no meaning",
  default: "none",
  parse: (text) => Either.right(text.split(/\s+/).filter((argument) => argument !== ""))
}

const timeLimit: BackendDefinition.Setting<Duration.Duration> = {
  name: "EMAIL_SENDMAIL_TIMEOUT",
  option: "timeLimit",
  meaning: "seconds that it may take over one message",
  default: "60",
  parse: Text.seconds
}

const argsInUrl = { ...args, name: "args" }
const timeLimitInUrl: typeof timeLimit = {
  ...timeLimit,
  name: "timeLimit",
  parse: (text) => Text.seconds(text, "timeLimit")
}
const query: ReadonlyArray<BackendDefinition.Setting> = [argsInUrl, timeLimitInUrl]

const form = "sendmail: or sendmail:///path/of/program"

const readUrl = (url: URL, written: string): Either.Either<Options, string> => {
  if (!/^sendmail:(?:\/\/)?(?:\/[^/?][^?]*)?(?:\?.*)?$/is.test(written)) return Either.left(`it is not ${form}`)
  const params = new Map(url.searchParams)
  if (params.size !== Array.from(url.searchParams).length) return Either.left("an option appears twice")
  if (Array.from(params.keys()).some((key) => !query.some(({ name }) => name === key))) {
    return Either.left(`it has an option that is not ${query.map(({ name }) => name).join(", ")}`)
  }
  const optional = <A>(setting: BackendDefinition.Setting<A>): Either.Either<A | undefined, string> => {
    const text = params.get(setting.name)
    return text === undefined ? Either.right(undefined) : setting.parse(text)
  }
  return Either.all({
    path: url.pathname === "" ? Either.right(undefined) : decode(url.pathname),
    args: optional(argsInUrl),
    timeLimit: optional(timeLimitInUrl)
  })
}

const withExecutor = (options: Options): Effect.Effect<MailBackend.Service, ConfigError.ConfigError> =>
  Effect.flatMap(
    Effect.serviceOption(CommandExecutor.CommandExecutor),
    Option.match({
      onNone: () =>
        Effect.fail(ConfigError.InvalidData([path.option], "no program can be started without a CommandExecutor")),
      onSome: (executor) => Effect.provideService(make(options), CommandExecutor.CommandExecutor, executor)
    })
  )

/**
 * How configuration chooses this backend. It uses the `CommandExecutor` that is provided, such as by `NodeContext.layer`, and
 * fails with a `ConfigError` where there is none.
 *
 * @since 0.1.0
 * @category configuration
 */
export const definition: BackendDefinition.BackendDefinition = BackendDefinition.make({
  name: "sendmail",
  schemes: [{ name: "sendmail", form, meaning: "the mail program of the system" }],
  settings: [path, args, timeLimit],
  query,
  config: Effect.gen(function*() {
    const options: Options = {
      path: Option.getOrUndefined(yield* BackendDefinition.read(path)),
      args: Option.getOrUndefined(yield* BackendDefinition.read(args)),
      timeLimit: Option.getOrUndefined(yield* BackendDefinition.read(timeLimit))
    }
    return options
  }),
  fromUrl: readUrl,
  make: withExecutor
})
