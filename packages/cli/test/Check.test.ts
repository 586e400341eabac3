/** What `check` makes of each failure of a connection, and of what the DNS says of a domain. */
import { MailError } from "@effect-mail/core"
import { failures, kindOf } from "@effect-mail/test-kit/FailureCases"
import * as ScriptedServer from "@effect-mail/test-kit/LineScriptServer"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { generateKeyPairSync } from "node:crypto"
import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { beforeAll } from "vitest"
import { failedRow } from "../src/check/rows.js"
import { codeOf } from "../src/compose/backend.js"
import * as NameServer from "./NameServer.js"
import { build, folder, program, run, runProgram } from "./Program.js"

beforeAll(build, 180_000)

/** At which step each failure of a connection happens, and with which exit code. */
const expected: Readonly<Record<string, readonly [step: string, code: number]>> = {
  "ConnectionError Dns UnknownHost": ["name", 5],
  "ConnectionError Dns NameServer": ["name", 5],
  "ConnectionError Refused NotListening": ["connect", 5],
  "ConnectionError Refused Unreachable": ["connect", 5],
  "ConnectionError Refused Forbidden": ["connect", 5],
  "ConnectionError Timeout Connecting": ["connect", 5],
  "ConnectionError Timeout AwaitingGreeting": ["connect", 5],
  "ConnectionError Protocol TlsFromStart": ["connect", 5],
  "ConnectionError Protocol ClearText": ["connect", 5],
  "ConnectionError Timeout AwaitingTls": ["TLS", 5],
  "ConnectionError Protocol": ["connect", 5],
  "ConnectionError Greeting": ["connect", 5],
  "ConnectionError Unavailable": ["connect", 5],
  "ConnectionError Lost": ["connect", 5],
  "ConnectionError Io": ["connect", 5],
  "ConnectionError Certificate PrivateAuthority": ["TLS", 5],
  "ConnectionError Certificate SelfSigned": ["TLS", 5],
  "ConnectionError Certificate WrongName": ["TLS", 5],
  "ConnectionError Certificate Expired": ["TLS", 5],
  "ConnectionError Certificate NotYetValid": ["TLS", 5],
  "ConnectionError Tls ClientCertificate": ["TLS", 5],
  "ConnectionError Tls": ["TLS", 5],
  "CapabilityError STARTTLS": ["TLS", 1],
  "AuthenticationError Refused 530": ["login", 6],
  "AuthenticationError Refused 535": ["login", 6],
  "AuthenticationError Refused 534": ["login", 6],
  "AuthenticationError Refused 454": ["login", 6],
  "AuthenticationError NotOffered": ["login", 6],
  "AuthenticationError Credentials": ["login", 6],
  "AuthenticationError Refused": ["login", 6]
}

/** Policies fail before any server is asked. */
const isOfConnection = (kind: string): boolean =>
  /^(?:ConnectionError|AuthenticationError|CapabilityError STARTTLS)/.test(kind) && !kind.includes("Configuration")

describe("A failed connection", () => {
  for (const { cure, error, kind, what } of failures.filter(({ kind }) => isOfConnection(kind))) {
    it.scopedLive(`is told with its step and its cure: ${what}`, () =>
      Effect.gen(function*() {
        const failure = yield* error
        assert.strictEqual(kindOf(failure), kind)
        assert.isTrue(MailError.isBackendError(failure))
        if (!MailError.isBackendError(failure)) return
        const { advice, detail, isOk, step } = failedRow(failure)
        assert.deepStrictEqual([step, codeOf(failure)], expected[kind])
        assert.match(advice, cure)
        assert.isFalse(isOk)
        assert.notStrictEqual(detail, "")
        assert.notInclude(detail, advice)
      }))
  }

  const { close, hang, hear, hello, say } = ScriptedServer
  const servers: ReadonlyArray<
    readonly [script: ScriptedServer.Script, query: string, code: number, words: RegExp]
  > = [
    [[say("554 5.7.1 no \u001b[31mmail\u009b2J from here"), close], "?tls=none", 5, /✗ connect[^]*blocks this machine/],
    [[say("421 4.7.0 too many connections"), close], "?tls=none", 5, /✗ connect/],
    [[say("HTTP/1.1 400 Bad Request"), hang], "?tls=none", 5, /✗ connect[^]*SMTP server/],
    [[say("\x15\x03\x01\x00\x02\x02\x28"), hang], "?tls=none", 5, /✗ connect/],
    [hello(), "?tls=required", 1, /✗ TLS/],
    [[...hello("STARTTLS"), hear("STARTTLS"), say("454 4.7.0 not now")], "?tls=required", 5, /✗ TLS/],
    [[...hello("AUTH PLAIN"), hear("AUTH"), say("535 5.7.8 \u001b]0;x\u0007no")], "?tls=none", 6, /✗ login[^]*password/]
  ]
  it.scopedLive(
    "is shown line by line, and nothing that a server says steers the terminal",
    () =>
      Effect.forEach(servers, ([script, query, code, words]) =>
        Effect.gen(function*() {
          const { port } = yield* ScriptedServer.make(script)
          const user = /AUTH/.test(JSON.stringify(script)) || code === 6 ? "ada:s3cret@" : ""
          const ran = yield* run(["check"], { EMAIL_URL: `smtp://${user}127.0.0.1:${port}${query}` })
          assert.deepStrictEqual([ran.code, ran.err], [code, ""])
          assert.match(ran.out, words)
          assert.notMatch(ran.out, /[\0-\x09\x0b-\x1f\x7f-\x9f]/)
          assert.notInclude(ran.out, "s3cret")
        }), { discard: true }),
    180_000
  )
})

const rsa = (bits: number): string =>
  generateKeyPairSync("rsa", { modulusLength: bits }).publicKey.export({ type: "spki", format: "der" }).toString(
    "base64"
  )

describe("The domain of a sender", () => {
  it.scopedLive("is looked at by the DNS, with what to publish", () =>
    Effect.gen(function*() {
      const many = (count: number) => Array.from({ length: count }, (_, i) => `a:h${i}.example`).join(" ")
      const server = yield* NameServer.make({
        "good.example": ["other", "v=spf1 include:_spf.good.example mx -all"],
        "_spf.good.example": ["v=spf1 a:mail.good.example -all"],
        "s1._domainkey.good.example": [`v=DKIM1; k=rsa; p=${rsa(2048)}`],
        "_dmarc.good.example": ["v=DMARC1; p=reject; rua=mailto:a@good.example"],
        "deep.example": ["v=spf1 include:one.example include:two.example -all"],
        "one.example": [`v=spf1 ${many(6)} -all`],
        "two.example": [`v=spf1 ${many(4)} -all`],
        "loop.example": ["v=spf1 include:back.example -all"],
        "back.example": ["v=spf1 include:loop.example -all"],
        "void.example": ["v=spf1 include:nothing.example -all"],
        "hostile.example": ["v=spf1 \u001b[31m\u009b2Jevil -all"]
      }, ["silent.example"])
      const check = (...args: ReadonlyArray<string>) => run(["check", "--resolver", server.address, ...args])
      const good = yield* check("--domain", "good.example", "--selector", "s1")
      assert.deepStrictEqual([good.code, good.err], [0, ""])
      assert.match(good.out, /✓ SPF +SPF record found, 3 of 10 lookups[^]*✓ DKIM[^]*✓ DMARC/)
      const missing = yield* check(
        "--from",
        "Ada <ada@new.example",
        "--selector",
        "s1",
        "--include",
        "_spf.example.net"
      )
      assert.strictEqual(missing.code, 3)
      assert.include(missing.out, "publish: new.example. IN TXT \"v=spf1 include:_spf.example.net ~all\"")
      assert.include(missing.out, "publish: _dmarc.new.example. IN TXT \"v=DMARC1; p=none")
      const table: ReadonlyArray<readonly [domain: string, words: RegExp]> = [
        ["deep.example", /✗ SPF .*more than 10 times/],
        ["loop.example", /✗ SPF .*includes itself, by loop\.example/],
        ["void.example", /✗ SPF .*it includes nothing\.example, which has no SPF record/],
        ["hostile.example", /✗ SPF /],
        ["silent.example", /– SPF .*no answer for silent\.example/]
      ]
      for (const [domain, words] of table) {
        const { out } = yield* check("--domain", domain)
        assert.match(out, words)
        assert.notMatch(out, /[\0-\x09\x0b-\x1f\x7f-\x9f]/)
      }
      const json = JSON.parse((yield* check("--domain", "good.example", "--json")).out)
      assert.deepInclude(json, { steps: [], code: 0 })
      assert.deepStrictEqual(json.sender.advices.map(({ status }: { status: string }) => status), [
        "good",
        "unknown",
        "good"
      ])
    }), 180_000)

  const wrong: ReadonlyArray<readonly [args: ReadonlyArray<string>, words: RegExp]> = [
    [["--domain", "no domain"], /is no domain of a sender/],
    [["--domain", "localhost"], /is no domain of a sender/],
    [["--domain", "example.com", "--selector", "a b"], /is no name of the DNS/],
    [["--domain", "example.com", "--include=-all"], /is no name of the DNS/],
    [["--domain", "example.com", "--resolver", "a name"], /--resolver is the address/]
  ]
  it.live(
    "has to be one",
    () =>
      Effect.forEach(wrong, ([args, words]) =>
        Effect.map(run(["check", ...args]), ({ code, err, out }) => {
          assert.deepStrictEqual([code, out], [2, ""], args.join(" "))
          assert.match(err, words)
        }), { discard: true }),
    120_000
  )
})

describe("A key that signs", () => {
  it.scopedLive("is made, kept for its owner alone, and never written over another", () =>
    Effect.gen(function*() {
      const cwd = folder()
      const make = (...args: ReadonlyArray<string>) =>
        runProgram([process.execPath, program, "dkim-key", ...args], {}, "", cwd)
      const made = yield* make("--domain", "Example.com", "--selector", "s1")
      assert.strictEqual(made.code, 0, made.err)
      const file = join(cwd, "s1._domainkey.example.com.pem")
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
      const pem = readFileSync(file, "utf8")
      assert.match(pem, /^-----BEGIN PRIVATE KEY-----/)
      assert.include(made.err, file)
      assert.notInclude(made.out + made.err, pem.split("\n")[1])
      assert.match(made.out, /^s1\._domainkey\.example\.com\. IN TXT \( "v=DKIM1; k=rsa; p=[^"]{200,}" "[^"]+" \)\n$/)
      const again = yield* make("--domain", "example.com", "--selector", "s1")
      assert.deepStrictEqual([again.code, again.out], [1, ""])
      assert.include(again.err, "is there, and was left as it is")
      assert.strictEqual(readFileSync(file, "utf8"), pem)
      const ed = yield* make("--domain", "example.com", "--selector", "e1", "--ed25519", "--out", "e1.pem", "--json")
      const { record } = JSON.parse(ed.out)
      assert.match(record, /^v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=$/)
      for (
        const args of [[], ["--domain", "example.com"], ["--domain", "a b", "--selector", "s1"], [
          "--domain",
          "a.example",
          "--selector",
          "../x"
        ]]
      ) {
        assert.strictEqual((yield* make(...args)).code, 2, args.join(" "))
      }
      assert.strictEqual(
        (yield* make("--domain", "a.example", "--selector", "s", "--out", "no/such/folder.pem")).code,
        1
      )

      // What is published is compared with the key that signs.
      const value = /"v=DKIM1.*"/.exec(made.out)?.[0].replaceAll("\" \"", "").replaceAll("\"", "") ?? ""
      const server = yield* NameServer.make({ "s1._domainkey.example.com": [value] })
      const environment = { DKIM_DOMAIN: "example.com", DKIM_SELECTOR: "s1" }
      const checked = (DKIM_PRIVATE_KEY: string) =>
        run(["check", "--resolver", server.address], { ...environment, DKIM_PRIVATE_KEY })
      assert.match((yield* checked(pem.replaceAll("\n", "\\n"))).out, /✓ DKIM/)
      assert.match((yield* checked(readFileSync(join(cwd, "e1.pem"), "utf8"))).out, /✗ DKIM .*another one/)
    }), 180_000)
})
