/**
 * A backend that writes messages to files instead of sending them: one file for each session, in which each message is
 * followed by a line feed, 79 hyphens and a line feed.
 *
 * @since 0.1.0
 */
import * as MailBackend from "@effect-mail/core/MailBackend"
import { ConnectionError } from "@effect-mail/core/MailError"
import * as Mime from "@effect-mail/core/Mime"
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as BackendDefinition from "./BackendDefinition.js"
import * as Text from "./internal/config/text.js"
import { decode } from "./internal/config/url.js"
import * as Separator from "./internal/output/separator.js"

/**
 * - `directory`: where the files go. It is made, with its parents and for its owner only (0700), when it is missing. A
 *   relative path is resolved once, when the backend is made.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly directory: string
}

const explain = (error: PlatformError): string => error.description ?? error.message

const isTaken = (error: PlatformError): boolean => error._tag === "SystemError" && error.reason === "AlreadyExists"

const prepareDirectory = (
  fs: FileSystem.FileSystem,
  directory: string,
  invalid: (reason: string) => ConfigError.ConfigError
): Effect.Effect<void, ConfigError.ConfigError> =>
  Effect.zipRight(
    Effect.mapError(
      fs.makeDirectory(directory, { recursive: true, mode: 0o700 }),
      (error) =>
        invalid(isTaken(error) ? `${directory} is not a directory` : `${directory} cannot be made: ${explain(error)}`)
    ),
    Effect.mapError(
      fs.access(directory, { writable: true }),
      (error) => invalid(`${directory} cannot be written to: ${explain(error)}`)
    )
  )

const randomWord = Effect.map(
  Random.nextIntBetween(0, 2 ** 32),
  (word) => word.toString(36).padStart(7, "0")
)

const fileName = Effect.gen(function*() {
  const now = DateTime.formatIso(yield* DateTime.now)
  const stamp = now.slice(0, "YYYY-mm-ddTHH:MM:SS".length).replaceAll(/[-:]/g, "").replace("T", "-")
  return `${stamp}-${yield* randomWord}${yield* randomWord}.log`
})

/** More than chance can ask for; a seeded random gives the names of its last run again. */
const furtherNames = 99

const create = (
  fs: FileSystem.FileSystem,
  paths: Path.Path,
  directory: string
): Effect.Effect<FileSystem.File, ConnectionError, Scope.Scope> =>
  Effect.flatMap(fileName, (name) => fs.open(paths.join(directory, name), { flag: "wx", mode: 0o600 })).pipe(
    Effect.retry({ while: isTaken, times: furtherNames }),
    Effect.mapError((cause) =>
      new ConnectionError({ reason: "Io", description: "the file could not be created", cause })
    )
  )

const appendTo = (file: FileSystem.File): MailBackend.MailSession => {
  let whole = 0
  return {
    deliver: (outgoing) =>
      Effect.suspend(() => {
        let length = whole
        const write = (chunk: Uint8Array): Effect.Effect<void, ConnectionError> =>
          // An interrupted write could still run after the truncation that undoes it.
          Effect.uninterruptible(file.writeAll(chunk)).pipe(
            Effect.mapBoth({
              onFailure: (cause) =>
                new ConnectionError({ reason: "Io", description: "the message could not be written", cause }),
              onSuccess: () => {
                length += chunk.length
              }
            })
          )
        return Mime.runForEach(outgoing, write).pipe(
          Effect.zipRight(write(Separator.bytes)),
          Effect.onExit((exit) =>
            Exit.isSuccess(exit)
              ? Effect.sync(() => {
                whole = length
              })
              : Effect.ignore(file.truncate(whole))
          ),
          Effect.as(MailBackend.acceptAll(outgoing))
        )
      })
  }
}

const makeNamed = (
  setting: string,
  options: Options
): Effect.Effect<MailBackend.Service, ConfigError.ConfigError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const paths = yield* Path.Path
    const invalid = (reason: string) => ConfigError.InvalidData([setting], reason)
    if (options.directory === "") return yield* Effect.fail(invalid("it is empty"))
    const directory = paths.resolve(options.directory)
    yield* prepareDirectory(fs, directory, invalid)
    return MailBackend.make({ name: "file", open: Effect.map(create(fs, paths, directory), appendTo) })
  })

/**
 * A backend that writes messages to files. Each session makes one file when it opens: a `send` outside a session, a
 * `sendAll`, a `connect`. The file is called `YYYYmmdd-HHMMSS-<unique>.log`, by the time of `Clock` in UTC and the
 * numbers of `Random`; its mode is 0600, and an existing file or link of that name is neither followed nor overwritten.
 *
 * The file gets the bytes that SMTP would carry. A message is complete when its separator follows. One that fails or is
 * interrupted is truncated, and the session continues in another file. Each recipient is reported as accepted, without a reply.
 *
 * Fails with a `ConfigError` that names the setting when the directory is a file, cannot be made or cannot be written
 * to. Sending fails with `ConnectionError` of reason `Io` when a file cannot be created or written.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options
): Effect.Effect<MailBackend.Service, ConfigError.ConfigError, FileSystem.FileSystem | Path.Path> =>
  makeNamed("directory", options)

/**
 * Writes messages to files instead of sending them.
 *
 * @example
 * ```ts
 * import { File } from "@effect-mail/backends"
 * import { NodeContext } from "@effect/platform-node"
 * import { Layer } from "effect"
 *
 * const toFiles = File.layer({ directory: "sent-mail" }).pipe(Layer.provide(NodeContext.layer))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options
): Layer.Layer<MailBackend.MailBackend, ConfigError.ConfigError, FileSystem.FileSystem | Path.Path> =>
  Layer.effect(MailBackend.MailBackend, make(options))

const directory: BackendDefinition.Setting<string> = {
  name: "EMAIL_FILE_PATH",
  option: "directory",
  meaning: "the directory where the files go; it is made when it is missing",
  default: "none: it must be set",
  parse: Text.string
}

/**
 * The settings of the environment: `EMAIL_FILE_PATH`, the directory.
 *
 * @since 0.1.0
 * @category configuration
 */
export const config: Config.Config<Options> = Config.all({ directory: Config.string(directory.name) })

/**
 * Writes messages to files, with settings from configuration, by default from `config`.
 *
 * @example
 * ```ts
 * import { File } from "@effect-mail/backends"
 * import { Config } from "effect"
 *
 * const fromEnvironment = File.layerConfig()
 * const underOwnName = File.layerConfig({ directory: Config.string("OUTBOX") })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  wrapped: Config.Config.Wrap<Options> = config
): Layer.Layer<MailBackend.MailBackend, ConfigError.ConfigError, FileSystem.FileSystem | Path.Path> =>
  Layer.effect(
    MailBackend.MailBackend,
    Effect.flatMap(
      Config.unwrap(wrapped),
      (options) => makeNamed(wrapped === config ? directory.name : directory.option, options)
    )
  )

/**
 * How configuration chooses this backend.
 *
 * @since 0.1.0
 * @category configuration
 */
export const definition: BackendDefinition.BackendDefinition<FileSystem.FileSystem | Path.Path> = BackendDefinition
  .make({
    name: "file",
    schemes: [{ name: "file", form: "file:///path", meaning: "writes messages to files in that directory" }],
    settings: [directory],
    config,
    fromUrl: (url, written) =>
      /^file:\/\/\/[^/]/i.test(written) && url.search === ""
        ? Either.map(decode(url.pathname), (directory) => ({ directory }))
        : Either.left("it is not file:///path"),
    make
  })

/**
 * The messages in a file of this backend, with their exact bytes, in the order in which they were sent. What follows the
 * last separator is an unfinished message, and is left out. The file is read as a whole.
 *
 * Fails with the `PlatformError` of the file system when the file cannot be read.
 *
 * @example
 * ```ts
 * import { File } from "@effect-mail/backends"
 * import { Effect } from "effect"
 *
 * const texts = Effect.map(
 *   File.read("sent-mail/20261120-093000-0k2v9x30p1c8ma.log"),
 *   (messages) => messages.map((bytes) => new TextDecoder().decode(bytes))
 * )
 * ```
 *
 * @since 0.1.0
 * @category reading
 */
export const read = (
  path: string
): Effect.Effect<ReadonlyArray<Uint8Array>, PlatformError, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => Effect.map(fs.readFile(path), Separator.split))
