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
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { notCarried } from "./internal/annotations.js"
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
  { args = [], path = "/usr/sbin/sendmail", timeLimit = "1 minute" }: Options = {}
): Effect.Effect<MailBackend.Service, never, CommandExecutor.CommandExecutor> =>
  Effect.map(CommandExecutor.CommandExecutor, (executor) => {
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
): Layer.Layer<MailBackend.MailBackend, never, CommandExecutor.CommandExecutor> =>
  Layer.effect(MailBackend.MailBackend, make(options))
