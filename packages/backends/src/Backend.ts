/**
 * The choice of a backend by configuration: one `EMAIL_URL`, or `EMAIL_BACKEND` and the settings that go with it. Each
 * backend declares its settings in its `definition`; `settingsTable` and `docs/settings.md` list all of them.
 *
 * @since 0.1.0
 */
import * as MailBackend from "@effect-mail/core/MailBackend"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Arr from "effect/Array"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { type BackendDefinition, read, type Requirements, type Setting } from "./BackendDefinition.js"
import * as Brevo from "./Brevo.js"
import * as Console from "./Console.js"
import * as Dummy from "./Dummy.js"
import * as File from "./File.js"
import * as Gmail from "./Gmail.js"
import * as Mailgun from "./Mailgun.js"
import * as Memory from "./Memory.js"
import * as MsGraph from "./MsGraph.js"
import * as Postmark from "./Postmark.js"
import * as Resend from "./Resend.js"
import * as SendGrid from "./SendGrid.js"
import * as Sendmail from "./Sendmail.js"
import * as Ses from "./Ses.js"
import * as Smtp from "./Smtp.js"

/**
 * The backends of this package.
 *
 * @since 0.1.0
 * @category configuration
 */
export const definitions: ReadonlyArray<
  BackendDefinition<FileSystem.FileSystem | Path.Path | Memory.Memory | Scope.Scope>
> = [
  Smtp.definition,
  Console.definition,
  File.definition,
  Sendmail.definition,
  Ses.definition,
  Resend.definition,
  SendGrid.definition,
  Postmark.definition,
  Mailgun.definition,
  MsGraph.definition,
  Gmail.definition,
  Brevo.definition,
  Memory.definition,
  Dummy.definition
]

const anyOf = (words: ReadonlyArray<string>): string =>
  [words.slice(0, -1).join(", "), ...words.slice(-1)].filter((part) => part !== "").join(" or ")

const unique = (words: ReadonlyArray<string>): ReadonlyArray<string> => Array.from(new Set(words))

type Building<R> = Effect.Effect<MailBackend.Service, ConfigError.ConfigError, R>

const emailUrl: Setting<Redacted.Redacted> = {
  name: "EMAIL_URL",
  option: "",
  meaning: "everything in one line, instead of all other settings",
  default: "none: the other settings count",
  parse: (text) => Either.right(Redacted.make(text))
}

const emailBackend = <R>(definitions: ReadonlyArray<BackendDefinition<R>>): Setting<BackendDefinition<R>> => {
  const names = unique(definitions.map(({ name }) => name))
  return {
    name: "EMAIL_BACKEND",
    option: "",
    meaning: anyOf(names.map((name) => `\`${name}\``)),
    default: names.slice(0, 1).map((name) => `\`${name}\``).join(""),
    parse: (text) =>
      Either.fromOption(Arr.findLast(definitions, ({ name }) => name === text), () => `it is not ${anyOf(names)}`)
  }
}

const byUrl = <R>(definitions: ReadonlyArray<BackendDefinition<R>>, written: string): Building<R> => {
  const invalid = (reason: string) => Effect.fail(ConfigError.InvalidData([emailUrl.name], reason))
  if (!URL.canParse(written)) return invalid("it is not a URL")
  const url = new URL(written)
  if (url.hash !== "") return invalid("a fragment has no meaning here")
  const chosen = Arr.findLast(definitions, ({ schemes }) => schemes.some(({ name }) => `${name}:` === url.protocol))
  return Option.isSome(chosen)
    ? chosen.value.fromUrl(url, written)
    : invalid(
      `its scheme is not ${anyOf(unique(definitions.flatMap(({ schemes }) => schemes.map(({ name }) => name))))}`
    )
}

const byName = <R>(definitions: ReadonlyArray<BackendDefinition<R>>): Building<R> => {
  const setting = emailBackend(definitions)
  return Effect.flatMap(read(setting), (chosen) =>
    Option.isSome(chosen)
      ? chosen.value.fromConfig
      : Effect.flatMap(
        Either.mapLeft(setting.parse(definitions[0]?.name ?? ""), (reason) =>
          ConfigError.InvalidData([setting.name], reason)),
        ({ fromConfig }) =>
          fromConfig
      ))
}

const choose = <R>(definitions: ReadonlyArray<BackendDefinition<R>>): Building<R> =>
  Effect.flatMap(
    read(emailUrl),
    Option.match({
      onNone: () => byName(definitions),
      onSome: (url) => byUrl(definitions, Redacted.value(url))
    })
  )

const build = <R>(definitions: ReadonlyArray<BackendDefinition<R>>) =>
  Effect.gen(function*() {
    const { memory } = yield* Memory.make
    const backend = yield* Effect.provideService(choose(definitions), Memory.Memory, memory)
    return Context.make(MailBackend.MailBackend, backend).pipe(Context.add(Memory.Memory, memory))
  })

/**
 * Provides the backend that the configuration names among those of the list, and the `Memory` that `memory` keeps messages
 * in; with any other backend it stays empty. Default: the first of the list. Of several with the same name or
 * scheme the last is taken.
 *
 * Fails with a `ConfigError` that says which setting is wrong, and why.
 *
 * @see `BackendDefinition.make`
 * @since 0.1.0
 * @category layers
 */
export const layerConfigWith = <D extends BackendDefinition<unknown>>(
  definitions: ReadonlyArray<D> & ReadonlyArray<BackendDefinition<Requirements<D>>>
): Layer.Layer<
  MailBackend.MailBackend | Memory.Memory,
  ConfigError.ConfigError,
  Exclude<Exclude<Requirements<D>, Memory.Memory>, Scope.Scope>
> => Layer.scopedContext(build<Requirements<D>>(definitions))

/**
 * Provides the backend that the configuration names, and the `Memory` that `memory` keeps messages in; with any other
 * backend it stays empty.
 *
 * Fails with a `ConfigError` that says which setting is wrong, and why.
 *
 * @example
 * ```ts
 * import { Backend } from "@effect-mail/backends"
 * import { NodeContext } from "@effect/platform-node"
 * import { Layer } from "effect"
 *
 * const MailLive = Backend.layerConfig.pipe(Layer.provide(NodeContext.layer))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig: Layer.Layer<
  MailBackend.MailBackend | Memory.Memory,
  ConfigError.ConfigError,
  FileSystem.FileSystem | Path.Path
> = layerConfigWith(definitions)

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`)
    .join("")

const code = (text: string): string => text === "" ? "" : `\`${text}\``

const rowsOf = (backend: string, settings: ReadonlyArray<Setting>): ReadonlyArray<ReadonlyArray<string>> =>
  settings.map(({ default: otherwise, meaning, name, option }) => [
    code(name),
    code(backend),
    code(option),
    meaning,
    otherwise
  ])

/**
 * All settings of all backends as tables in Markdown: the variables of the environment, the forms of `EMAIL_URL`, and the
 * options in its query.
 *
 * @since 0.1.0
 * @category configuration
 */
export const settingsTable = (of: ReadonlyArray<BackendDefinition<unknown>> = definitions): string =>
  [
    table(["setting", "backend", "option", "meaning", "default"], [
      ...rowsOf("", [emailUrl, emailBackend(of)]),
      ...of.flatMap(({ name, settings }) => rowsOf(name, settings))
    ]),
    table(
      ["`EMAIL_URL`", "backend", "meaning"],
      of.flatMap(({ name, schemes }) => schemes.map(({ form, meaning }) => [code(form), code(name), meaning]))
    ),
    table(
      ["in the query of `EMAIL_URL`", "backend", "option", "meaning", "default"],
      of.flatMap(({ name, query }) => rowsOf(name, query))
    )
  ].join("\n")
