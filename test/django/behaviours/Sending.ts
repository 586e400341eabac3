import { Dummy } from "@effect-mail/backends"
import { Address, Mail, MailBackend, MailConfig, Mailers, Message } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import * as RecordingDriver from "@effect-mail/test-kit/RecordingDriver"
import { TestMailbox } from "@effect-mail/testing"
import { assert } from "@effect/vitest"
import { ConfigProvider, Effect, Either, Layer, Option } from "effect"
import { type Behaviour, closedHole, notWanted, passed } from "../Behaviour.js"

const mail = { from: "ada@example.com", to: "bob@example.com", subject: "Subject", text: "Content\n" }

/** Runs an effect that sends, and gives what lies in the mailbox after it. */
const mailbox = <E>(send: Effect.Effect<unknown, E, MailBackend.MailBackend>) =>
  Effect.zipRight(send, TestMailbox.outbox).pipe(Effect.provide(TestMailbox.layer))

/** The one message that an effect sends, as it was sent and as a reader sees it. */
const onlyMail = <E>(send: Effect.Effect<unknown, E, MailBackend.MailBackend>) =>
  Effect.map(mailbox(send), ([sent, ...more]) => {
    assert.isEmpty(more)
    assert(sent !== undefined)
    return { ...sent, entity: MimeReader.read(sent.bytes) }
  })

/** Runs an effect that sends, and gives what it gave with what was asked of its backend. */
const recorded = <A, E>(send: Effect.Effect<A, E, MailBackend.MailBackend>) => {
  const { backend, events } = RecordingDriver.make()
  return Effect.map(
    Effect.provideService(send, MailBackend.MailBackend, backend),
    (value) => ({ value, events })
  )
}

const textsOf = (entity: MimeReader.Entity) =>
  MimeReader.leaves(entity).map((part) => MimeReader.textOf(part).replaceAll("\r\n", "\n"))

const staff = {
  admins: { send: Mail.mailAdmins, setting: "ADMINS" },
  managers: { send: Mail.mailManagers, setting: "MANAGERS" }
} as const

/** Asks the same of `mailAdmins` and of `mailManagers`. */
const eachStaff = <E>(
  check: (
    send: typeof Mail.mailAdmins,
    whom: "admins" | "managers",
    setting: string
  ) => Effect.Effect<void, E>
) =>
  Effect.zipRight(
    check(staff.admins.send, "admins", staff.admins.setting),
    check(staff.managers.send, "managers", staff.managers.setting)
  )

const fromEnvironment = (entries: Readonly<Record<string, string>>) =>
  Layer.provide(
    MailConfig.layerConfig(),
    Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(entries))))
  )

/** The same backend under each name. */
const named = Layer.service(MailBackend.MailBackend)
const twoMailers = Layer.provide(Mailers.layer({ default: named, custom: named }), Dummy.layer)

export const sending: ReadonlyArray<Behaviour> = [
  passed(
    151,
    "send a message without recipients",
    Effect.gen(function*() {
      const message = Message.make({ from: "ada@example.com", text: "x" })
      const { events, value } = yield* recorded(Mail.sendMassMail([message]))
      assert.strictEqual(value, 0)
      assert.deepStrictEqual(events, [])
      // `Mail.send`, which is not Django's, says so.
      const refused = yield* recorded(Effect.flip(Mail.send(message)))
      assert.strictEqual(refused.value._tag, "InvalidMessageError")
      assert.deepStrictEqual(refused.events, [])
    })
  ),
  passed(
    152,
    "sendMail to one, to two, to nobody",
    Effect.gen(function*() {
      for (const [to, count] of [[["b@example.com"], 1], [["b@example.com", "c@example.com"], 1], [[], 0]] as const) {
        const { events, value } = yield* recorded(Mail.sendMail({ ...mail, to }))
        assert.strictEqual(value, count)
        assert.strictEqual(events.length > 0, count > 0)
      }
    })
  ),
  passed(
    153,
    "sendMail of a text",
    Effect.gen(function*() {
      const { entity } = yield* onlyMail(Mail.sendMail({ ...mail, to: ["bob@example.com", "carol@example.com"] }))
      assert.strictEqual(MimeReader.structure(entity), "text/plain")
      assert.deepStrictEqual(textsOf(entity), ["Content\n"])
      assert.strictEqual(MimeReader.header(entity, "Subject"), "Subject")
      assert.strictEqual(MimeReader.header(entity, "From"), "ada@example.com")
      assert.strictEqual(MimeReader.header(entity, "To"), "bob@example.com, carol@example.com")
    })
  ),
  passed(
    154,
    "sendMail of a text with html",
    Effect.gen(function*() {
      const { entity } = yield* onlyMail(Mail.sendMail({ ...mail, html: "<p>Content</p>\n" }))
      assert.strictEqual(MimeReader.structure(entity), "alternative(text/plain, text/html)")
      assert.deepStrictEqual(textsOf(entity), ["Content\n", "<p>Content</p>\n"])
    })
  ),
  passed(
    155,
    "sendMail without a sender",
    Effect.gen(function*() {
      const withoutSender = { ...mail, from: undefined }
      const { entity, envelope } = yield* onlyMail(Mail.sendMail(withoutSender))
      assert.strictEqual(MimeReader.header(entity, "From"), "webmaster@localhost")
      assert.strictEqual(envelope.from, "webmaster@localhost")
      const shop = yield* onlyMail(Mail.sendMail(withoutSender)).pipe(
        Effect.provide(MailConfig.layer({ defaultFrom: Option.some("shop@example.com") }))
      )
      assert.strictEqual(MimeReader.header(shop.entity, "From"), "shop@example.com")
    })
  ),
  passed(
    156,
    "sendMail from and to domains that are not ASCII, and to an address that is computed",
    Effect.gen(function*() {
      const computed = Effect.sync(() => Either.getOrThrow(Address.parse("Bob <to@öäü.com>")))
      const { entity, envelope } = yield* onlyMail(
        Effect.flatMap(computed, (to) => Mail.sendMail({ ...mail, from: "from@öäü.com", to, cc: "cc@öäü.com" }))
      )
      assert.strictEqual(MimeReader.header(entity, "From"), "from@xn--4ca9at.com")
      assert.strictEqual(MimeReader.header(entity, "To"), "Bob <to@xn--4ca9at.com>")
      assert.strictEqual(MimeReader.header(entity, "Cc"), "cc@xn--4ca9at.com")
      assert.strictEqual(envelope.from, "from@xn--4ca9at.com")
      assert.deepStrictEqual(envelope.to, ["to@xn--4ca9at.com", "cc@xn--4ca9at.com"])
    })
  ),
  passed(
    157,
    "sendMassMail of two messages, the second to two people",
    Effect.gen(function*() {
      let count = 0
      const sent = yield* mailbox(Effect.tap(
        Mail.sendMassMail([
          Message.make({ ...mail, subject: "One" }),
          Message.make({
            ...mail,
            subject: "Two",
            from: "eve@example.com",
            to: ["carol@example.com", "dan@example.com"]
          })
        ]),
        (sent) => Effect.sync(() => count = sent)
      ))
      assert.strictEqual(count, 2)
      assert.deepStrictEqual(sent.map(({ envelope, message }) => [message.subject, envelope.from, envelope.to]), [
        ["One", "ada@example.com", ["bob@example.com"]],
        ["Two", "eve@example.com", ["carol@example.com", "dan@example.com"]]
      ])
    })
  ),
  passed(
    158,
    "sendMassMail of several messages: how many connections",
    Effect.gen(function*() {
      const { events } = yield* recorded(Mail.sendMassMail(["a", "b", "c"].map(RecordingDriver.message)))
      assert.deepStrictEqual(events, ["open", "a", "b", "c", "close"])
    })
  ),
  passed(
    159,
    "a mailer by its name, for each way of sending",
    Effect.gen(function*() {
      const message = Message.make(mail)
      const ways: ReadonlyArray<Effect.Effect<unknown, unknown, MailBackend.MailBackend>> = [
        Mail.send(message),
        Mail.sendMail(mail),
        Mail.sendMassMail([message, message]),
        Mail.mailAdmins(mail),
        Mail.mailManagers(mail)
      ]
      for (const way of ways) {
        const sent = yield* Effect.zipRight(
          Effect.all([way, Mail.using("custom")(way), way]),
          TestMailbox.outbox
        ).pipe(
          Effect.provide(Mailers.backend("default")),
          Effect.provide(Mailers.layer({ default: named, custom: named })),
          Effect.provide(TestMailbox.layer),
          Effect.provide(MailConfig.layer({ admins: ["ada@example.com"], managers: ["bob@example.com"] }))
        )
        const each = sent.length / 3
        assert.deepStrictEqual(
          sent.map(({ mailer }) => Option.getOrNull(mailer)),
          ["default", "custom", "default"].flatMap((name) => Array.from({ length: each }, () => name))
        )
      }
      const report = yield* Mail.send(message).pipe(Effect.provide(Dummy.layer))
      assert.deepStrictEqual(report.mailer, Option.none())
    })
  ),
  notWanted(
    160,
    "a mailer by its name, together with a connection or with fail_silently",
    "there are no such arguments: the backend comes from the context, and the innermost one provided is used",
    Effect.gen(function*() {
      const byName = Mail.using("custom")(Mail.send(Message.make(mail)))
      const { events, value } = yield* recorded(Mail.session(Effect.provide(byName, twoMailers)))
      assert.deepStrictEqual(value.mailer, Option.some("custom"))
      assert.deepStrictEqual(events, ["open", "close"])
    })
  ),
  notWanted(
    161,
    "a connection together with fail_silently or with credentials",
    "there are no such arguments: credentials belong to a backend, and `Mail.failSilently` is a combinator"
  ),
  passed(
    162,
    "mailAdmins and mailManagers",
    eachStaff((send, whom) =>
      Effect.gen(function*() {
        const settings = MailConfig.layer({ [whom]: ["ada@example.com", "bob@example.com"] })
        const { entity, envelope } = yield* onlyMail(Effect.provide(send({ subject: "hi", text: "there" }), settings))
        assert.strictEqual(MimeReader.header(entity, "Subject"), "[Effect] hi")
        assert.strictEqual(MimeReader.header(entity, "From"), "root@localhost")
        assert.strictEqual(MimeReader.header(entity, "To"), "ada@example.com, bob@example.com")
        assert.strictEqual(envelope.from, "root@localhost")
        assert.deepStrictEqual(textsOf(entity), ["there\n"])
      })
    )
  ),
  passed(
    163,
    "mailAdmins and mailManagers with html",
    eachStaff((send, whom) =>
      Effect.gen(function*() {
        const { entity } = yield* onlyMail(
          Effect.provide(
            send({ subject: "hi", text: "there\n", html: "<b>there</b>\n" }),
            MailConfig.layer({ [whom]: ["ada@example.com"] })
          )
        )
        assert.strictEqual(MimeReader.structure(entity), "alternative(text/plain, text/html)")
        assert.deepStrictEqual(textsOf(entity), ["there\n", "<b>there</b>\n"])
      })
    )
  ),
  passed(
    164,
    "mailAdmins and mailManagers where there are none",
    eachStaff((send, whom) =>
      Effect.gen(function*() {
        const { events, value } = yield* recorded(send({ subject: "hi", text: "there" })).pipe(
          Effect.provide(MailConfig.layer({ admins: ["ada@example.com"], managers: ["bob@example.com"], [whom]: [] }))
        )
        assert.strictEqual(value, 0)
        assert.deepStrictEqual(events, [])
      })
    )
  ),
  passed(
    165,
    "admins and managers with a comma in a name, and several of them",
    eachStaff((send, whom, setting) =>
      Effect.gen(function*() {
        const withComma = "\"Name, Full\" <test@example.com>"
        for (
          const [list, text, expected] of [
            [[withComma], withComma, [{ name: "Name, Full", address: "test@example.com" }]],
            [["test@example.com", "other@example.com"], "test@example.com, other@example.com", [
              { name: "", address: "test@example.com" },
              { name: "", address: "other@example.com" }
            ]]
          ] as const
        ) {
          for (const settings of [MailConfig.layer({ [whom]: list }), fromEnvironment({ [setting]: text })]) {
            const { entity } = yield* onlyMail(Effect.provide(send({ subject: "hi", text: "there" }), settings))
            assert.deepStrictEqual(MimeReader.mailboxes(MimeReader.header(entity, "To") ?? ""), expected)
          }
        }
      })
    )
  ),
  passed(
    166,
    "admins and managers that are not addresses (a list that is none is refused by the compiler)",
    eachStaff((send, whom, setting) =>
      Effect.gen(function*() {
        const mistakes = ["Name <test@example.com", "name, test, example.com", "test@example.com,", "[]"]
        for (const text of mistakes) {
          const error = yield* Effect.flip(Layer.build(fromEnvironment({ [setting]: text }))).pipe(Effect.scoped)
          assert.strictEqual(error._op, "InvalidData")
          assert.include(String(error), setting)
        }
        const { error, events } = yield* Effect.suspend(() => {
          const { backend, events } = RecordingDriver.make()
          return Effect.flip(send({ subject: "hi", text: "there" })).pipe(
            Effect.map((error) => ({ error, events })),
            Effect.provideService(MailBackend.MailBackend, backend)
          )
        }).pipe(Effect.provide(MailConfig.layer({ [whom]: ["Name <test@example.com"] })))
        assert.strictEqual(error._tag, "InvalidAddressError")
        assert.deepStrictEqual(events, [])
      })
    )
  ),
  notWanted(
    167,
    "admins and managers as pairs of a name and an address",
    "the pairs are deprecated: a record says which of its two texts is the name, and keeps it",
    eachStaff((send, whom) =>
      Effect.gen(function*() {
        const { entity } = yield* onlyMail(
          Effect.provide(
            send({ subject: "hi", text: "there" }),
            MailConfig.layer({ [whom]: [{ name: "nobody", address: "nobody@example.com" }] })
          )
        )
        assert.strictEqual(MimeReader.header(entity, "To"), "nobody <nobody@example.com>")
      })
    )
  ),
  passed(
    168,
    "mailAdmins and mailManagers with a subject that is computed, and another prefix",
    eachStaff((send, whom) =>
      Effect.gen(function*() {
        const { entity } = yield* onlyMail(
          Effect.flatMap(Effect.sync(() => "Größe"), (subject) => send({ subject, text: "Content" })).pipe(
            Effect.provide(MailConfig.layer({ [whom]: ["ada@example.com"], subjectPrefix: "[é] " }))
          )
        )
        assert.strictEqual(MimeReader.decodeWords(MimeReader.header(entity, "Subject") ?? ""), "[é] Größe")
      })
    )
  ),
  closedHole(
    169,
    "what mailAdmins and mailManagers give",
    "they give the number of messages sent, as sendMail does: Django gives nothing, whether or not anybody was told",
    eachStaff((send, whom) =>
      Effect.gen(function*() {
        const settings = MailConfig.layer({ [whom]: ["ada@example.com"] })
        assert.strictEqual((yield* recorded(Effect.provide(send(mail), settings))).value, 1)
        assert.strictEqual((yield* recorded(send(mail))).value, 0)
      })
    )
  ),
  notWanted(
    170,
    "a handler of the log that mails the admins",
    "it is part of Django's logging and not of its mail; here a line end in a subject is an error rather than rewritten",
    eachStaff((send, whom) =>
      Effect.gen(function*() {
        const { backend, events } = RecordingDriver.make()
        const error = yield* Effect.flip(send({ subject: "broken\r\nBcc: eve@example.com", text: "x" })).pipe(
          Effect.provide(MailConfig.layer({ [whom]: ["ada@example.com"] })),
          Effect.provideService(MailBackend.MailBackend, backend)
        )
        assert.strictEqual(error._tag, "BadHeaderError")
        assert.deepStrictEqual(events, [])
      })
    )
  )
]
