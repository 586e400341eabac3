import { DevInbox } from "@effect-mail/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Command, Exit, type Failure, failure, type Given, wrongUse } from "../command/Command.js"
import { wholeNumber } from "../command/parse.js"
import { readText } from "../compose/files.js"
import { isLoopback, loginOf, passwordName } from "../serve/login.js"
import { portFailure, servePage } from "../serve/server.js"
import { watch } from "../serve/watch.js"
import { coloursOf } from "../terminal/colours.js"

/** The certificate that is shown, where one is given. */
const certificatesOf = (given: Given) =>
  Effect.gen(function*() {
    const text = given.text("tls")
    if (text === undefined) return undefined
    const [certPath, keyPath] = text.split(",")
    if (certPath === undefined || keyPath === undefined) {
      return yield* Effect.fail(wrongUse("--tls is CERT,KEY: the paths of two PEM files"))
    }
    const valid = { cert: yield* readText(certPath), key: yield* readText(keyPath) }
    return { ca: valid.cert, valid, expired: valid, notYetValid: valid, wrongHost: valid, selfSigned: valid }
  })

const rulesOf = (given: Given) =>
  Effect.forEach(given.texts("rule"), (text) => {
    const rule = DevInbox.parseRule(text)
    return rule === undefined
      ? Effect.fail(wrongUse(
        `--rule ${JSON.stringify(text)} is none. Examples: '550 *@fail.test', '450-once *', '552-data *', 'drop *', ` +
          "'wait 20', 'reset 64', 'one-in 5', 'no-login', 'no-starttls'"
      ))
      : Effect.succeed(rule)
  })

const run = (given: Given): Effect.Effect<number, Failure> =>
  Effect.gen(function*() {
    const host = given.text("host") ?? "127.0.0.1"
    const smtpPort = yield* wholeNumber(given, "smtp-port", 1025, 0, 65_535)
    const httpPort = yield* wholeNumber(given, "http-port", 8025, 0, 65_535)
    const maxMessages = yield* wholeNumber(given, "max-messages", 500, 1, 1_000_000)
    const login = yield* loginOf(given, host, "read every message")
    const rules = yield* rulesOf(given)
    const directory = given.text("dir")
    const isJson = given.isOn("json")
    const certificates = yield* certificatesOf(given)
    const isEncrypting = given.isOn("starttls") || certificates !== undefined
    const inbox = DevInbox.layerSmtp({
      host,
      port: smtpPort,
      maxMessages,
      directory,
      rules,
      certificates,
      tls: isEncrypting ? "starttls" : "none"
    })
    const context = yield* Layer.build(inbox).pipe(
      Effect.mapError((error) =>
        error._tag === "PortUnavailable"
          ? portFailure(error.port, "smtp-port", error.code)
          : failure(Exit.failed, error.message)
      )
    )
    const service = yield* Effect.provide(DevInbox.DevInbox, context)
    const url = given.isOn("no-page")
      ? ""
      : yield* Effect.provide(
        servePage({ host, port: httpPort, allowHosts: given.texts("allow-host"), login }),
        context
      )
    const { bold, dim } = coloursOf(process.stderr)
    const line = (name: string, value: string, note: string) =>
      `  ${bold(name.padEnd(6))} ${value.padEnd(25)}  ${dim(note)}`
    if (!given.isOn("quiet")) {
      process.stderr.write([
        `  ${bold("effect-mail")} 0.1.0`,
        line(
          "smtp",
          `smtp://${host}:${service.smtp?.port ?? 0}`,
          isEncrypting ? "any user, STARTTLS offered" : "any user, any password"
        ),
        ...url === "" ? [] : [line("page", url, "api /api/docs · Mailpit API /api/v1")],
        line(
          "keep",
          directory ?? `memory, newest ${maxMessages}`,
          directory === undefined ? "--dir ./mails keeps them" : ""
        ),
        ...isLoopback(host) ? [] : [`  Everybody who reaches ${host} can send here, and read with the login.`],
        "",
        ""
      ].join("\n"))
    }
    let count = 0
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        if (!given.isOn("quiet")) process.stderr.write(`${count} ${count === 1 ? "message" : "messages"}. Stopped.\n`)
      })
    )
    yield* watch(service, { url, isJson, isQuiet: given.isOn("quiet"), isRaw: given.isOn("raw") }, () => {
      count++
    })
    return Exit.done
  }).pipe(Effect.scoped)

export const command: Command = {
  name: "dev",
  summary:
    "Starts an SMTP server that takes every message, and a page that shows what it got, what your program was told, " +
    "and lets the server refuse, defer, stall or vanish.",
  usage: "[options]",
  options: [
    { name: "smtp-port", value: "PORT", meaning: "where programs send to; 0 for any that is free", default: "1025" },
    { name: "http-port", value: "PORT", meaning: "where the page is; 0 for any that is free", default: "8025" },
    { name: "host", value: "HOST", meaning: "the address to listen on", default: "127.0.0.1" },
    { name: "allow-host", value: "NAME", meaning: "a host name by which the page may be asked for", isMultiple: true },
    { name: "user", value: "NAME", meaning: `who may see the page; the password is in ${passwordName}` },
    { name: "starttls", meaning: "offers STARTTLS, with a certificate that programs have to be told to trust" },
    { name: "tls", value: "CERT,KEY", meaning: "offers STARTTLS with the certificate and key of these PEM files" },
    { name: "dir", value: "FOLDER", meaning: "keeps messages there, as .eml and .json", default: "memory" },
    { name: "max-messages", value: "COUNT", meaning: "how many are kept; the oldest go first", default: "500" },
    { name: "rule", value: "RULE", meaning: "what the server does wrong, such as '550 *@fail.test'", isMultiple: true },
    { name: "no-page", meaning: "only the SMTP server and the terminal" },
    { name: "raw", meaning: "prints the source of each message" },
    { name: "quiet", short: "q", meaning: "prints nothing" },
    { name: "json", meaning: "prints one line of JSON for each message, on standard output" }
  ],
  examples: [
    ["effect-mail dev", "then: EMAIL_URL=smtp://127.0.0.1:1025 npm start"],
    ["effect-mail dev --dir ./mails --max-messages 5000", "keeps what arrives in a folder"],
    ["effect-mail dev --rule 'drop lin@*' --rule '450-once *'", "a server that fails now and then"]
  ],
  exits: [[1, "a port is taken, or the folder cannot be used"], [2, "wrong use"], [130, "stopped by Ctrl-C"]],
  run
}
