/**
 * Two verifiers of DKIM signatures that are not ours: mailauth, and dkimpy where Debian's packages python3-dkim and
 * python3-nacl are installed.
 */
import { Effect, Schema } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { createRequire } from "node:module"

/** TXT records by their names. */
export type Dns = Readonly<Record<string, string>>

const python = "/usr/bin/python3"

/** Whether dkimpy is there, with the module that knows Ed25519. */
export const hasDkimpy: boolean = spawnSync(python, ["-c", "import dkim, nacl"]).status === 0

const program = `
import sys, json, base64, dkim
def verdicts(case, dns):
    octets = base64.b64decode(case)
    count = sum(1 for name, _ in dkim.rfc822_parse(octets)[0] if name.lower() == b"dkim-signature")
    found = []
    for i in range(count):
        lookup = lambda name, timeout=5: dns.get(name.decode().rstrip("."), "").encode()
        try: found.append(bool(dkim.DKIM(octets).verify(idx=i, dnsfunc=lookup)))
        except dkim.DKIMException: found.append(False)
    return found
given = json.load(sys.stdin)
json.dump([verdicts(case, given["dns"]) for case in given["cases"]], sys.stdout)
`

const Verdicts = Schema.parseJson(Schema.Array(Schema.Array(Schema.Boolean)))

const run = (input: string): Effect.Effect<string> =>
  Effect.async((resume) => {
    const child = spawn(python, ["-c", program], { stdio: ["pipe", "pipe", "inherit"] })
    const pieces: Array<Buffer> = []
    child.stdout.on("data", (piece: Buffer) => void pieces.push(piece))
    child.on("error", (error) => resume(Effect.die(error)))
    child.on("close", () => resume(Effect.succeed(Buffer.concat(pieces).toString())))
    child.stdin.end(input)
    return Effect.sync(() => void child.kill())
  })

/** What dkimpy says of each signature of each message. */
export const dkimpy = (
  messages: ReadonlyArray<Uint8Array>,
  dns: Dns
): Effect.Effect<ReadonlyArray<ReadonlyArray<boolean>>> =>
  Effect.flatMap(
    run(JSON.stringify({ dns, cases: messages.map((octets) => Buffer.from(octets).toString("base64")) })),
    (answer) => Effect.orDie(Schema.decode(Verdicts)(answer))
  )

const MailauthAnswer = Schema.Struct({
  results: Schema.Array(Schema.Struct({ status: Schema.Struct({ result: Schema.String }) }))
})

const require = createRequire(import.meta.url)

/** What mailauth says of each signature of a message. */
export const mailauth = (octets: Uint8Array, dns: Dns): Effect.Effect<ReadonlyArray<boolean>> =>
  Effect.promise(async () => {
    const { dkimVerify } = require("mailauth/lib/dkim/verify")
    const missing = (name: string) => Object.assign(new Error(`no record ${name}`), { code: "ENOTFOUND" })
    const resolver = async (name: string) => {
      const record = dns[name]
      if (record === undefined) throw missing(name)
      return [[record]]
    }
    const answer = await dkimVerify(Buffer.from(octets), { resolver })
    return Schema.decodeUnknownSync(MailauthAnswer)(answer).results.map(({ status }) => status.result === "pass")
  })
