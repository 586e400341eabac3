import { Smtp } from "@effect-mail/backends"
import { Message } from "@effect-mail/core"
import { ScriptedSmtpServer, SmtpScript, TestCertificates } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Redacted } from "effect"

const message = Message.make({
  from: "ada@example.com",
  to: ["bob@example.org", "eve@example.org"],
  text: "a line of a message that takes some time to send\r\n".repeat(6000)
})

/** One turn of the event loop: as little as can happen between two looks at the sockets. */
const turn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

const turns = 120
const limit = "1500 millis"

/** Interrupts a send after some turns of the event loop, and looks at what it left behind. */
const interruptAfter = (count: number, certificates: TestCertificates.TestCertificates) =>
  Effect.gen(function*() {
    const script = SmtpScript.make({ tls: "none", extensions: ["PIPELINING", "STARTTLS", "AUTH PLAIN"] })
    const server = yield* ScriptedSmtpServer.make(script, { certificates })
    const exit = yield* Effect.scoped(Effect.gen(function*() {
      const backend = yield* Smtp.make({
        host: "localhost",
        port: server.port,
        auth: { user: "ada", password: Redacted.make("secret") },
        certificates: { ca: server.ca },
        pool: { maxConnections: 1 }
      })
      const fiber = yield* Effect.fork(backend.send(message))
      yield* Effect.repeatN(turn, count)
      const exit = yield* Effect.timeoutFail(Fiber.interrupt(fiber), {
        duration: limit,
        onTimeout: () => `the interruption after ${count} turns took too long`
      })
      const before = yield* server.ledger
      yield* backend.send(message)
      const after = yield* server.awaitLedger(({ accepted }) => accepted.length > before.accepted.length)
      assert.isAtMost(after.maxOpenConnections, 2)
      return exit
    }))
    yield* server.allClosed
    const { accepted, commands } = yield* server.ledger
    // The second message, which was sent whole, is one of them.
    const own = accepted.length - 1
    assert.isAtMost(own, 1, "sent once at most")
    if (Exit.isSuccess(exit)) assert.strictEqual(own, 1, "what succeeded was accepted")
    assert.deepStrictEqual(commands.filter(({ isKnown }) => !isKnown), [], "no octet of a message is a command")
    return Exit.isSuccess(exit) ? "sent" : own === 1 ? "unknown" : "not sent"
  })

describe("A send that is interrupted at any point", () => {
  it.scopedLive("ends at once, leaves nothing behind, and the pool goes on", () =>
    Effect.gen(function*() {
      const authority = yield* TestCertificates.make
      const fates = yield* Effect.forEach(
        Array.from({ length: turns }, (_, count) => count),
        (count) => Effect.scoped(interruptAfter(count, authority)),
        { concurrency: 4 }
      )
      assert.include(fates, "not sent")
      assert.include(fates, "sent")
    }), 120_000)
})
