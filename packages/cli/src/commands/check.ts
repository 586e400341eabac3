import { MailBackend } from "@effect-mail/core/MailBackend"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { probe, type Step } from "../check/probe.js"
import { failedRow, type Name, type Row, stepOf, steps } from "../check/rows.js"
import { type Place, targetOf } from "../check/target.js"
import { type Command, Exit, type Failure, type Given } from "../command/Command.js"
import { widthOf } from "../command/width.js"
import { backend, codeOf, isConfigured, notConfigured } from "../compose/backend.js"
import { checkSender, isBroken, senderLines, senderOptions } from "../dns/sender.js"
import { coloursOf } from "../terminal/colours.js"
import { jsonLine } from "../terminal/json.js"
import { visible } from "../terminal/visible.js"

const passed = (step: Name, seen: Step | undefined, otherwise: string): Row => ({
  step,
  isOk: seen === undefined ? undefined : true,
  detail: seen?.detail ?? otherwise,
  took: seen?.took,
  advice: ""
})

const print = (rows: ReadonlyArray<Row>): void => {
  const { bad, dim, good } = coloursOf(process.stdout)
  const width = widthOf(process.stdout, 100)
  for (const { advice, detail, isOk, step, took } of rows) {
    const sign = isOk === undefined ? dim("–") : isOk ? good("✓") : bad("✗")
    const time = took === undefined ? "" : `${took} ms`
    const left = `${step.padEnd(9)} ${visible(detail)}`
    process.stdout.write(
      `  ${sign} ${left}${time === "" ? "" : dim(time.padStart(Math.max(time.length + 2, width - 4 - left.length)))}\n`
    )
    if (advice !== "") process.stdout.write(`              ${visible(advice)}\n`)
  }
}

interface Connection {
  readonly target: Place | undefined
  readonly rows: ReadonlyArray<Row>
  readonly code: number
}

const checkConnection: Effect.Effect<Connection, Failure> = Effect.gen(function*() {
  const target = targetOf()
  const connection = yield* Effect.flatMap(
    MailBackend,
    ({ connect }) => Effect.either(Effect.scoped(Effect.asVoid(connect)))
  ).pipe(Effect.provide(backend))
  const seen = target === undefined ? undefined : yield* probe(target)
  const failed = Either.isLeft(connection) ? connection.left : undefined
  const at = failed === undefined ? undefined : stepOf(failed)
  const hasLogin = process.env["EMAIL_URL"]?.includes("@") === true || (process.env["EMAIL_HOST_USER"] ?? "") !== ""
  const fine: ReadonlyArray<Row> = [
    passed("name", seen?.name, "not looked up"),
    passed("connect", seen?.connect, "not connected"),
    passed("TLS", seen?.tls, "not offered: everything is sent in clear text"),
    passed("login", hasLogin ? { detail: "accepted", took: 0 } : undefined, "none is set")
  ]
  const rows = failed === undefined || at === undefined
    ? fine.map((row) => row.step === "login" ? { ...row, took: undefined } : row)
    : [
      ...fine.slice(0, steps.indexOf(at)),
      failedRow(failed)
    ]
  return { target, rows, code: failed === undefined ? Exit.done : codeOf(failed) }
})

const run = (given: Given): Effect.Effect<number, Failure> =>
  Effect.gen(function*() {
    const sender = yield* checkSender(given)
    // A domain can be looked at without a server.
    if (!isConfigured() && sender === undefined) return yield* Effect.fail(notConfigured)
    const connection = isConfigured() ? yield* checkConnection : undefined
    const connected = connection?.code ?? Exit.done
    const code = connected !== Exit.done
      ? connected
      : sender !== undefined && isBroken(sender)
      ? Exit.refused
      : Exit.done
    if (given.isOn("json")) {
      process.stdout.write(jsonLine({
        setting: connection?.target?.setting,
        server: connection?.target?.shown,
        steps: connection?.rows ?? [],
        sender,
        code
      }))
      return code
    }
    if (connection?.target !== undefined) {
      process.stdout.write(`  ${connection.target.setting}  ${visible(connection.target.shown)}\n`)
    }
    if (connection !== undefined) print(connection.rows)
    if (sender !== undefined) {
      const lines = senderLines(sender, coloursOf(process.stdout))
      process.stdout.write(`${connection === undefined ? "" : "\n"}${lines.join("\n")}\n`)
    }
    return code
  })

export const command: Command = {
  name: "check",
  summary:
    "Checks the connection to the server of EMAIL_URL: its name, the connection, TLS and the certificate, the login; and, for a " +
    "domain, what the DNS says of it by SPF, DKIM and DMARC, with what to publish. Nothing is sent.",
  usage: "[options]",
  options: [...senderOptions, { name: "json", meaning: "the result as JSON" }],
  examples: [
    ["effect-mail check", "with EMAIL_URL of the environment"],
    [
      "effect-mail check --domain example.com --selector s2026 --include _spf.example.net",
      "and the domain of the sender"
    ],
    ["EMAIL_URL=smtp://ada:secret@smtp.example.com:587 effect-mail check", "with another one"],
    ["effect-mail check --json || echo broken", "in a script"]
  ],
  exits: [[0, "all is well"], [1, "failed"], [2, "wrong use"], [3, "a record of the domain is missing or wrong"], [
    5,
    "no connection"
  ], [6, "the login was refused"]],
  run
}
