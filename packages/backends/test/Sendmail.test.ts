import { Backend, Sendmail } from "@effect-mail/backends"
import { Annotations, Mail, MailBackend, Message } from "@effect-mail/core"
import { BackendContract } from "@effect-mail/testing"
import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Config, ConfigError, ConfigProvider, Context, Effect, Layer } from "effect"

class Folder extends Context.Tag("test/Folder")<Folder, string>() {}

const folder = Layer.scoped(
  Folder,
  Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
).pipe(Layer.orDie, Layer.provideMerge(NodeContext.layer))

/** A program that keeps its input and its arguments, each message under a name that sorts by the time of coming. */
const keeping = `#!/bin/sh
at=$(date +%s%N)-$$
cat > "$0.$at.part"
printf '%s\\n' "$@" > "$0.$at.args"
mv "$0.$at.part" "$0.$at.eml"
`

const program = (text: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = `${yield* Folder}/sendmail`
    yield* fs.writeFileString(path, text)
    yield* fs.chmod(path, 0o755)
    return path
  })

const backend = (text: string, options: Sendmail.Options = {}) =>
  Layer.unwrapEffect(Effect.map(Effect.orDie(program(text)), (path) => Sendmail.layer({ path, ...options })))

const filesOf = (ending: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* Folder
    const names = (yield* fs.readDirectory(directory)).filter((name) => name.endsWith(ending)).sort()
    return yield* Effect.forEach(names, (name) => fs.readFileString(`${directory}/${name}`))
  })

/** The arguments behind those that are always there: the sender, and the recipients. */
const envelopeOf = (args: string) => {
  const [flag, f, from = "", end, ...to] = args.trimEnd().split("\n")
  assert.deepStrictEqual([flag, f, end], ["-i", "-f", "--"])
  return { from: from === "<>" ? "" : from, to }
}

const delivered = Effect.gen(function*() {
  const args = yield* filesOf(".args")
  return (yield* filesOf(".eml")).map((text, i) => ({
    bytes: new TextEncoder().encode(text.replaceAll("\n", "\r\n")),
    envelope: envelopeOf(args[i] ?? "")
  }))
})

const message = Message.make({ from: "ada@example.com", to: "bob@example.org", text: ".\nHello" })

describe("Sendmail", () => {
  describe("keeps the contract", () => {
    const cases = BackendContract.cases({ layer: backend(keeping), delivered, timeLimit: "25 seconds" })
    for (const { name, test } of cases) it.live(name, () => Effect.provide(test, folder), 30_000)
  })

  for (
    const [code, tag, isTransient] of [
      [64, "ConnectionError", false],
      [65, "RejectedError", false],
      [66, "ConnectionError", false],
      [67, "RejectedError", false],
      [68, "RejectedError", false],
      [69, "ConnectionError", true],
      [70, "OutcomeUnknownError", false],
      [71, "ConnectionError", true],
      [72, "ConnectionError", true],
      [73, "ConnectionError", true],
      [74, "ConnectionError", true],
      [75, "RejectedError", true],
      [76, "ConnectionError", false],
      [77, "ConnectionError", false],
      [78, "ConnectionError", false],
      [1, "OutcomeUnknownError", false],
      [255, "OutcomeUnknownError", false]
    ] as const
  ) {
    for (const [way, read] of [["all", "cat > /dev/null"], ["nothing", ":"]] as const) {
      it.live(`makes ${tag} of ${code}, where the program read ${way}`, () =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(Mail.send(message))
          assert.strictEqual(error._tag, tag)
          assert.strictEqual(error.isTransient, isTransient)
        }).pipe(Effect.provide(backend(`#!/bin/sh\n${read}\nexit ${code}\n`)), Effect.provide(folder)))
    }
  }

  it.live("does not know what became of a message when the program is killed", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(Mail.send(message)))._tag, "OutcomeUnknownError")
    }).pipe(Effect.provide(backend("#!/bin/sh\ncat > /dev/null\nkill -9 $$\n")), Effect.provide(folder)))

  it.live("waits for the program as long as it may take, and no longer", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(Mail.send(message)))._tag, "OutcomeUnknownError")
    }).pipe(
      Effect.provide(backend("#!/bin/sh\nexec sleep 20\n", { timeLimit: "50 millis" })),
      Effect.provide(folder)
    ))

  it.live("sends nothing without the program, and does not try the rest", () =>
    Effect.gen(function*() {
      const { entries } = yield* Mail.sendAll([message, message])
      const tags = entries.map((entry) => entry._tag === "Failed" ? entry.error._tag : entry._tag)
      assert.deepStrictEqual(tags, ["ConnectionError", "NotTried"])
    }).pipe(Effect.provide(Sendmail.layer({ path: "/nonexistent/sendmail" })), Effect.provide(folder)))

  it.live("starts no program for what it cannot take", () =>
    Effect.gen(function*() {
      for (
        const [given, tag] of [
          [Message.to(message, "-oQ/tmp@example.org"), "RejectedError"],
          [Message.envelopeFrom(message, "-X/tmp/log@example.com"), "RejectedError"],
          [Message.requireTls(message), "CapabilityError"],
          [Message.annotate(message, Annotations.tags, ["a"]), "CapabilityError"]
        ] as const
      ) {
        assert.strictEqual((yield* Effect.flip(Mail.send(given)))._tag, tag)
      }
      assert.deepStrictEqual(yield* filesOf(".args"), [])
      const { driver } = yield* MailBackend.MailBackend
      assert.strictEqual(driver.name, "sendmail")
    }).pipe(Effect.provide(backend(keeping)), Effect.provide(folder)))

  const configured = (settings: (path: string) => Readonly<Record<string, string>>, text = keeping) =>
    Layer.unwrapEffect(Effect.map(Effect.orDie(program(text)), (path) =>
      Backend.layerConfig.pipe(
        Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(settings(path))))))
      )))

  for (
    const [what, settings] of [
      ["EMAIL_URL", (path) => ({ EMAIL_URL: `sendmail://${path}?args=-oem%20%20-odb&timeLimit=20` })],
      ["EMAIL_URL without slashes", (path) => ({ EMAIL_URL: `sendmail:${path}?args=-oem%20-odb` })],
      ["the environment", (path) => ({
        EMAIL_BACKEND: "sendmail",
        EMAIL_SENDMAIL_PATH: path,
        EMAIL_SENDMAIL_ARGS: " -oem -odb ",
        EMAIL_SENDMAIL_TIMEOUT: "20"
      })]
    ] satisfies ReadonlyArray<readonly [string, (path: string) => Record<string, string>]>
  ) {
    it.live(`is chosen by ${what}`, () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* MailBackend.MailBackend).name, "sendmail")
        yield* Mail.send(message)
        const [args] = yield* filesOf(".args")
        assert.strictEqual(args, "-oem\n-odb\n-i\n-f\nada@example.com\n--\nbob@example.org\n")
      }).pipe(Effect.provide(configured(settings)), Effect.provide(folder)))
  }

  it.live("waits no longer than the environment says", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(Mail.send(message)))._tag, "OutcomeUnknownError")
    }).pipe(
      Effect.provide(
        configured((path) => ({ EMAIL_URL: `sendmail:${path}?timeLimit=0.05` }), "#!/bin/sh\nexec sleep 20\n")
      ),
      Effect.provide(folder)
    ))

  it.live("takes its options from configuration", () =>
    Effect.gen(function*() {
      yield* Mail.send(message)
      assert.strictEqual((yield* filesOf(".args")).length, 1)
    }).pipe(
      Effect.provide(Layer.unwrapEffect(Effect.map(Effect.orDie(program(keeping)), (path) =>
        Sendmail.layerConfig({ path: Config.string("PROGRAM") }).pipe(
          Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["PROGRAM", path]]))))
        )))),
      Effect.provide(folder)
    ))

  for (
    const [settings, reason] of [
      [{ EMAIL_URL: "sendmail:relative" }, /it is not sendmail:/],
      [{ EMAIL_URL: "sendmail://host/path" }, /it is not sendmail:/],
      [{ EMAIL_URL: "sendmail:////path" }, /it is not sendmail:/],
      [{ EMAIL_URL: "sendmail:?shell=yes" }, /option that is not args, timeLimit/],
      [{ EMAIL_URL: "sendmail:?timeLimit=1&timeLimit=2" }, /twice/],
      [{ EMAIL_URL: "sendmail:?timeLimit=soon" }, /timeLimit is not a positive number of seconds/],
      [{ EMAIL_URL: "sendmail:///a%zz" }, /percent/],
      [{ EMAIL_URL: "sendmail:///a%00b" }, /path: it holds a NUL/],
      [{ EMAIL_URL: "sendmail:?args=a%00b" }, /args: one holds a NUL/],
      [{ EMAIL_BACKEND: "sendmail", EMAIL_SENDMAIL_TIMEOUT: "0" }, /positive number of seconds/]
    ] as const
  ) {
    it.live(`refuses ${JSON.stringify(settings)}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Layer.build(configured(() => settings)))
        assert.isTrue(ConfigError.isInvalidData(error) && reason.test(error.message), String(error))
      }).pipe(Effect.scoped, Effect.provide(folder)))
  }

  it.live("is refused where no program can be started", () =>
    Effect.gen(function*() {
      const url = new URL("sendmail:")
      const error = yield* Effect.flip(Sendmail.definition.fromUrl(url, "sendmail:"))
      assert.match(String(error), /CommandExecutor/)
    }))

  it.live("gives the null return path as <>", () =>
    Effect.gen(function*() {
      yield* Mail.send(Message.envelopeFrom(message, ""))
      const [args] = yield* filesOf(".args")
      assert.strictEqual(args, "-i\n-f\n<>\n--\nbob@example.org\n")
    }).pipe(Effect.provide(backend(keeping)), Effect.provide(folder)))
})
