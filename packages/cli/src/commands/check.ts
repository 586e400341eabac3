import { MailBackend } from "@effect-mail/core/MailBackend"
import type { BackendError } from "@effect-mail/core/MailError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { probe, type Step } from "../check/probe.js"
import { targetOf } from "../check/target.js"
import { type Command, Exit, type Failure, type Given } from "../command/Command.js"
import { backend, codeOf, isConfigured, notConfigured } from "../compose/backend.js"
import { coloursOf } from "../terminal/colours.js"
import { visible } from "../terminal/visible.js"

const steps = ["name", "connect", "TLS", "login"] as const
type Name = (typeof steps)[number]

interface Row {
  readonly step: Name
  readonly isOk: boolean | undefined
  readonly detail: string
  readonly took: number | undefined
  readonly advice: string
}

/** The step at which an error happened. */
const stepOf = (error: BackendError): Name => {
  if (error._tag === "AuthenticationError") return "login"
  if (error._tag === "CapabilityError") return "TLS"
  if (error._tag !== "ConnectionError") return "login"
  switch (error.reason) {
    case "Dns":
      return "name"
    case "Tls":
    case "Certificate":
      return "TLS"
    default:
      return error.detail === "AwaitingTls" ? "TLS" : "connect"
  }
}

const passed = (step: Name, seen: Step | undefined, otherwise: string): Row => ({
  step,
  isOk: seen === undefined ? undefined : true,
  detail: seen?.detail ?? otherwise,
  took: seen?.took,
  advice: ""
})

const print = (rows: ReadonlyArray<Row>): void => {
  const { bad, dim, good } = coloursOf(process.stdout)
  const width = Math.max(40, Math.min(100, process.stdout.columns ?? 80))
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

const run = (given: Given): Effect.Effect<number, Failure> =>
  Effect.gen(function*() {
    if (!isConfigured()) return yield* Effect.fail(notConfigured)
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
        {
          step: at,
          isOk: false,
          detail: failed.message.replace(failed.advice, "").trim(),
          took: undefined,
          advice: failed.advice
        }
      ]
    const code = failed === undefined ? Exit.done : codeOf(failed)
    if (given.isOn("json")) {
      process.stdout.write(
        `${JSON.stringify({ setting: target?.setting, server: target?.shown, steps: rows, code })}\n`
      )
      return code
    }
    if (target !== undefined) process.stdout.write(`  ${target.setting}  ${visible(target.shown)}\n`)
    print(rows)
    return code
  })

export const command: Command = {
  name: "check",
  summary:
    "Checks the connection to the server of EMAIL_URL: its name, the connection, TLS and the certificate, the login. " +
    "Nothing is sent.",
  usage: "[options]",
  options: [{ name: "json", meaning: "the result as JSON" }],
  examples: [
    ["effect-mail check", "with EMAIL_URL of the environment"],
    ["EMAIL_URL=smtp://ada:secret@smtp.example.com:587 effect-mail check", "with another one"],
    ["effect-mail check --json || echo broken", "in a script"]
  ],
  exits: [[0, "all is well"], [1, "failed"], [2, "wrong use"], [5, "no connection"], [6, "the login was refused"]],
  run
}
