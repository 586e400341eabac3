import * as Dkim from "@effect-mail/core/Dkim"
import * as SenderDomain from "@effect-mail/inbound/SenderDomain"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { writeFileSync } from "node:fs"
import { resolve } from "node:path"
import { type Command, Exit, type Failure, failure, type Given, wrongUse } from "../command/Command.js"
import { jsonLine } from "../terminal/json.js"
import { visible } from "../terminal/visible.js"

/** Only its owner reads the file, and a file that is there is never touched: another key may be all that there is. */
const write = (path: string, pem: string): Effect.Effect<void, Failure> =>
  Effect.try({
    try: () => writeFileSync(path, pem, { flag: "wx", mode: 0o600 }),
    catch: (cause) => {
      const code = cause instanceof Error && "code" in cause ? String(cause.code) : ""
      return failure(
        Exit.failed,
        code === "EEXIST"
          ? `${visible(path)} is there, and was left as it is. Give another file by --out.`
          : `${visible(path)} cannot be written: ${code === "" ? String(cause) : code}`
      )
    }
  })

const run = (given: Given): Effect.Effect<number, Failure> =>
  Effect.gen(function*() {
    const [domain, selector] = [given.text("domain"), given.text("selector")]
    if (domain === undefined || selector === undefined) {
      return yield* Effect.fail(
        wrongUse("Give --domain, that of the authors, and --selector, a name of the key such as s2026.")
      )
    }
    const pair = yield* Dkim.generate(given.isOn("ed25519") ? "ed25519" : "rsa")
    // What could not sign is not written.
    const key = yield* Effect.mapError(
      Dkim.key({ domain, selector, privateKey: pair.privateKey }),
      ({ field, reason }) => wrongUse(`--${field}: ${visible(reason)}`)
    )
    const name = `${key.selector}._domainkey.${key.domain}`
    const file = resolve(given.text("out") ?? `${name}.pem`)
    yield* write(file, Redacted.value(pair.privateKey))
    const zone = SenderDomain.zoneLine({ name, value: pair.record })
    if (given.isOn("json")) {
      process.stdout.write(jsonLine({ name, record: pair.record, zone, file, algorithm: key.algorithm }))
      return Exit.done
    }
    process.stdout.write(`${zone}\n`)
    process.stderr.write([
      "",
      `The private key is in ${visible(file)}, which only you can read. Publish the line above; sign with`,
      `  DKIM_DOMAIN=${key.domain} DKIM_SELECTOR=${key.selector} DKIM_PRIVATE_KEY="$(cat ${visible(file)})"`,
      `and see whether it is there: effect-mail check --domain ${key.domain} --selector ${key.selector}`,
      ...given.isOn("ed25519") ? ["Some large receivers do not know Ed25519: sign with an RSA key as well."] : [],
      ""
    ].join("\n"))
    return Exit.done
  })

export const command: Command = {
  name: "dkim-key",
  summary:
    "Makes a key pair that signs messages (DKIM), writes the private key to a file, and prints the line to publish in the DNS.",
  usage: "--domain NAME --selector NAME [options]",
  options: [
    { name: "domain", value: "NAME", meaning: "that of the authors" },
    { name: "selector", value: "NAME", meaning: "what this key is called: a new one for each key" },
    { name: "ed25519", meaning: "makes an Ed25519 key, as a second one", default: "RSA with 2048 bits" },
    {
      name: "out",
      value: "FILE",
      meaning: "where the private key goes; a file that is there is never overwritten",
      default: "SELECTOR._domainkey.DOMAIN.pem"
    },
    { name: "json", meaning: "the result as JSON, without the private key" }
  ],
  examples: [
    ["effect-mail dkim-key --domain example.com --selector s2026", "a key, and its record"],
    ["effect-mail dkim-key --domain example.com --selector e2026 --ed25519 --out keys/e2026.pem", "a second signature"]
  ],
  exits: [[0, "done"], [1, "the file is there, or cannot be written"], [2, "wrong use"]],
  run
}
