/** The command line as a process. The bundle is built first. */
import { DevInbox } from "@effect-mail/testing"
import { Command } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll } from "vitest"
import { build, clean, folder, program, root, run } from "./Program.js"

beforeAll(build, 180_000)

const withInbox = <A, E>(
  use: (inbox: DevInbox.Service, url: string) => Effect.Effect<A, E>,
  options: DevInbox.SmtpOptions = {}
) =>
  Effect.scoped(
    Effect.flatMap(DevInbox.makeSmtp(options), (inbox) => use(inbox, `smtp://127.0.0.1:${inbox.smtp?.port}`))
  )

const letter = ["send", "--from", "Ada <ada@example.com>", "-s", "Hi", "--text", "Hello"]

describe("effect-mail", () => {
  it.live("says its version and how it is used", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* run(["--version"]), { code: 0, out: "0.1.0\n", err: "" })
      assert.match((yield* run(["--help"])).out, /Commands:\n {2}dev /)
      for (const command of ["dev", "send", "check", "dkim-key", "render", "preview", "inbox"]) {
        const { code, out } = yield* run([command, "--help"])
        assert.strictEqual(code, 0)
        assert.match(out, new RegExp(`Usage: effect-mail ${command}`))
        assert.include(out, "Examples:\n  $ effect-mail")
        assert.include(out, "Exit codes:")
      }
    }), 120_000)

  const wrong: ReadonlyArray<readonly [args: ReadonlyArray<string>, words: RegExp]> = [
    [[], /Usage/],
    [["nope"], /There is no command "nope"/],
    [["dev", "--nope"], /There is no option --nope/],
    [["dev", "--smtp-port", "x"], /--smtp-port is a whole number/],
    [["dev", "--rule", "hello"], /--rule "hello" is none/],
    [["dev", "--host", "0.0.0.0"], /--user/],
    [["send", "--text", "a", "--markdown", "b"], /give one/],
    [["send", "--to", "a@example.com"], /EMAIL_URL/],
    [["check"], /EMAIL_URL/],
    [["inbox"], /Name a folder/],
    [["inbox", "wait", "--timeout", "soon"], /--timeout/],
    [["preview"], /Name the files/]
  ]
  it.live(
    "ends with 2 for wrong use, and says what is wrong on standard error alone",
    () =>
      Effect.forEach(wrong, ([args, words]) =>
        Effect.map(run(args), ({ code, err, out }) => {
          assert.strictEqual(code, 2, args.join(" "))
          assert.match(err, words)
          assert.strictEqual(out, "")
        }), { concurrency: 2, discard: true }),
    180_000
  )

  it.live(
    "sends, and tells by its exit code what became of it",
    () =>
      withInbox((inbox, url) =>
        Effect.gen(function*() {
          const send = (...to: ReadonlyArray<string>) =>
            run([...letter, ...to.flatMap((one) => ["--to", one])], { EMAIL_URL: url })
          const accepted = yield* send("bob@example.com")
          assert.deepStrictEqual([accepted.code, accepted.err], [0, ""])
          assert.match(accepted.out, /^Accepted +bob@example\.com {2}250/)
          assert.strictEqual((yield* send("bob@example.com", "550@fail.test")).code, 3)
          assert.strictEqual((yield* send("550@fail.test")).code, 3)
          assert.strictEqual((yield* send("drop@fail.test")).code, 4)
          assert.strictEqual((yield* send("no address")).code, 1)
          yield* inbox.addRule({ kind: "refuse-login" })
          const login = yield* run([...letter, "--to", "a@example.com"], {
            EMAIL_URL: `${url.replace("//", "//u:p@")}?tls=none`
          })
          assert.strictEqual(login.code, 6)
          assert.strictEqual(
            (yield* run([...letter, "--to", "a@example.com"], { EMAIL_URL: "smtp://127.0.0.1:1" })).code,
            5
          )
          const json = yield* run(
            ["send", "-", "--json"],
            { EMAIL_URL: url },
            JSON.stringify({
              from: "a@example.com",
              to: "b@example.com",
              subject: "json",
              markdown: "*Hi*"
            })
          )
          assert.deepStrictEqual(JSON.parse(json.out).recipients[0].recipient, "b@example.com")
          const { id } = yield* inbox.wait("subject:json")
          assert.include(Buffer.from(yield* inbox.source(id)).toString(), "<em>Hi</em>")
        })
      ),
    180_000
  )

  it.live("renders, and sends what was rendered as it is", () =>
    withInbox((inbox, url) =>
      Effect.gen(function*() {
        const rendered = yield* run([
          "render",
          "--from",
          "a@example.com",
          "--to",
          "b@example.com",
          "-s",
          "Grüße",
          "--text",
          "Hello"
        ])
        assert.match(rendered.out, /^From: a@example\.com\r\n/)
        const path = join(folder(), "mail.eml")
        writeFileSync(path, rendered.out)
        assert.strictEqual((yield* run(["send", "--eml", path, "--to", "c@example.com"], { EMAIL_URL: url })).code, 0)
        const { id } = yield* inbox.wait("bcc:c@example.com")
        assert.strictEqual(Buffer.from(yield* inbox.source(id)).toString(), rendered.out)
      })
    ), 120_000)

  it.live("checks a connection step by step", () =>
    withInbox((_, url) =>
      Effect.gen(function*() {
        const fine = yield* run(["check"], { EMAIL_URL: url })
        assert.strictEqual(fine.code, 0)
        assert.match(fine.out, /✓ name[^]*✓ connect {3}220[^]*– TLS/)
        const untrusted = yield* run(["check"], { EMAIL_URL: "smtp://no-such-name.invalid:25" })
        assert.strictEqual(untrusted.code, 5)
        assert.match(untrusted.out, /✗ name/)
        const json = yield* run(["check", "--json"], { EMAIL_URL: url.replace("//", "//ada:secret@") })
        assert.strictEqual(JSON.parse(json.out).steps.at(-1).isOk, false)
        assert.notInclude(json.out, "secret")
      })
    ), 120_000)

  const people = (lines: ReadonlyArray<string>): string => {
    const path = join(folder(), "people.csv")
    writeFileSync(path, ["email,name", ...lines].join("\r\n"))
    return path
  }
  const merge = (path: string, ...more: ReadonlyArray<string>) => [
    "send",
    "--from",
    "ada@example.com",
    "--each",
    path,
    "--to",
    "{{email}}",
    "-s",
    "Hi {{name|there}}",
    "--text",
    "Hello {{name|you}}",
    ...more
  ]

  it.live("checks every row before the first is sent", () =>
    withInbox((inbox, url) =>
      Effect.gen(function*() {
        const path = people(["a@example.com,A", ",B", "c@@example.com,C", "d@example.com,\"D\r\nBcc: x@example.com\""])
        const checked = yield* run(merge(path, "--dry-run"))
        assert.strictEqual(checked.code, 3)
        assert.match(checked.err, /would send 1 +3 rows are wrong\n {2}row 3 +email is empty\n {2}row 4 /)
        const refused = yield* run(merge(path, "--report", join(folder(), "out.csv")), { EMAIL_URL: url })
        assert.strictEqual(refused.code, 3)
        assert.lengthOf(yield* inbox.list(), 0)
        const unknown = yield* run([...merge(path), "--header", "X-Id: {{id}}"])
        assert.strictEqual(unknown.code, 2)
        assert.include(unknown.err, "There is no column {{id}}. There are: email, name")
      })
    ), 120_000)

  it.live(
    "goes on with the rest, and never sends an unknown row again unasked",
    () =>
      withInbox((inbox, url) =>
        Effect.gen(function*() {
          const path = people(["a@example.com,A", "550@fail.test,B", "drop@fail.test,C", "450-once@fail.test,D"])
          const report = join(folder(), "out.csv")
          const first = yield* run(merge(path, "--report", report, "--concurrency", "1"), { EMAIL_URL: url })
          assert.strictEqual(first.code, 4, first.err)
          const verdicts = () =>
            readFileSync(report, "utf8").split("\r\n").slice(1, -1).map((line) => line.split(",")[2])
          assert.deepStrictEqual(verdicts(), ["accepted", "refused", "unknown", "deferred"])
          const before = (yield* inbox.list("subject:hi is:accepted")).length
          const second = yield* run(merge(path, "--resume", report), { EMAIL_URL: url })
          assert.strictEqual(second.code, 0, second.err)
          assert.match(second.err, /1 unknown row is left alone/)
          assert.deepStrictEqual(verdicts(), ["accepted", "refused", "unknown", "accepted"])
          assert.lengthOf(yield* inbox.list("subject:hi is:accepted"), before + 1)
          const third = yield* run(merge(path, "--resume", report, "--resend-unknown"), { EMAIL_URL: url })
          assert.strictEqual(third.code, 4)
          const other = people(["x@example.com,A"])
          assert.strictEqual((yield* run(merge(other, "--resume", report), { EMAIL_URL: url })).code, 2)
        })
      ),
    180_000
  )

  it.live("keeps messages over an end by force, and shows a folder", () =>
    Effect.scoped(Effect.gen(function*() {
      const directory = folder()
      const dev = yield* Command.make(
        process.execPath,
        program,
        "dev",
        "--smtp-port",
        "0",
        "--http-port",
        "0",
        "--dir",
        directory
      ).pipe(
        Command.env(clean),
        Command.start
      )
      const banner = yield* dev.stderr.pipe(
        Stream.decodeText(),
        Stream.scan("", (all, piece) => all + piece),
        Stream.filter((all) => all.includes("keep")),
        Stream.runHead
      )
      const url = banner._tag === "Some" ? /smtp:\/\/\S+/.exec(banner.value)?.[0] ?? "" : ""
      yield* run([...letter, "--to", "bob@example.com"], { EMAIL_URL: url })
      yield* dev.kill("SIGKILL")
      assert.isFalse(readdirSync(directory).some((name) => name.endsWith(".tmp")))
      const list = yield* run(["inbox", directory, "--json"])
      const [row] = list.out.trim().split("\n").map((line) => JSON.parse(line))
      assert.deepInclude(row, { subject: "Hi", recipients: 1, source: "smtp" })
    })).pipe(Effect.provide(NodeContext.layer)), 120_000)

  it.live(
    "ends within a second while a page is open, and says so when a port is taken",
    () =>
      Effect.scoped(Effect.gen(function*() {
        const taken = yield* DevInbox.makeSmtp()
        const port = String(taken.smtp?.port)
        const clash = yield* run(["dev", "--smtp-port", port, "--http-port", "0"])
        assert.deepStrictEqual([clash.code, clash.out], [1, ""])
        assert.include(clash.err, `Port ${port} is in use. Is it running already?`)
        const dev = yield* Command.make(process.execPath, program, "dev", "--smtp-port", "0", "--http-port", "0").pipe(
          Command.env(clean),
          Command.start
        )
        const banner = yield* dev.stderr.pipe(
          Stream.decodeText(),
          Stream.scan("", (all, piece) => all + piece),
          Stream.filter((all) => all.includes("keep")),
          Stream.runHead
        )
        const page = banner._tag === "Some" ? /http:\/\/\S+/.exec(banner.value)?.[0] ?? "" : ""
        const open = yield* Effect.promise(() => fetch(`${page}/api/events`))
        assert.strictEqual(open.status, 200)
        yield* dev.kill("SIGINT")
        assert.strictEqual(Number(yield* dev.exitCode), 130)
      })).pipe(Effect.provide(NodeContext.layer)),
    120_000
  )

  it.live("shows the previews of a program, made by its own libraries", () =>
    Effect.gen(function*() {
      const path = join(root, "packages/cli/test/previews/welcome.ts")
      const rendered = yield* run(["render", `${path}#welcome`, "--params", "{\"name\":\"Bob\"}"])
      assert.strictEqual(rendered.code, 0, rendered.err)
      assert.include(rendered.out, "Subject: Welcome, Bob")
      const unnamed = yield* run(["render", path])
      assert.deepStrictEqual(unnamed.code, 2)
      assert.include(unnamed.err, "reminder, welcome")
      const broken = join(folder(), "broken.ts")
      writeFileSync(broken, "export const a = {\n")
      const failed = yield* run(["render", `${broken}#a`])
      assert.strictEqual(failed.code, 1)
      assert.match(failed.err, /broken\.ts:\d+: /)
    }), 120_000)
})
