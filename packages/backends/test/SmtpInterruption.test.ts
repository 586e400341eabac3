import type { Smtp } from "@effect-mail/backends"
import { Attachment, Mail, Message } from "@effect-mail/core"
import * as ScriptedServer from "@effect-mail/test-kit/LineScriptServer"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Redacted, Stream } from "effect"

const { body, delivery, envelope, hang, hear, hello, say, stall } = ScriptedServer

const message = Message.make({ from: "ada@example.com", to: "bob@example.com", subject: "Hello", text: "Hello, Bob" })

const large = Message.attach(message, Attachment.bytes(new Uint8Array(20_000_000)))
const largeStream = Message.attach(message, Attachment.stream(Stream.repeatValue(new Uint8Array(100_000))))

const auth: Smtp.Auth = { user: "ada", password: Redacted.make("secret") }

// The test clock does not advance: waiting for a time limit would never end.
describe("Smtp gives up at once when it is interrupted", () => {
  const phases: ReadonlyArray<
    readonly [phase: string, script: ScriptedServer.Script, options?: Partial<Smtp.Options>, sent?: Message.Message]
  > = [
    ["waits for the greeting", [hang]],
    ["waits for the TLS handshake", [hang], { tls: "implicit" }],
    ["waits for EHLO", [say("220 hi"), hear("EHLO"), hang]],
    ["waits for STARTTLS", [...hello("STARTTLS"), hear("STARTTLS"), hang], { tls: "required" }],
    ["waits for the handshake after STARTTLS", [...hello("STARTTLS"), hear("STARTTLS"), say("220 go on"), hang], {
      tls: "required"
    }],
    ["waits for AUTH", [...hello("AUTH PLAIN"), hear("AUTH"), hang], { auth }],
    ["waits for MAIL", [...hello(), hear("MAIL"), hang]],
    ["waits for RCPT", [...hello(), hear("MAIL"), say("250 ok"), hear("RCPT"), hang]],
    ["waits for DATA", [...hello(), ...envelope, hear("DATA"), hang]],
    ["hands over a message in memory", [...hello(), ...envelope, hear("DATA"), say("354 go on"), stall], {}, large],
    ["hands over a stream", [...hello(), ...envelope, hear("DATA"), say("354 go on"), stall], {}, largeStream],
    ["waits for the reply to the message", [...hello(), ...envelope, ...body, hang]]
  ]

  for (const [phase, script, options, sent = message] of phases) {
    it.scoped(`while it ${phase}, and sends the next message all the same`, () =>
      Effect.gen(function*() {
        const isPlain = options?.tls === undefined
        const server = yield* ScriptedServer.make(
          script,
          isPlain ? [...hello("AUTH PLAIN"), ...authDelivery(options)] : []
        )
        yield* Effect.gen(function*() {
          const fiber = yield* Effect.fork(Mail.send(sent))
          yield* server.hanging(1)
          yield* Fiber.interrupt(fiber)
          yield* server.allClosed
          if (isPlain) yield* Mail.send(message)
        }).pipe(Effect.provide(server.layer({ ...options, pool: { maxConnections: 1 } })))
        assert.strictEqual(server.connections, isPlain ? 2 : 1)
      }))
  }

  const authDelivery = (options: Partial<Smtp.Options> | undefined): ScriptedServer.Script =>
    options?.auth === undefined ? delivery : [hear("AUTH"), say("235 ok"), ...delivery]

  it.scoped("while it waits for a token", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make(hello("AUTH XOAUTH2"))
      const asked = yield* Deferred.make<void>()
      const accessToken = Effect.zipRight(Deferred.succeed(asked, undefined), Effect.never)
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.fork(Mail.send(message))
        yield* Deferred.await(asked)
        yield* Fiber.interrupt(fiber)
        yield* server.allClosed
      }).pipe(Effect.provide(server.layer({ auth: { user: "ada", accessToken } })))
    }))

  it.scoped("while it waits for an attachment, whose stream it ends", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([...hello(), ...envelope, ...body], [...hello(), ...delivery])
      const asked = yield* Deferred.make<void>()
      const ended = yield* Deferred.make<void>()
      const content = Stream.fromEffect(Effect.zipRight(Deferred.succeed(asked, undefined), Effect.never)).pipe(
        Stream.ensuring(Deferred.succeed(ended, undefined))
      )
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.fork(Mail.send(Message.attach(message, Attachment.stream(content))))
        yield* Deferred.await(asked)
        yield* Fiber.interrupt(fiber)
        yield* Deferred.await(ended)
        yield* server.allClosed
        assert.deepStrictEqual(server.messages, [])
        yield* Mail.send(message)
      }).pipe(Effect.provide(server.layer()))
      assert.strictEqual(server.messages.length, 1)
    }))

  it.scoped("while it waits for a place in the pool", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([...hello(), hear("MAIL"), hang], [...hello(), ...delivery])
      yield* Effect.gen(function*() {
        const first = yield* Effect.fork(Mail.send(message))
        yield* server.hanging(1)
        const waiting = yield* Effect.fork(Mail.send(message))
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(waiting)
        yield* Fiber.interrupt(first)
        yield* Mail.send(message)
      }).pipe(Effect.provide(server.layer({ pool: { maxConnections: 1 } })))
      assert.strictEqual(server.connections, 2)
      assert.strictEqual(server.messages.length, 1)
    }))

  it.scoped("many times over, without losing a place in the pool", () =>
    Effect.gen(function*() {
      const hanging = [...hello(), hear("MAIL"), hang]
      const server = yield* ScriptedServer.make(...Array.from({ length: 10 }, () => hanging), [...hello(), ...delivery])
      yield* Effect.gen(function*() {
        for (let n = 1; n <= 10; n += 2) {
          const fibers = [yield* Effect.fork(Mail.send(message)), yield* Effect.fork(Mail.send(message))]
          yield* server.hanging(n + 1)
          yield* Fiber.interruptAll(fibers)
          yield* server.allClosed
        }
        yield* Effect.all([Mail.send(message), Mail.send(message)], { concurrency: 2 })
      }).pipe(Effect.provide(server.layer({ pool: { maxConnections: 2 } })))
      assert.strictEqual(server.maxOpen, 2)
      assert.strictEqual(server.messages.length, 2)
    }))

  it.scoped("in the middle of a batch, of which nothing more is sent", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([...hello(), ...delivery, hear("MAIL"), hang])
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.fork(Mail.sendAll([message, message, message]))
        yield* server.hanging(1)
        yield* Fiber.interrupt(fiber)
        yield* server.allClosed
      }).pipe(Effect.provide(server.layer()))
      assert.strictEqual(server.connections, 1)
      assert.strictEqual(server.messages.length, 1)
    }))

  it.scoped("in the middle of a session, which closes its connection", () =>
    Effect.gen(function*() {
      const server = yield* ScriptedServer.make([...hello(), ...delivery])
      const sent = yield* Deferred.make<void>()
      const session = Mail.send(message).pipe(
        Effect.zipRight(Deferred.succeed(sent, undefined)),
        Effect.zipRight(Effect.never)
      )
      const fiber = yield* Effect.fork(Effect.provide(Mail.session(session), server.layer()))
      yield* Deferred.await(sent)
      assert.strictEqual(server.open, 1)
      yield* Fiber.interrupt(fiber)
      yield* server.allClosed
      assert.include(server.lines, "QUIT")
    }))
})
