import { Backend, BackendDefinition, Memory } from "@effect-mail/backends"
import { Mail, MailBackend, Message } from "@effect-mail/core"
import { unanswered } from "@effect-mail/test-kit/FailureCases"
import * as SmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import * as ScriptedServer from "@effect-mail/test-kit/LineScriptServer"
import { TestCertificates } from "@effect-mail/testing"
import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import type { Console } from "effect"
import { Config, ConfigError, ConfigProvider, Context, Effect, Either, Layer, Option, Redacted } from "effect"
import { inspect } from "node:util"

const message = Message.make({ from: "ada@example.com", to: "bob@example.com", subject: "Hello", text: "Hello, Bob" })

type Settings = Readonly<Record<string, string>>

const configured = (settings: Settings) =>
  Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(settings))))

/** Runs an effect with the backend that the settings name. */
const using = (settings: Settings) => <A, E>(effect: Effect.Effect<A, E, MailBackend.MailBackend | Memory.Memory>) =>
  effect.pipe(
    Effect.provide(Backend.layerConfig),
    configured(settings),
    Effect.provide(NodeContext.layer)
  )

const name = Effect.map(MailBackend.MailBackend, (backend) => backend.name)

const outbox = Effect.flatMap(Memory.Memory, (memory) => memory.outbox)

/** What is said of settings that cannot be. */
const refusal = (settings: Settings) => Effect.flip(using(settings)(name))

const assertRefused = (error: ConfigError.ConfigError, setting: string, reason: RegExp) => {
  assert.isTrue(ConfigError.isInvalidData(error), String(error))
  if (!ConfigError.isInvalidData(error)) return
  assert.deepStrictEqual(error.path, [setting])
  assert.match(error.message, reason)
}

const address = (port: number): Settings => ({ EMAIL_HOST: "127.0.0.1", EMAIL_PORT: String(port) })

const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped()).pipe(
  Effect.provide(NodeContext.layer)
)

const files = (directory: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readDirectory(directory)).pipe(Effect.provide(NodeContext.layer))

/** Writes texts to files of a directory that goes away, and gives their paths. */
const written = (texts: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* fs.makeTempDirectoryScoped()
    return yield* Effect.forEach(texts, (text, i) => {
      const path = `${directory}/${i}.pem`
      return Effect.as(fs.writeFileString(path, text), path)
    })
  }).pipe(Effect.provide(NodeContext.layer))

describe("Backend", () => {
  for (
    const [settings, expected] of [
      [{}, "smtp"],
      [{ EMAIL_BACKEND: "" }, "smtp"],
      [{ EMAIL_BACKEND: "smtp" }, "smtp"],
      [{ EMAIL_BACKEND: "console" }, "console"],
      [{ EMAIL_BACKEND: "memory" }, "memory"],
      [{ EMAIL_BACKEND: "dummy" }, "dummy"],
      [{ EMAIL_URL: "", EMAIL_BACKEND: "dummy" }, "dummy"],
      [{ EMAIL_URL: "memory:", EMAIL_BACKEND: "dummy" }, "memory"],
      [{ EMAIL_URL: "memory:", EMAIL_BACKEND: "nonsense", EMAIL_PORT: "nonsense" }, "memory"],
      [{ EMAIL_URL: "console:" }, "console"],
      [{ EMAIL_URL: "console://" }, "console"],
      [{ EMAIL_URL: "dummy:" }, "dummy"],
      [{ EMAIL_URL: "smtp://localhost" }, "smtp"],
      [{ EMAIL_URL: "smtp://[::1]:25/" }, "smtp"],
      [{ EMAIL_URL: "smtps://mail.example.com" }, "smtp"],
      [{ EMAIL_URL: "smtp+starttls://mail.example.com" }, "smtp"],
      [{ EMAIL_URL: "lmtp://localhost:24" }, "lmtp"],
      [{ EMAIL_URL: "lmtp://localhost:2003?tls=none&maxConnections=1" }, "lmtp"],
      [{ EMAIL_URL: "lmtp:///run/dovecot/lmtp" }, "lmtp"]
    ] as const
  ) {
    it.live(`is ${expected} for ${JSON.stringify(settings)}`, () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* using(settings)(name), expected)
      }))
  }

  it.live("writes to Effect's Console", () =>
    Effect.gen(function*() {
      const logged: Array<unknown> = []
      const recording = Effect.map(Effect.console, (console): Console.Console => ({
        ...console,
        log: (...args) => Effect.sync(() => void logged.push(...args))
      }))
      yield* using({ EMAIL_BACKEND: "console" })(Effect.withConsole(Mail.send(message), yield* recording))
      assert.include(logged.join(), "Subject: Hello")
    }))

  it.live("keeps messages in the memory that it provides", () =>
    using({ EMAIL_BACKEND: "memory" })(Effect.gen(function*() {
      yield* Mail.send(message)
      assert.strictEqual((yield* outbox).length, 1)
    })))

  it.live("provides a memory that stays empty with any other backend", () =>
    using({ EMAIL_BACKEND: "dummy" })(Effect.gen(function*() {
      yield* Mail.send(message)
      assert.strictEqual((yield* outbox).length, 0)
    })))

  for (
    const [what, settings] of [
      ["EMAIL_FILE_PATH", (path: string) => ({ EMAIL_BACKEND: "file", EMAIL_FILE_PATH: path })],
      ["EMAIL_URL", (path: string) => ({ EMAIL_URL: `file://${path}` })],
      ["EMAIL_URL, percent-encoded", (path: string) => ({ EMAIL_URL: `file://${path}/n%C3%A4ch%20%25ste` })]
    ] as const
  ) {
    it.scopedLive(`writes files to ${what}`, () =>
      Effect.gen(function*() {
        const directory = yield* temporary
        yield* using(settings(directory))(Mail.send(message))
        const where = what.endsWith("encoded") ? `${directory}/näch %ste` : directory
        assert.strictEqual((yield* files(where)).length, 1)
      }))
  }

  it.scopedLive("sends to EMAIL_HOST and EMAIL_PORT, and logs in as EMAIL_HOST_USER", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const empty = { EMAIL_USE_TLS: "", EMAIL_USE_SSL: "", EMAIL_HOST_USER: "", EMAIL_HOST_PASSWORD: "" }
      const unused = { EMAIL_TIMEOUT: "", EMAIL_SSL_CERTFILE: "", EMAIL_SSL_KEYFILE: "", EMAIL_FILE_PATH: "" }
      yield* using({ ...address(server.port), ...empty, ...unused })(Mail.send(message))
      yield* using({ ...address(server.port), EMAIL_USE_TLS: "false", EMAIL_USE_SSL: "no" })(Mail.send(message))
      assert.deepStrictEqual(server.received.map(({ isSecure }) => isSecure), [false, false])
    }))

  it.scopedLive("sends no credentials without encryption", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make({ login: () => true })
      const settings = { ...address(server.port), EMAIL_HOST_USER: "ada", EMAIL_HOST_PASSWORD: "s3cret" }
      const error = yield* Effect.flip(using(settings)(Mail.send(message)))
      assert.strictEqual("capability" in error && error.capability, "STARTTLS")
      assert.deepStrictEqual(server.logins, [])
    }))

  // No setting names an authority: that the server's certificate is refused shows that it was asked for.
  for (
    const [settings, secure, said] of [
      [{ EMAIL_USE_TLS: "true" }, false, ["EHLO [127.0.0.1]", "STARTTLS"]],
      [{ EMAIL_USE_SSL: "true" }, true, []]
    ] as const
  ) {
    it.scopedLive(`encrypts for ${JSON.stringify(settings)}`, () =>
      Effect.gen(function*() {
        const { valid } = yield* TestCertificates.make
        const [cert = "", key = ""] = yield* written([valid.cert, valid.key])
        const server = yield* SmtpServer.make({ ...valid, secure })
        const certificate = { EMAIL_SSL_CERTFILE: cert, EMAIL_SSL_KEYFILE: key }
        const error = yield* Effect.flip(
          using({ ...address(server.port), ...settings, ...certificate })(Mail.send(message))
        )
        assert.strictEqual("reason" in error && error.reason, "Certificate")
        assert.deepStrictEqual(server.commands, said)
      }))
  }

  for (const settings of [{ EMAIL_TIMEOUT: "0.2" }, { query: "?timeout=0.2" }]) {
    it.scopedLive(`waits as long as ${JSON.stringify(settings)} says`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedServer.make([ScriptedServer.hang])
        const url = `smtp://127.0.0.1:${server.port}${settings.query}`
        const error = yield* Effect.flip(
          using(settings.query === undefined ? { ...address(server.port), ...settings } : { EMAIL_URL: url })(
            Mail.send(message)
          )
        )
        assert.strictEqual("reason" in error && error.reason, "Timeout")
      }))
  }
})

describe("Backend by EMAIL_URL", () => {
  it.scopedLive("sends without credentials", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* using({ EMAIL_URL: `smtp://127.0.0.1:${server.port}` })(Mail.send(message))
      assert.strictEqual(server.received.length, 1)
    }))

  for (
    const [user, password, credentials] of [
      ["ada", "s3cret", "ada:s3cret"],
      ["ada@example.com", "p@ss:w/o?r#d%[]", "ada%40example.com:p%40ss%3Aw%2Fo%3Fr%23d%25%5B%5D"],
      ["jürgen", "größe 1", "j%C3%BCrgen:gr%C3%B6%C3%9Fe%201"],
      ["jürgen", "größe+1", "jürgen:größe+1"],
      ["ada", "a:b", "ada:a:b"]
    ] as const
  ) {
    it.scopedLive(`logs in with ${credentials}`, () =>
      Effect.gen(function*() {
        const server = yield* SmtpServer.make({ login: (given) => given.password === password })
        yield* using({ EMAIL_URL: `smtp://${credentials}@127.0.0.1:${server.port}?tls=none` })(Mail.send(message))
        assert.strictEqual(server.received[0]?.user, user)
      }))
  }

  it.scopedLive("takes options from the query", () =>
    Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      const query = "tls=none&clientName=mail.example.com&maxConnections=1&maxMessages=2"
      yield* using({ EMAIL_URL: `smtp://127.0.0.1:${server.port}?${query}` })(
        Effect.forEach([message, message, message], Mail.send, { concurrency: "unbounded" })
      )
      assert.deepStrictEqual(server.received.map(({ clientName }) => clientName), Array(3).fill("mail.example.com"))
      assert.strictEqual(server.connections, 2)
    }))

  for (
    const [start, secure, said] of [
      ["smtp+starttls://", false, ["EHLO [127.0.0.1]", "STARTTLS"]],
      ["smtps://", true, []],
      ["smtp://ada:s3cret@", false, ["EHLO [127.0.0.1]", "STARTTLS"]]
    ] as const
  ) {
    it.scopedLive(`encrypts for ${start}`, () =>
      Effect.gen(function*() {
        const { valid } = yield* TestCertificates.make
        const server = yield* SmtpServer.make({ ...valid, secure, login: () => true })
        const error = yield* Effect.flip(
          using({ EMAIL_URL: `${start}localhost:${server.port}` })(Mail.send(message))
        )
        assert.strictEqual("reason" in error && error.reason, "Certificate")
        assert.deepStrictEqual(server.commands, said)
      }))
  }

  it.scopedLive("trusts the authority of a file, and the certificate for another name", () =>
    Effect.gen(function*() {
      const { ca, valid, wrongHost } = yield* TestCertificates.make
      const [path = ""] = yield* written([ca])
      for (
        const [scheme, certificate, secure, query] of [
          ["smtps", valid, true, `ca=${path}`],
          ["smtp+starttls", valid, false, `ca=${encodeURIComponent(path)}`],
          ["smtps", wrongHost, true, `serverName=other.example&ca=${path}`]
        ] as const
      ) {
        const server = yield* SmtpServer.make({ ...certificate, secure })
        yield* using({ EMAIL_URL: `${scheme}://localhost:${server.port}?${query}` })(Mail.send(message))
        assert.deepStrictEqual(server.received.map(({ isSecure }) => isSecure), [true])
      }
    }))

  it.scopedLive("shows the certificate of a file", () =>
    Effect.gen(function*() {
      const { ca, valid } = yield* TestCertificates.make
      const [authority = "", cert = "", key = ""] = yield* written([ca, valid.cert, valid.key])
      const server = yield* SmtpServer.make({
        ...valid,
        ca,
        secure: true,
        requestCert: true,
        rejectUnauthorized: true
      })
      const query = `ca=${authority}&cert=${cert}&key=${key}`
      yield* using({ EMAIL_URL: `smtps://localhost:${server.port}?${query}` })(Mail.send(message))
      assert.strictEqual(server.received.length, 1)
    }))

  const { body, envelope, hang, hear, hello, say } = ScriptedServer
  for (
    const [query, script, tag] of [
      ["greetingTimeout=0.2", [hang], "Timeout"],
      ["timeout=60&greetingTimeout=.2", [hang], "Timeout"],
      ["greetingTimeout=0.2&timeout=60", [hang], "Timeout"],
      ["commandTimeout=0.2", [say("220 hi"), hear("EHLO"), hang], "Timeout"],
      ["sendTimeout=0.2", [...hello(), hear("MAIL"), hang], "Timeout"],
      ["replyTimeout=0.2", [...hello(), ...envelope, ...body, hang], "OutcomeUnknownError"]
    ] as const
  ) {
    it.scopedLive(`waits as long as ${query} says`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedServer.make(script)
        const error = yield* Effect.flip(
          using({ EMAIL_URL: `smtp://127.0.0.1:${server.port}?tls=none&${query}` })(Mail.send(message))
        )
        assert.strictEqual("reason" in error ? error.reason : error._tag, tag)
      }))
  }

  it.live("waits as long as connectTimeout says", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        using({ EMAIL_URL: `smtp://${unanswered}?connectTimeout=0.05` })(Mail.send(message))
      )
      assert.strictEqual("detail" in error && error.detail, "Connecting")
    }))

  it.scopedLive("closes connections that are idle for idleTimeout, and does not wait for the reply to QUIT", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([...hello(), ...ScriptedServer.delivery, hang])
      const query = "tls=none&idleTimeout=0.1&closeTimeout=0.1"
      yield* using({ EMAIL_URL: `smtp://127.0.0.1:${server.port}?${query}` })(
        Effect.zipRight(Mail.send(message), server.allClosed)
      )
    }))

  for (
    const [url, reason] of [
      ["mail.example.com", /not a URL/],
      ["smtp://ada:s3cret@mail.example.com:99999", /not a URL/],
      ["http://ada:s3cret@mail.example.com", /scheme/],
      ["smtp:", /no host/],
      ["smtp://", /no host/],
      ["smtp://mail.example.com:0", /port/],
      ["smtp:///run/lmtp", /no host/],
      ["lmtp://", /no host/],
      ["lmtp:///", /no host/],
      ["lmtp://mail.example.com:25", /port.*SMTP alone/],
      ["lmtp://mail.example.com/run/lmtp", /path/],
      ["lmtp:///run/%zz", /percent/],
      ["lmtp:///run/%00", /host/],
      ["smtp://ada:s3cret@mail_%00", /host|URL/],
      ["smtp://ada:s3cret@bücher.example", /host/],
      ["smtp://ada:s3cret@mail.example.com/path", /path/],
      ["smtp://ada:s3cret@mail.example.com#s3cret", /fragment/],
      ["smtp://ada:s3cret%zz@mail.example.com", /percent/],
      ["smtp://%ff:s3cret@mail.example.com", /percent/],
      ["smtp://ada@mail.example.com", /together/],
      ["smtp://:s3cret@mail.example.com", /together/],
      ["smtp://ada:s3cret@mail.example.com?tls=s3cret", /tls/],
      ["smtp://ada:s3cret@mail.example.com?TLS=none", /option/],
      ["smtp://ada:s3cret@mail.example.com?tls=none&tls=none", /twice|tls/],
      ["smtps://ada:s3cret@mail.example.com?tls=none", /tls/],
      ["smtp+starttls://ada:s3cret@mail.example.com?tls=none", /tls/],
      ["smtp://ada:s3cret@mail.example.com?s3cret=1", /option/],
      ["smtp://ada:123?s3cret@mail.example.com", /option/],
      ["smtp://mail.example.com?constructor=x", /option/],
      ["smtp://mail.example.com?toString", /option/],
      ["smtp://mail.example.com?timeout=0", /timeout/],
      ["smtp://mail.example.com?timeout=-1", /timeout/],
      ["smtp://mail.example.com?timeout=soon", /timeout/],
      ["smtp://mail.example.com?maxConnections=0", /maxConnections/],
      ["smtp://mail.example.com?maxConnections=many", /maxConnections/],
      ["smtp://mail.example.com?maxMessages=", /maxMessages/],
      ["smtp://mail.example.com?clientName=a%20b", /clientName/],
      ...[
        "timeout",
        "connectTimeout",
        "greetingTimeout",
        "commandTimeout",
        "replyTimeout",
        "sendTimeout",
        "closeTimeout",
        "idleTimeout"
      ].flatMap((key) =>
        ["", "soon", "0", "-1", "+1", "0x10", "1e3", "1_0", "Infinity", "9".repeat(400)].map((value) =>
          [
            `smtp://ada:s3cret@mail.example.com?${key}=${encodeURIComponent(value)}`,
            new RegExp(`^${key} is not`)
          ] as const
        )
      ),
      ...["maxConnections", "maxMessages"].flatMap((key) =>
        ["0", "-1", "0x10", "1e3", "2.5", "2.", "Infinity"].map((value) =>
          [`smtp://ada:s3cret@mail.example.com?${key}=${value}`, new RegExp(`^pool\\.${key}: `)] as const
        )
      ),
      ...["ca", "cert", "key"].flatMap((key) =>
        [
          [`smtp://mail.example.com?${key}=`, new RegExp(`^${key} is empty`)],
          [`smtp://mail.example.com?${key}=/no/such/s3cret`, new RegExp(`^${key}: the file cannot be read`)]
        ] as const
      ),
      ["smtp://mail.example.com?ca=/dev/null", /^certificates: ca is not/],
      ["smtp://mail.example.com?cert=/dev/null", /^certificates: cert.*key/],
      ["smtp://mail.example.com?key=/dev/null", /^certificates: cert.*key/],
      ["smtp://mail.example.com?cert=/dev/null&key=/dev/null", /^certificates: cert and key/],
      ["smtp://mail.example.com?serverName=", /^certificates: serverName/],
      ["smtp://mail.example.com?serverName=a%20b", /^certificates: serverName/],
      ["smtp://mail.example.com?ca=/dev/null&ca=/dev/null", /twice/],
      ["console:s3cret", /nothing follows/],
      ["console://s3cret", /nothing follows/],
      ["memory:?a=s3cret", /nothing follows/],
      ["dummy:///s3cret", /nothing follows/],
      ["file:", /file:\/\/\/path/],
      ["file:///", /file:\/\/\/path/],
      ["file:relative", /file:\/\/\/path/],
      ["file://relative/path", /file:\/\/\/path/],
      ["file:///path?s3cret", /file:\/\/\/path/],
      ["file:///%ff", /percent/],
      ["file:///dev/null", /directory/]
    ] as const
  ) {
    it.live(`is refused: ${url}`, () =>
      Effect.gen(function*() {
        const error = yield* refusal({ EMAIL_URL: url })
        assertRefused(error, "EMAIL_URL", reason)
        assert.notInclude([String(error), JSON.stringify(error), inspect(error, { depth: 9 })].join(), "s3cret")
      }))
  }
})

describe("Backend refuses", () => {
  const user = { EMAIL_HOST_USER: "ada" }
  const password = { EMAIL_HOST_PASSWORD: "s3cret" }
  const wrong: ReadonlyArray<readonly [setting: string, reason: RegExp, settings: Settings]> = [
    ["EMAIL_BACKEND", /not smtp, console/, { EMAIL_BACKEND: "pigeon" }],
    ["EMAIL_BACKEND", /not smtp, console/, { EMAIL_BACKEND: "django.core.mail.backends.smtp.EmailBackend" }],
    ["EMAIL_HOST", /host name/, { EMAIL_HOST: "mail example" }],
    ["EMAIL_HOST", /host name/, { EMAIL_HOST: "smtp://mail.example.com" }],
    ["EMAIL_PORT", /port/, { EMAIL_PORT: "smtp" }],
    ["EMAIL_PORT", /port/, { EMAIL_PORT: "0" }],
    ["EMAIL_PORT", /port/, { EMAIL_PORT: "0x19" }],
    ["EMAIL_PORT", /port/, { EMAIL_PORT: "1e3" }],
    ["EMAIL_PORT", /port/, { EMAIL_PORT: "2.5" }],
    ["EMAIL_PORT", /port/, { EMAIL_PORT: "65536" }],
    ["EMAIL_USE_TLS", /boolean/, { EMAIL_USE_TLS: "perhaps" }],
    ["EMAIL_USE_SSL", /EMAIL_USE_TLS is set as well/, { EMAIL_USE_TLS: "true", EMAIL_USE_SSL: "true" }],
    ["EMAIL_HOST_PASSWORD", /no password/, user],
    ["EMAIL_HOST_PASSWORD", /no password/, { ...user, EMAIL_HOST_PASSWORD: "" }],
    ["EMAIL_HOST_USER", /no user/, password],
    ["EMAIL_HOST_USER", /no user/, { ...password, EMAIL_HOST_USER: "" }],
    ["EMAIL_TIMEOUT", /seconds/, { EMAIL_TIMEOUT: "soon" }],
    ["EMAIL_TIMEOUT", /seconds/, { EMAIL_TIMEOUT: "0" }],
    ["EMAIL_TIMEOUT", /seconds/, { EMAIL_TIMEOUT: "-1" }],
    ["EMAIL_TIMEOUT", /seconds/, { EMAIL_TIMEOUT: "Infinity" }],
    ["EMAIL_TIMEOUT", /seconds/, { EMAIL_TIMEOUT: "10s" }],
    ["EMAIL_TIMEOUT", /seconds/, { EMAIL_TIMEOUT: "0x10" }],
    ["EMAIL_TIMEOUT", /seconds/, { EMAIL_TIMEOUT: "1e3" }],
    ["EMAIL_TIMEOUT", /seconds/, { EMAIL_TIMEOUT: "+10" }],
    ["EMAIL_SSL_CERTFILE", /cannot be read/, { EMAIL_SSL_CERTFILE: "/no/such/file" }],
    ["EMAIL_SSL_KEYFILE", /cannot be read/, { EMAIL_SSL_KEYFILE: "/no/such/file" }],
    ["EMAIL_SSL_KEYFILE", /no key/, { EMAIL_SSL_CERTFILE: "/dev/null" }],
    ["EMAIL_SSL_CERTFILE", /no certificate/, { EMAIL_SSL_KEYFILE: "/dev/null" }],
    ["EMAIL_FILE_PATH", /not a directory/, { EMAIL_BACKEND: "file", EMAIL_FILE_PATH: "/dev/null" }]
  ]
  for (const [setting, reason, settings] of wrong) {
    it.live(`${JSON.stringify(settings)}, and names ${setting}`, () =>
      Effect.gen(function*() {
        const error = yield* refusal(settings)
        assertRefused(error, setting, reason)
        assert.notInclude(String(error), "s3cret")
      }))
  }

  it.scopedLive("a certificate and a key that do not belong together", () =>
    Effect.gen(function*() {
      const { expired, valid } = yield* TestCertificates.make
      const [cert = "", key = ""] = yield* written([valid.cert, expired.key])
      const error = yield* refusal({ EMAIL_SSL_CERTFILE: cert, EMAIL_SSL_KEYFILE: key })
      assertRefused(error, "EMAIL_SSL_CERTFILE", /key/)
    }))

  it.live("file without a directory", () =>
    Effect.gen(function*() {
      const error = yield* refusal({ EMAIL_BACKEND: "file" })
      assert.isTrue(ConfigError.isMissingData(error))
      assert.include(String(error), "EMAIL_FILE_PATH")
    }))

  it.live("what is wrong before it is used", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Effect.scoped(Layer.build(Backend.layerConfig))).pipe(
        configured({ EMAIL_BACKEND: "pigeon" }),
        Effect.provide(NodeContext.layer)
      )
      assert.strictEqual(exit._tag, "Failure")
    }))
})

/** What a program may have of its own: a relay that is asked over some service of the program. */
class Relay extends Context.Tag("test/Relay")<Relay, { readonly sent: Array<string> }>() {}

interface RelayOptions {
  readonly account: string
  readonly token: Redacted.Redacted
  readonly region: string
}

const token: BackendDefinition.Setting<Redacted.Redacted> = {
  name: "RELAY_TOKEN",
  option: "token",
  meaning: "the token | of the account",
  default: "none: it must be set",
  parse: (text) => text.length > 3 ? Either.right(Redacted.make(text)) : Either.left("it is too short")
}

const region: BackendDefinition.Setting<string> = {
  name: "RELAY_REGION",
  option: "region",
  meaning: "where the relay is",
  default: "`eu`",
  parse: Either.right
}

const relay = BackendDefinition.make({
  name: "relay",
  schemes: [{ name: "relay", form: "relay://account:token@region", meaning: "sends over the relay" }],
  settings: [token, region],
  config: Effect.gen(function*() {
    const secret = yield* BackendDefinition.read(token)
    return {
      account: yield* Config.string("RELAY_ACCOUNT"),
      token: Option.getOrElse(secret, () => Redacted.make("none")),
      region: Option.getOrElse(yield* BackendDefinition.read(region), () => "eu")
    }
  }),
  fromUrl: (url) =>
    url.password === ""
      ? Either.left("there is no token")
      : Either.right({ account: url.username, token: Redacted.make(url.password), region: url.hostname }),
  make: ({ account, region, token }: RelayOptions) =>
    Effect.gen(function*() {
      if (region === "moon") return yield* Effect.fail(ConfigError.InvalidData(["region"], "there is no relay"))
      if (account === "") return yield* Effect.fail(ConfigError.InvalidData([], "there is no account"))
      const { sent } = yield* Relay
      return MailBackend.make({
        name: "relay",
        open: Effect.succeed({
          deliver: (outgoing) =>
            Effect.sync(() => {
              sent.push(`${account}:${Redacted.value(token)}@${region}`)
              return MailBackend.acceptAll(outgoing)
            })
        })
      })
    })
})

describe("Backend with a definition of the program's own", () => {
  const all = [...Backend.definitions, relay]

  const sentWith = (settings: Settings) =>
    Effect.gen(function*() {
      const sent: Array<string> = []
      const by = yield* Effect.zipRight(Mail.send(message), name).pipe(
        Effect.provide(Backend.layerConfigWith(all)),
        Effect.provideService(Relay, { sent }),
        configured(settings),
        Effect.provide(NodeContext.layer)
      )
      return [by, ...sent]
    })

  for (
    const [settings, expected] of [
      [{ EMAIL_URL: "relay://ada:s3cret@us" }, ["relay", "ada:s3cret@us"]],
      [{ EMAIL_URL: "RELAY://ada:s3cret@us" }, ["relay", "ada:s3cret@us"]],
      [{ EMAIL_BACKEND: "relay", RELAY_ACCOUNT: "ada", RELAY_TOKEN: "s3cret" }, ["relay", "ada:s3cret@eu"]],
      [
        { EMAIL_BACKEND: "relay", RELAY_ACCOUNT: "ada", RELAY_TOKEN: "", RELAY_REGION: "us" },
        ["relay", "ada:none@us"]
      ],
      [{ EMAIL_URL: "memory:" }, ["memory"]],
      [{ EMAIL_BACKEND: "dummy", RELAY_TOKEN: "x" }, ["dummy"]]
    ] as const
  ) {
    it.live(`is what ${JSON.stringify(settings)} says`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* sentWith(settings), [...expected])
      }))
  }

  for (
    const [settings, setting, reason] of [
      [
        { EMAIL_BACKEND: "relais" },
        "EMAIL_BACKEND",
        /^it is not smtp, console, file, (?:[a-z]+, )+memory, dummy or relay$/
      ],
      [{ EMAIL_URL: "relais://ada:s3cret@us" }, "EMAIL_URL", /^its scheme is not smtp, .*, dummy or relay$/],
      [{ EMAIL_URL: "relay://ada@us" }, "EMAIL_URL", /^there is no token$/],
      [{ EMAIL_URL: "relay://ada:s3cret@us#s3cret" }, "EMAIL_URL", /fragment/],
      [{ EMAIL_URL: "relay://ada:s3cret@moon" }, "EMAIL_URL", /^region: there is no relay$/],
      [{ EMAIL_URL: "relay://:s3cret@us" }, "EMAIL_URL", /^there is no account$/],
      [
        { EMAIL_BACKEND: "relay", RELAY_ACCOUNT: "ada", RELAY_TOKEN: "s3cret", RELAY_REGION: "moon" },
        "RELAY_REGION",
        /^there is no relay$/
      ],
      [{ EMAIL_BACKEND: "relay", RELAY_ACCOUNT: "ada", RELAY_TOKEN: "s3" }, "RELAY_TOKEN", /^it is too short$/]
    ] as const
  ) {
    it.live(`refuses ${JSON.stringify(settings)}, and names ${setting}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(sentWith(settings))
        assert.isTrue(ConfigError.isConfigError(error), String(error))
        if (ConfigError.isConfigError(error)) assertRefused(error, setting, reason)
        assert.notMatch(inspect(error, { depth: 9 }), /s3/)
      }))
  }

  it.live("may replace one of the package, and be the only one", () =>
    Effect.gen(function*() {
      const own = BackendDefinition.make({
        name: "smtp",
        schemes: [{ name: "smtp", form: "smtp:", meaning: "nothing" }],
        config: Effect.void,
        fromUrl: () => Effect.void,
        make: () => Effect.succeed(MailBackend.make({ name: "own", open: Effect.never }))
      })
      for (const settings of [{}, { EMAIL_BACKEND: "smtp" }, { EMAIL_URL: "smtp://localhost" }]) {
        for (const layer of [Backend.layerConfigWith([...Backend.definitions, own]), Backend.layerConfigWith([own])]) {
          const chosen = name.pipe(Effect.provide(layer), configured(settings), Effect.provide(NodeContext.layer))
          assert.strictEqual(yield* chosen, "own")
        }
      }
    }))

  it("is in the table of settings", () => {
    const rows = Backend.settingsTable(all).split("\n")
    assert.include(rows, "| `RELAY_REGION` | `relay` | `region` | where the relay is | `eu` |")
    assert.include(rows, "| `RELAY_TOKEN` | `relay` | `token` | the token \\| of the account | none: it must be set |")
    assert.include(rows, "| `relay://account:token@region` | `relay` | sends over the relay |")
    assert.include(rows.join(), "`memory`, `dummy` or `relay`")
    assert.notInclude(Backend.settingsTable(), "relay")
  })
})

describe("Backend's table of settings", () => {
  const rows = Backend.settingsTable().split("\n")

  it("holds each setting once, with what it means and its default", () => {
    const declared = Backend.definitions.flatMap(({ query, settings }) => [...settings, ...query])
    assert.isAbove(declared.length, 20)
    for (const { default: otherwise, meaning, name } of declared) {
      const found = rows.filter((row) => row.startsWith(`| \`${name}\` |`))
      assert.strictEqual(found.length, 1, name)
      assert.include(found[0], `| ${meaning} | ${otherwise} |`)
    }
  })
})
