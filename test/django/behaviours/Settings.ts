import { Backend } from "@effect-mail/backends"
import { Address, Mail, MailBackend, MailConfig, Mailers, Message } from "@effect-mail/core"
import * as SmtpServer from "@effect-mail/test-kit/IndependentSmtpServer"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { TestCertificates, TestMailbox } from "@effect-mail/testing"
import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert } from "@effect/vitest"
import { ConfigProvider, DateTime, Effect, Either, Fiber, Layer, TestClock } from "effect"
import { type Behaviour, notWanted, passed } from "../Behaviour.js"
import { dialled, environment, live } from "../LiveConnections.js"
import { message } from "../SampleMail.js"

const backendName = Effect.map(MailBackend.MailBackend, ({ name }) => name)

/** The settings of messages in an environment. */
const settingsIn = (entries: Readonly<Record<string, string>>) =>
  Effect.withConfigProvider(
    Effect.suspend(() => MailConfig.config),
    ConfigProvider.fromMap(new Map(Object.entries(entries)))
  )

/** A message under the settings of an environment, as a reader sees it. */
const readUnder = (
  entries: Readonly<Record<string, string>>,
  send: Effect.Effect<unknown, unknown, MailBackend.MailBackend>
) =>
  Effect.gen(function*() {
    const settings = yield* settingsIn(entries)
    yield* Effect.provideService(send, MailConfig.MailConfig, settings)
    const [sent] = yield* TestMailbox.outbox
    assert(sent !== undefined)
    return MimeReader.read(sent.bytes)
  }).pipe(Effect.provide(TestMailbox.layer))

const at = (server: { readonly port: number }, entries: Readonly<Record<string, string>> = {}) =>
  environment({ EMAIL_HOST: "localhost", EMAIL_PORT: String(server.port), ...entries })

const tryToSend = Effect.flip(Mail.send(message))

const wrong = (entries: Readonly<Record<string, string>>, name: string) =>
  Effect.map(Effect.flip(Layer.build(environment(entries))), (error) => {
    assert.strictEqual(error._op, "InvalidData")
    assert.include(String(error), name)
  })

const ofBackends: ReadonlyArray<Behaviour> = [
  passed(
    255,
    "several mailers in the settings, and none",
    live(Effect.gen(function*() {
      const provider = ConfigProvider.fromMap(
        new Map([["EMAIL_BACKEND", "console"], ["NEWSLETTER_EMAIL_BACKEND", "dummy"]]),
        { pathDelim: "_" }
      )
      const mailer = (of: ConfigProvider.ConfigProvider) =>
        Layer.provide(Backend.layerConfig, Layer.setConfigProvider(of))
      const names = yield* Effect.all([Mail.using("default")(backendName), Mail.using("newsletter")(backendName)]).pipe(
        Effect.provide(Mailers.layer({
          default: mailer(provider),
          newsletter: mailer(ConfigProvider.nested(provider, "NEWSLETTER"))
        }))
      )
      assert.deepStrictEqual(names, ["console", "dummy"])
      // A program that names no mailer needs none of this.
      assert.strictEqual(yield* Effect.provide(backendName, environment({})), "smtp")
    }))
  ),
  passed(
    256,
    "EMAIL_BACKEND",
    live(Effect.gen(function*() {
      const directory = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
      const nameUnder = (entries: Readonly<Record<string, string>>) =>
        Effect.provide(backendName, environment({ EMAIL_FILE_PATH: directory, ...entries }))
      assert.strictEqual(yield* nameUnder({}), "smtp")
      for (const name of ["smtp", "console", "file", "memory", "dummy"]) {
        assert.strictEqual(yield* nameUnder({ EMAIL_BACKEND: name }), name)
      }
    }))
  ),
  passed(
    257,
    "EMAIL_HOST and EMAIL_PORT",
    live(Effect.gen(function*() {
      const { address, port } = yield* dialled(environment({}))
      assert.include(["127.0.0.1", "::1"], address)
      assert.strictEqual(port, 25)
      const server = yield* SmtpServer.make()
      yield* Mail.send(message).pipe(Effect.provide(at(server)))
      assert.strictEqual(server.received.length, 1)
      yield* wrong({ EMAIL_PORT: "0" }, "EMAIL_PORT")
      yield* wrong({ EMAIL_HOST: "not a host" }, "EMAIL_HOST")
    }))
  ),
  passed(
    258,
    "EMAIL_HOST_USER and EMAIL_HOST_PASSWORD",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make({ login: () => true, authOptional: true })
      yield* Mail.send(message).pipe(Effect.provide(at(server)))
      assert.deepStrictEqual(server.received.map(({ user }) => user || undefined), [undefined])
      const error = yield* tryToSend.pipe(
        Effect.provide(at(server, { EMAIL_HOST_USER: "ada", EMAIL_HOST_PASSWORD: "p@ss word" }))
      )
      assert.strictEqual(error._tag === "CapabilityError" && error.capability, "STARTTLS")
      assert.isEmpty(server.logins)
      const url = `smtp://ada:p%40ss%20word@localhost:${server.port}?tls=none`
      yield* Mail.send(message).pipe(Effect.provide(environment({ EMAIL_URL: url })))
      assert.deepStrictEqual(
        server.logins.map(({ password, username }) => [username, password]),
        [["ada", "p@ss word"]]
      )
    }))
  ),
  passed(
    259,
    "EMAIL_USE_TLS and EMAIL_USE_SSL",
    live(Effect.gen(function*() {
      const server = yield* SmtpServer.make()
      yield* Mail.send(message).pipe(
        Effect.provide(at(server, { EMAIL_USE_TLS: "false", EMAIL_USE_SSL: "false" }))
      )
      assert.strictEqual(server.received[0]?.isSecure, false)
      const starttls = yield* Effect.provide(tryToSend, at(server, { EMAIL_USE_TLS: "true" }))
      assert.strictEqual(starttls._tag === "CapabilityError" && starttls.capability, "STARTTLS")
      const implicit = yield* Effect.provide(tryToSend, at(server, { EMAIL_USE_SSL: "true" }))
      assert.strictEqual(implicit._tag, "ConnectionError")
      assert.strictEqual(server.received.length, 1)
      yield* wrong({ EMAIL_USE_TLS: "perhaps" }, "EMAIL_USE_TLS")
    }))
  ),
  passed(
    260,
    "EMAIL_SSL_CERTFILE and EMAIL_SSL_KEYFILE: a certificate to show, and none to trust",
    live(Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* fs.makeTempDirectoryScoped()
      const { selfSigned } = yield* TestCertificates.make
      const files = { EMAIL_SSL_CERTFILE: `${directory}/cert.pem`, EMAIL_SSL_KEYFILE: `${directory}/key.pem` }
      yield* wrong(files, "EMAIL_SSL_CERTFILE")
      yield* fs.writeFileString(files.EMAIL_SSL_CERTFILE, selfSigned.cert)
      yield* wrong(files, "EMAIL_SSL_KEYFILE")
      yield* fs.writeFileString(files.EMAIL_SSL_KEYFILE, selfSigned.key)
      for (const [name, path] of Object.entries(files)) yield* wrong({ [name]: path }, "EMAIL_SSL_")
      const server = yield* SmtpServer.make(selfSigned)
      const error = yield* Effect.provide(tryToSend, at(server, { EMAIL_USE_TLS: "true", ...files }))
      assert.strictEqual(error._tag === "ConnectionError" && error.reason, "Certificate")
    }))
  ),
  passed(
    261,
    "EMAIL_TIMEOUT: for all waiting but that for the answer to the message",
    Effect.gen(function*() {
      let answer: ((error: null, text: string) => void) | undefined
      const server = yield* SmtpServer.make({
        onData: (stream, _, callback) => {
          stream.resume()
          stream.on("end", () => {
            answer = callback
            server.notify()
          })
        }
      })
      const fiber = yield* Effect.fork(Effect.provide(Mail.send(message), at(server, { EMAIL_TIMEOUT: "1" })))
      yield* server.until(() => answer !== undefined)
      yield* TestClock.adjust("5 minutes")
      answer?.(null, "2.0.0 taken")
      assert.strictEqual((yield* Fiber.join(fiber)).recipients[0]?._tag, "Accepted")
      for (const value of ["0", "-1", "soon"]) yield* wrong({ EMAIL_TIMEOUT: value }, "EMAIL_TIMEOUT")
    }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))
  ),
  passed(
    262,
    "EMAIL_FILE_PATH",
    live(Effect.gen(function*() {
      const error = yield* Effect.flip(Layer.build(environment({ EMAIL_BACKEND: "file" })))
      assert.strictEqual(error._op, "MissingData")
      assert.include(String(error), "EMAIL_FILE_PATH")
      assert.strictEqual(yield* Effect.provide(backendName, environment({ EMAIL_BACKEND: "console" })), "console")
    }))
  )
]

const ofMessages: ReadonlyArray<Behaviour> = [
  notWanted(
    263,
    "EMAIL_USE_LOCALTIME",
    "a zone belongs to a date and not to a program: a date in a zone is written with its offset, any other in UTC",
    Effect.gen(function*() {
      const dateOf = (entity: MimeReader.Entity) => MimeReader.header(entity, "Date") ?? ""
      yield* TestClock.setTime(Date.UTC(2026, 0, 15))
      assert.match(dateOf(yield* readUnder({ EMAIL_USE_LOCALTIME: "true" }, Mail.send(message))), / \+0000$/)
      const inAlgiers = Effect.flatMap(DateTime.nowInCurrentZone, (now) => Mail.send(Message.date(message, now))).pipe(
        DateTime.withCurrentZoneNamed("Africa/Algiers")
      )
      assert.match(dateOf(yield* readUnder({}, inAlgiers)), / 01:00:00 \+0100$/)
    })
  ),
  passed(
    264,
    "EMAIL_SUBJECT_PREFIX",
    Effect.gen(function*() {
      const subjectUnder = (entries: Readonly<Record<string, string>>) =>
        Effect.map(
          readUnder({ ADMINS: "ada@example.com", ...entries }, Mail.mailAdmins({ subject: "hi", text: "there" })),
          (entity) => MimeReader.header(entity, "Subject")
        )
      assert.strictEqual(yield* subjectUnder({}), "[Effect] hi")
      assert.strictEqual(yield* subjectUnder({ EMAIL_SUBJECT_PREFIX: "[Django] " }), "[Django] hi")
      assert.strictEqual(yield* subjectUnder({ EMAIL_SUBJECT_PREFIX: "" }), "hi")
    })
  ),
  passed(
    265,
    "DEFAULT_FROM_EMAIL and SERVER_EMAIL",
    Effect.gen(function*() {
      const fromUnder = (
        entries: Readonly<Record<string, string>>,
        send: Effect.Effect<unknown, unknown, MailBackend.MailBackend>
      ) =>
        Effect.map(
          readUnder({ ADMINS: "ada@example.com", ...entries }, send),
          (entity) => MimeReader.header(entity, "From")
        )
      const toBob = Mail.sendMail({ to: "bob@example.com", subject: "hi", text: "there" })
      const toAdmins = Mail.mailAdmins({ subject: "hi", text: "there" })
      assert.strictEqual(yield* fromUnder({}, toBob), "webmaster@localhost")
      assert.strictEqual(yield* fromUnder({}, toAdmins), "root@localhost")
      const entries = { DEFAULT_FROM_EMAIL: "Shop <shop@example.com>", SERVER_EMAIL: "server@example.com" }
      assert.strictEqual(yield* fromUnder(entries, toBob), "Shop <shop@example.com>")
      assert.strictEqual(yield* fromUnder(entries, toAdmins), "server@example.com")
    })
  ),
  passed(
    266,
    "ADMINS and MANAGERS",
    Effect.gen(function*() {
      const unset = yield* settingsIn({})
      assert.deepStrictEqual([unset.admins, unset.managers], [[], []])
      const set = yield* settingsIn({ ADMINS: "Ada <ada@example.com>, bob@example.com", MANAGERS: "carol@example.com" })
      const ada = Either.getOrThrow(Address.parse("Ada <ada@example.com>"))
      const bob = Either.getOrThrow(Address.parse("bob@example.com"))
      const carol = Either.getOrThrow(Address.parse("carol@example.com"))
      assert.deepStrictEqual([set.admins, set.managers], [[ada, bob], [carol]])
    })
  ),
  passed(
    267,
    "DEFAULT_CHARSET",
    Effect.gen(function*() {
      const send = Mail.send(message.pipe(Message.text("Grüße"), Message.html("<p>Grüße</p>")))
      for (const [entries, charset] of [[{}, "utf-8"], [{ DEFAULT_CHARSET: "iso-8859-1" }, "iso-8859-1"]] as const) {
        const leaves = MimeReader.leaves(yield* readUnder(entries, send))
        assert.deepStrictEqual(leaves.map(({ parameters }) => parameters.get("charset")), [charset, charset])
        assert.deepStrictEqual(leaves.map(MimeReader.textOf), ["Grüße", "<p>Grüße</p>"])
      }
      const error = yield* Effect.flip(settingsIn({ DEFAULT_CHARSET: "koi8-r" }))
      assert.include(String(error), "DEFAULT_CHARSET")
    })
  )
]

export const settings: ReadonlyArray<Behaviour> = [...ofBackends, ...ofMessages]
