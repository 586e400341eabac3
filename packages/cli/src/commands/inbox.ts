import { DevInbox, DevInboxApi } from "@effect-mail/testing"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { statSync } from "node:fs"
import { type Command, Exit, type Failure, failure, type Given, wrongUse } from "../command/Command.js"
import { wholeNumber } from "../command/parse.js"
import { lengthOf } from "../command/time.js"
import { servePage } from "../serve/server.js"
import { watch } from "../serve/watch.js"
import { jsonLine } from "../terminal/json.js"
import { visible } from "../terminal/visible.js"

const encode = Schema.encodeSync(DevInboxApi.Summary)

type Summary = typeof DevInboxApi.Summary.Type

const write = (isJson: boolean) => (summary: Summary): void => {
  const line = isJson
    ? jsonLine(encode(summary))
    : `${
      [
        String(summary.id),
        new Date(summary.time).toISOString(),
        summary.from.address,
        summary.to.join(", "),
        summary.subject
      ]
        .map(visible).join("\t")
    }\n`
  process.stdout.write(line)
}

const clientOf = (given: Given) =>
  HttpApiClient.make(DevInboxApi.DevInboxApi, { baseUrl: given.text("url") ?? "http://127.0.0.1:8025" }).pipe(
    Effect.provide(FetchHttpClient.layer)
  )

const unreachable = (given: Given): Failure =>
  failure(
    Exit.noConnection,
    `No inbox answers at ${given.text("url") ?? "http://127.0.0.1:8025"}. Start one: effect-mail dev`
  )

/** A query of all that was asked for. */
const queryOf = (given: Given): string =>
  [
    ...["to", "from", "subject"].flatMap((name) =>
      given.texts(name).map((value) => `${name}:"${value.replaceAll("\"", "")}"`)
    ),
    ...given.texts("query")
  ].join(" ")

const maxWait = 300_000

const wait = (given: Given): Effect.Effect<number, Failure> =>
  Effect.gen(function*() {
    const seconds = (yield* lengthOf(given, "timeout", "10s", maxWait)) / 1000
    const client = yield* clientOf(given)
    const query = queryOf(given)
    const { message } = yield* Effect.mapError(
      client.messages.wait({ urlParams: { query, seconds } }),
      () => unreachable(given)
    )
    if (message === null) {
      return yield* Effect.fail(failure(
        Exit.failed,
        `No message ${query === "" ? "" : `like ${query} `}came within ${seconds} s.`
      ))
    }
    write(given.isOn("json"))(message)
    return Exit.done
  })

const list = (given: Given): Effect.Effect<number, Failure> =>
  Effect.gen(function*() {
    const client = yield* clientOf(given)
    const { messages } = yield* Effect.mapError(
      client.messages.list({ urlParams: { query: queryOf(given), limit: 1_000 } }),
      () => unreachable(given)
    )
    messages.forEach(write(given.isOn("json")))
    return Exit.done
  })

const show = (given: Given, folder: string): Effect.Effect<number, Failure> =>
  Effect.gen(function*() {
    const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
    if (!isFolder) return yield* Effect.fail(failure(Exit.failed, `${visible(folder)} is no folder.`))
    const port = yield* wholeNumber(given, "http-port", 8025, 0, 65_535)
    const context = yield* Effect.mapError(
      Layer.build(DevInbox.layer({ directory: folder, maxMessages: 10_000 })),
      (error) => failure(Exit.failed, error.message)
    )
    const service = yield* Effect.provide(DevInbox.DevInbox, context)
    const found = yield* service.list()
    if (given.isOn("json")) {
      found.forEach(write(true))
      return Exit.done
    }
    const page = servePage({ host: "127.0.0.1", port, allowHosts: [], login: undefined })
    const url = yield* Effect.provide(page, context)
    process.stderr.write(
      `  ${found.length} ${found.length === 1 ? "message" : "messages"} of ${visible(folder)}: ${url}\n`
    )
    yield* watch(service, { url, isJson: false, isQuiet: true, isRaw: false }, () => undefined)
    return Exit.done
  }).pipe(Effect.scoped)

const run = (given: Given): Effect.Effect<number, Failure> => {
  const [first] = given.positionals
  if (first === undefined) {
    return Effect.fail(wrongUse("Name a folder, or say wait or list. See effect-mail inbox --help"))
  }
  return first === "wait" ? wait(given) : first === "list" ? list(given) : show(given, first)
}

export const command: Command = {
  name: "inbox",
  summary:
    "Shows a folder of messages in the page: .eml files, and what the File backend wrote. With wait or list it asks " +
    "an inbox that is running.",
  usage: "FOLDER | wait | list [options]",
  options: [
    { name: "http-port", value: "PORT", meaning: "where the page of a folder is", default: "8025" },
    { name: "url", value: "URL", meaning: "wait, list: where the inbox runs", default: "http://127.0.0.1:8025" },
    { name: "to", value: "TEXT", meaning: "wait, list: what a recipient's address or name holds", isMultiple: true },
    { name: "from", value: "TEXT", meaning: "wait, list: the same of the sender", isMultiple: true },
    { name: "subject", value: "TEXT", meaning: "wait, list: what the subject holds", isMultiple: true },
    { name: "query", value: "QUERY", meaning: "wait, list: as in the page, such as is:refused", isMultiple: true },
    { name: "timeout", value: "TIME", meaning: "wait: how long, at most 5m", default: "10s" },
    { name: "json", meaning: "one line of JSON for each message" }
  ],
  examples: [
    ["effect-mail inbox ./mails", "opens a folder"],
    ["effect-mail inbox wait --to bob@example.com --timeout 10s --json", "for tests in any language"],
    ["effect-mail inbox list --query is:refused", "what was refused"]
  ],
  exits: [
    [0, "done"],
    [1, "nothing came in time, or the folder cannot be read"],
    [2, "wrong use"],
    [5, "no inbox runs there"],
    [130, "stopped by Ctrl-C"]
  ],
  run
}
