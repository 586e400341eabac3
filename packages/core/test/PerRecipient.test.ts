import { MailBackend, MailError, MailPolicy, Message, Outgoing } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

const recipients = ["a@example.org", "b@example.org", "c@example.org"]
const message = Message.make({ from: "ada@example.com", to: recipients, text: "x" })

const refused = (recipient: string) =>
  new MailError.RejectedError({
    command: "RCPT",
    code: 550,
    response: "no",
    recipients: [{ _tag: "Rejected", recipient, reply: { code: 550, text: "no" } }]
  })

/** A backend that answers each delivery by its one recipient. */
const answering = (answer: (recipient: string) => Effect.Effect<MailBackend.Delivery, MailError.BackendError>) => {
  const seen: Array<Outgoing.Outgoing> = []
  const backend = MailPolicy.perRecipient(MailBackend.make({
    name: "answering",
    open: Effect.succeed({
      deliver: (outgoing, options) =>
        Effect.suspend(() => {
          seen.push(outgoing)
          return Effect.zipRight(options?.beforeCommit ?? Effect.void, answer(outgoing.envelope.to.join()))
        })
    })
  }))
  return { backend, seen }
}

const accepted = (recipient: string) => Effect.succeed({ recipients: [{ _tag: "Accepted" as const, recipient }] })

const unreachable = new MailError.ConnectionError({ reason: "Unavailable", description: "gone" })

const statuses = (report: { readonly recipients: ReadonlyArray<{ readonly _tag: string }> }) =>
  report.recipients.map(({ _tag }) => _tag)

describe("MailPolicy.perRecipient", () => {
  it.effect("tells the status of each, also where some are refused", () =>
    Effect.gen(function*() {
      const { backend, seen } = answering((recipient) =>
        recipient.startsWith("b") ? Effect.fail(refused(recipient)) : accepted(recipient)
      )
      assert.deepStrictEqual(statuses(yield* backend.send(message)), ["Accepted", "Rejected", "Accepted"])
      assert.deepStrictEqual(seen.map(({ envelope }) => envelope.to), recipients.map((recipient) => [recipient]))
      assert.strictEqual(new Set(seen.map(({ messageId }) => messageId)).size, 1)
    }))

  it.effect("fails where all are refused, with the status of each", () =>
    Effect.gen(function*() {
      const { backend } = answering((recipient) => Effect.fail(refused(recipient)))
      const error = yield* Effect.flip(backend.send(message))
      assert.strictEqual(error._tag, "RejectedError")
      if (error._tag === "RejectedError") {
        assert.deepStrictEqual(statuses(error), ["Rejected", "Rejected", "Rejected"])
      }
    }))

  it.effect("stops where the relay is gone: what was accepted stays accepted, and nothing is sent twice", () =>
    Effect.gen(function*() {
      const { backend, seen } = answering((recipient) =>
        recipient.startsWith("a") ? accepted(recipient) : Effect.fail(unreachable)
      )
      assert.deepStrictEqual(statuses(yield* backend.send(message)), ["Accepted", "NotSent", "NotSent"])
      assert.strictEqual(seen.length, 2)
      const never = answering(() => Effect.fail(unreachable))
      assert.strictEqual((yield* Effect.flip(never.backend.send(message)))._tag, "ConnectionError")
      assert.strictEqual(never.seen.length, 1)
    }))

  it.effect("asks once before it commits, and sends nothing where that is refused", () =>
    Effect.gen(function*() {
      const { backend, seen } = answering(accepted)
      const deliver = (beforeCommit: Effect.Effect<void, MailError.BackendError>) =>
        Effect.scoped(Effect.gen(function*() {
          const { deliver } = yield* backend.driver.open
          const outgoing = yield* Outgoing.prepare(message)
          return yield* Effect.either(deliver(outgoing, { beforeCommit }))
        }))
      let count = 0
      yield* deliver(Effect.sync(() => void count++))
      assert.deepStrictEqual([count, seen.length], [1, 3])
      const outcome = yield* deliver(Effect.fail(unreachable))
      assert.strictEqual(outcome._tag, "Left")
      assert.strictEqual(seen.length, 4)
    }))
})
