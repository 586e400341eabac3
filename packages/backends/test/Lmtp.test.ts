/**
 * LMTP (RFC 2033) over real sockets: each recipient's own reply to the message.
 */
import { Smtp } from "@effect-mail/backends"
import { Attachment, DeliveryReport, Mail, MailError, MailPolicy, Message } from "@effect-mail/core"
import { ScriptedSmtpServer, SmtpScript } from "@effect-mail/testing"
import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Schedule, Stream } from "effect"
import * as net from "node:net"

const to = ["one@example.com", "two@example.com", "three@example.com"]

const message = Message.make({ from: "ada@example.com", to, subject: "Hello", text: "Hello\r\n.\r\nall" })

const script = (...rules: ReadonlyArray<SmtpScript.Rule>): SmtpScript.Script =>
  SmtpScript.make({
    protocol: "lmtp",
    extensions: ["PIPELINING", "8BITMIME", "SMTPUTF8", "CHUNKING", "ENHANCEDSTATUSCODES"],
    rules
  })

const at = (recipient: string, ...actions: ReadonlyArray<SmtpScript.Action>) =>
  SmtpScript.on({ event: "DOT", recipient }, ...actions)

const full = SmtpScript.reply(452, "4.2.2 mailbox full")
const noUser = SmtpScript.reply(550, "5.1.1 no such user")

const layer = ({ host, port }: ScriptedSmtpServer.Service, options: Partial<Smtp.Options> = {}) =>
  Smtp.layer({ protocol: "lmtp", host, port, tls: "none", ...options })

const statuses = (recipients: ReadonlyArray<DeliveryReport.RecipientStatus>): ReadonlyArray<string> =>
  recipients.map(({ _tag }) => _tag)

const statusesOf = (outcome: Either.Either<DeliveryReport.DeliveryReport, unknown>): ReadonlyArray<string> => {
  if (outcome._tag === "Right") return statuses(outcome.right.recipients)
  return MailError.isBackendError(outcome.left) ? statuses(outcome.left.recipients) : []
}

/** How a message can go. */
const ways: Readonly<Record<string, { readonly options: Partial<Smtp.Options>; readonly message: Message.Message }>> = {
  "with each command by itself": { options: { pipelining: "none" }, message },
  "with its envelope at once": { options: {}, message },
  "as a chunk": { options: { chunking: { window: 4 } }, message },
  "in pieces": {
    options: {},
    message: Message.attach(message, Attachment.bytes(new Uint8Array(300_000), { filename: "a.bin" }))
  },
  "as a stream": {
    options: {},
    message: Message.attach(
      message,
      Attachment.stream(Stream.fromIterable([new Uint8Array(100), new Uint8Array(100)]), { filename: "a.bin" })
    )
  }
}

describe("LMTP", () => {
  for (const [way, { message, options }] of Object.entries(ways)) {
    it.scopedLive(`accepts, defers and rejects recipient by recipient, ${way}`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedSmtpServer.make(script(at("two@*", full), at("three@*", noUser)))
        const report = yield* Effect.provide(Mail.send(message), layer(server, options))
        assert.deepStrictEqual(statuses(report.recipients), ["Accepted", "Deferred", "Rejected"])
        assert.deepStrictEqual(DeliveryReport.refused(report).map(({ reply }) => [reply.code, reply.enhancedCode]), [
          [452, "4.2.2"],
          [550, "5.1.1"]
        ])
        assert.strictEqual(report.response?.code, 250)
        const { commands, received } = yield* server.ledger
        assert.deepStrictEqual(received.map(({ acceptedFor, to }) => [to, acceptedFor]), [[to, ["one@example.com"]]])
        assert.strictEqual(commands[0]?.line, "LHLO [127.0.0.1]")
      }))

    for (let known = 0; known < 3; known++) {
      it.scopedLive(`knows ${known} replies where the connection is lost behind them, ${way}`, () =>
        Effect.gen(function*() {
          const server = yield* ScriptedSmtpServer.make(
            script(SmtpScript.on({ event: "DOT", occurrence: known + 1 }, SmtpScript.fin))
          )
          const outcome = yield* Effect.either(Effect.provide(Mail.send(message), layer(server, options)))
          assert.deepStrictEqual(statusesOf(outcome), to.map((_, i) => i < known ? "Accepted" : "Unknown"))
          assert.strictEqual(outcome._tag, known === 0 ? "Left" : "Right")
          if (outcome._tag === "Left") assert.strictEqual(outcome.left._tag, "OutcomeUnknownError")
          const { received } = yield* server.ledger
          assert.deepStrictEqual(received.map(({ acceptedFor }) => acceptedFor.length), [known])
        }))
    }
  }

  it.scopedLive("refuses the message where it is refused for all", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedSmtpServer.make(script(at("one@*", noUser), at("*", full)))
      const error = yield* Effect.flip(Effect.provide(Mail.send(message), layer(server)))
      assert(error._tag === "RejectedError")
      assert.strictEqual(error.command, "message")
      assert.strictEqual(error.code, 452)
      assert.deepStrictEqual(statuses(error.recipients), ["Rejected", "Deferred", "Deferred"])
      assert.isTrue(error.isTransient)
      assert.isTrue(error.keepsSession)
    }))

  it.scopedLive("counts the recipients that RCPT refused out", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedSmtpServer.make(
        script(SmtpScript.on({ event: "RCPT", recipient: "one@*" }, noUser), at("three@*", full))
      )
      const { recipients } = yield* Effect.provide(Mail.send(message), layer(server))
      assert.deepStrictEqual(statuses(recipients), ["Rejected", "Accepted", "Deferred"])
    }))

  it.scopedLive("sends again to those that were deferred, and to no other", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedSmtpServer.make(
        script(SmtpScript.on({ event: "DOT", recipient: "two@*", attempt: 1 }, full), at("three@*", noUser))
      )
      const { recipients } = yield* Mail.send(message).pipe(
        Effect.provide(MailPolicy.apply(MailPolicy.retry(Schedule.recurs(3)))(layer(server)))
      )
      assert.deepStrictEqual(statuses(recipients), ["Accepted", "Accepted", "Rejected"])
      const { received } = yield* server.ledger
      assert.deepStrictEqual(received.map(({ acceptedFor }) => acceptedFor), [["one@example.com"], ["two@example.com"]])
    }))

  for (const [what, options] of [["", {}], [", in chunks", { chunking: { window: 4 } }]] as const) {
    it.scopedLive(`keeps the messages of a batch apart${what}`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedSmtpServer.make(script(at("two@*", full), at("three@*", noUser)))
        const { entries } = yield* Effect.provide(
          Mail.sendAll(
            Array.from({ length: 40 }, (_, n) =>
              Message.to(Message.empty, to.slice(n % 3)).pipe(
                Message.from("ada@example.com"),
                Message.subject(`${n}`)
              )),
            { concurrency: 2 }
          ),
          layer(server, options)
        )
        const all = ["Accepted", "Deferred", "Rejected"]
        assert.deepStrictEqual(
          entries.map((entry) =>
            entry._tag === "Sent"
              ? statuses(entry.report.recipients)
              : entry._tag === "Failed"
              ? statusesOf(Either.left(entry.error))
              : undefined
          ),
          entries.map((_, n): ReadonlyArray<string> => all.slice(n % 3))
        )
        const { connections, received } = yield* server.ledger
        assert.strictEqual(received.length, 40)
        assert.isAtMost(connections, 2)
      }))
  }

  it.scopedLive("is refused by a server of SMTP, before anything is sent", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedSmtpServer.make(SmtpScript.make())
      const error = yield* Effect.flip(Effect.provide(Mail.send(message), layer(server)))
      assert(error._tag === "ConnectionError")
      assert.strictEqual(error.reason, "Protocol")
      assert.strictEqual(error.code, 500)
      assert.include(error.message, "does not speak LMTP")
      assert.isFalse(error.isTransient)
      const { commands } = yield* server.ledger
      assert.deepStrictEqual(commands.map(({ line }) => line), ["LHLO [127.0.0.1]", "QUIT"])
    }))

  it.scopedLive("is what verify speaks", () =>
    Effect.gen(function*() {
      const { host, port } = yield* ScriptedSmtpServer.make(script())
      const { extensions } = yield* Smtp.verify({ protocol: "lmtp", host, port, tls: "none" })
      assert.isTrue(extensions.has("CHUNKING"))
    }))

  it.scopedLive("logs in, and encrypts, as SMTP does", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedSmtpServer.make({ ...script(), extensions: ["STARTTLS", "PIPELINING"] })
      yield* Effect.provide(
        Mail.send(message),
        layer(server, { tls: "required", host: "localhost", certificates: { ca: server.ca } })
      )
      const { commands, received: [received] } = yield* server.ledger
      assert.deepStrictEqual(commands.map(({ line }) => line.split(" ")[0]).slice(0, 4), [
        "LHLO",
        "STARTTLS",
        "LHLO",
        "MAIL"
      ])
      assert.isTrue(received?.isSecure)
    }))
})

/** A Unix domain socket in front of a server. */
const socketOf = ({ host, port }: ScriptedSmtpServer.Service) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = `${yield* fs.makeTempDirectoryScoped({ prefix: "lmtp-" })}/lmtp`
    const server = net.createServer((socket) => {
      const behind = net.connect({ host, port })
      socket.on("error", () => behind.destroy())
      behind.on("error", () => socket.destroy())
      socket.pipe(behind).pipe(socket)
    })
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => void server.listen(path, () => resume(Effect.void))),
      () => Effect.async<void>((resume) => void server.close(() => resume(Effect.void)))
    )
    return path
  })

describe("A Unix domain socket", () => {
  for (const protocol of ["lmtp", "smtp"] as const) {
    it.scopedLive(`carries ${protocol}`, () =>
      Effect.gen(function*() {
        const server = yield* ScriptedSmtpServer.make({ ...script(), protocol })
        const path = yield* socketOf(server)
        const report = yield* Effect.provide(Mail.send(message), Smtp.layer({ protocol, host: path }))
        assert.isTrue(DeliveryReport.isComplete(report))
        assert.strictEqual((yield* server.ledger).received.length, 1)
      }).pipe(Effect.provide(NodeContext.layer)))
  }

  it.scopedLive("that is not there sends nothing, and is named", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      for (const host of [`${folder}/none`, `${folder}/none/none`]) {
        const error = yield* Effect.flip(Effect.provide(Mail.send(message), Smtp.layer({ protocol: "lmtp", host })))
        assert(error._tag === "ConnectionError")
        assert.deepStrictEqual([error.reason, error.detail, error.host, error.port], [
          "Refused",
          "NotListening",
          host,
          undefined
        ])
      }
    }).pipe(Effect.provide(NodeContext.layer)))
})
