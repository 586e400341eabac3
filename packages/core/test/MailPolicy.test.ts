import type { DeliveryReport } from "@effect-mail/core"
import { Address, MailBackend, MailError, MailPolicy, Message, Mime, type Outgoing } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Either, Exit, Fiber, Layer, Option, Schedule, TestClock } from "effect"

type Outcome = (outgoing: Outgoing.Outgoing) => Effect.Effect<MailBackend.Delivery, MailError.BackendError>

const reply = (code: number): DeliveryReport.Reply => ({ code, text: `said ${code}` })
const accept: Outcome = (outgoing) => Effect.succeed(MailBackend.acceptAll(outgoing))
const fail = (error: MailError.BackendError): Outcome => () => Effect.fail(error)
const lost = new MailError.ConnectionError({ reason: "Lost", description: "gone" })
const untrusted = new MailError.ConnectionError({ reason: "Certificate", description: "unknown authority" })

const status = (recipient: string, code: number): DeliveryReport.RecipientStatus =>
  code < 300
    ? { _tag: "Accepted", recipient, reply: reply(code) }
    : { _tag: code < 500 ? "Deferred" : "Rejected", recipient, reply: reply(code) }

/** Each recipient gets the code that stands beside it; where all are refused, that is the failure. */
const answer = (codes: Record<string, number>): Outcome => ({ envelope }) => {
  const recipients = envelope.to.map((recipient) => status(recipient, codes[recipient] ?? 250))
  return recipients.some(({ _tag }) => _tag === "Accepted")
    ? Effect.succeed({ recipients, response: reply(250) })
    : Effect.fail(new MailError.RejectedError({ command: "RCPT", recipients, code: 450, response: "no" }))
}

/** Refuses those that are named, and is gone before it has answered for anybody else. */
const refuseAndGo = (...refused: ReadonlyArray<string>): Outcome => ({ envelope }) =>
  Effect.fail(
    new MailError.RejectedError({
      command: "RCPT",
      recipients: envelope.to.map((recipient) =>
        refused.includes(recipient) ? status(recipient, 550) : { _tag: "NotSent", recipient }
      ),
      code: 421,
      response: "closing"
    })
  )

const unknown: Outcome = ({ envelope }) =>
  Effect.fail(
    new MailError.OutcomeUnknownError({
      recipients: envelope.to.map((recipient) => ({ _tag: "Unknown", recipient })),
      description: "lost"
    })
  )

/** A backend that goes through a list of outcomes, the last one for ever, and remembers what it was given. */
const scripted = (name: string, ...outcomes: ReadonlyArray<Outcome>) => {
  const attempts: Array<Outgoing.Outgoing> = []
  const backend = MailBackend.make({
    name,
    open: Effect.succeed({
      deliver: (outgoing) =>
        Effect.suspend(() => {
          const outcome = outcomes[Math.min(attempts.length, outcomes.length - 1)] ?? accept
          attempts.push(outgoing)
          return outcome(outgoing)
        })
    })
  })
  return { backend, attempts }
}

const message = Message.make({ from: "ada@example.com", to: ["a@example.com", "b@example.com"], text: "Hello" })
const tags = (recipients: ReadonlyArray<DeliveryReport.RecipientStatus>) =>
  recipients.map(({ _tag, recipient }) => `${recipient} ${_tag}`)

/** Runs the effect to its end, letting the time pass that it waits for. */
const eventually = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<Exit.Exit<A, E>> =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.await(fiber)
  })

const thrice = Schedule.intersect(Schedule.spaced("1 minute"), Schedule.recurs(3))

describe("MailPolicy.retry", () => {
  it.effect("tries again what is proven not sent and transient, with the same bytes", () =>
    Effect.gen(function*() {
      const { attempts, backend } = scripted("relay", fail(lost), fail(lost), accept)
      const exit = yield* eventually(MailPolicy.retry(thrice)(backend).send(message))
      assert.isTrue(Exit.isSuccess(exit))
      assert.strictEqual(attempts.length, 3)
      const bytes = yield* Effect.forEach(attempts, Mime.render)
      assert.deepStrictEqual(bytes[2], bytes[0])
      assert.strictEqual(attempts[2]?.messageId, attempts[0]?.messageId)
    }))

  it.effect("waits as the schedule says", () =>
    Effect.gen(function*() {
      const { attempts, backend } = scripted("relay", fail(lost), accept)
      const fiber = yield* Effect.fork(MailPolicy.retry(thrice)(backend).send(message))
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(attempts.length, 1)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.strictEqual(attempts.length, 2)
    }))

  it.effect("after a partial result tries the deferred recipients only, and reports on all", () =>
    Effect.gen(function*() {
      const { attempts, backend } = scripted("relay", answer({ "b@example.com": 450 }), accept)
      const exit = yield* eventually(MailPolicy.retry(thrice)(backend).send(message))
      assert.deepStrictEqual(attempts[1]?.envelope.to, ["b@example.com"])
      assert.isTrue(Exit.isSuccess(exit))
      if (Exit.isSuccess(exit)) {
        assert.deepStrictEqual(tags(exit.value.recipients), ["a@example.com Accepted", "b@example.com Accepted"])
      }
    }))

  it.effect("keeps what was accepted when the deferred never are", () =>
    Effect.gen(function*() {
      const { attempts, backend } = scripted("relay", answer({ "b@example.com": 450 }))
      const exit = yield* eventually(MailPolicy.retry(thrice)(backend).send(message))
      assert.strictEqual(attempts.length, 4)
      assert.isTrue(Exit.isSuccess(exit))
      if (Exit.isSuccess(exit)) {
        assert.deepStrictEqual(tags(exit.value.recipients), ["a@example.com Accepted", "b@example.com Deferred"])
      }
    }))

  it.effect("says of each recipient what is unknown when a later attempt is lost after the dot", () =>
    Effect.gen(function*() {
      const { attempts, backend } = scripted("relay", answer({ "b@example.com": 450 }), unknown)
      const exit = yield* eventually(MailPolicy.retry(thrice)(backend).send(message))
      assert.strictEqual(attempts.length, 2)
      assert.isTrue(Exit.isSuccess(exit))
      if (Exit.isSuccess(exit)) {
        assert.deepStrictEqual(tags(exit.value.recipients), ["a@example.com Accepted", "b@example.com Unknown"])
      }
    }))

  it.effect("ends with the last refusal, which knows of every recipient", () =>
    Effect.gen(function*() {
      const { backend } = scripted(
        "relay",
        answer({ "a@example.com": 550, "b@example.com": 450 }),
        fail(lost)
      )
      const exit = yield* eventually(Effect.flip(MailPolicy.retry(thrice)(backend).send(message)))
      assert.isTrue(Exit.isSuccess(exit))
      if (Exit.isSuccess(exit) && exit.value._tag === "RejectedError") {
        assert.deepStrictEqual(tags(exit.value.recipients), ["a@example.com Rejected", "b@example.com Deferred"])
      } else assert.fail("not a RejectedError")
    }))

  it.effect("goes on with those that a server did not reach when it refused others, and with nobody else", () =>
    Effect.gen(function*() {
      const { attempts, backend } = scripted("relay", refuseAndGo("a@example.com"), fail(lost), accept)
      const exit = yield* eventually(MailPolicy.retry(thrice)(backend).send(message))
      assert.deepStrictEqual(attempts.map(({ envelope }) => envelope.to.length), [2, 1, 1])
      if (Exit.isFailure(exit)) return assert.fail("it failed")
      assert.deepStrictEqual(tags(exit.value.recipients), ["a@example.com Rejected", "b@example.com Accepted"])
    }))

  it.effect("says what may still be tried when they are never reached, and of nobody whom a policy left out", () =>
    Effect.gen(function*() {
      const { attempts, backend } = scripted("relay", refuseAndGo("a@example.com"), fail(lost))
      const wide = Message.to(message, "c@example.com")
      const inner = MailPolicy.retry(thrice)(MailPolicy.suppress(["c@example.com"])(backend))
      const exit = yield* eventually(Effect.flip(inner.send(wide)))
      if (Exit.isFailure(exit) || exit.value._tag !== "RejectedError") return assert.fail("not a RejectedError")
      assert.deepStrictEqual(tags(exit.value.recipients), ["a@example.com Rejected", "b@example.com NotSent"])
      assert.isTrue(exit.value.isTransient)
      assert.strictEqual(attempts.length, 4)
    }))

  it.effect("has nothing to try where all but those that a policy left out are refused", () =>
    Effect.gen(function*() {
      const refusing = answer({ "a@example.com": 550, "b@example.com": 550 })
      const { attempts, backend } = scripted("relay", refusing)
      const suppressing = MailPolicy.suppress(["c@example.com"])(backend)
      const twice = MailPolicy.retry(thrice)(MailPolicy.retry(thrice)(suppressing))
      const exit = yield* eventually(Effect.flip(twice.send(Message.to(message, "c@example.com"))))
      assert.isTrue(Exit.isSuccess(exit) && !exit.value.isTransient)
      assert.strictEqual(attempts.length, 1)
    }))

  const never: ReadonlyArray<readonly [string, Outcome]> = [
    ["a refusal for good", answer({ "a@example.com": 550, "b@example.com": 550 })],
    ["an untrusted certificate", fail(untrusted)],
    ["an unknown outcome", unknown]
  ]
  for (const [name, outcome] of never) {
    it.effect(`does not try again after ${name}`, () =>
      Effect.gen(function*() {
        const { attempts, backend } = scripted("relay", outcome, accept)
        const exit = yield* eventually(MailPolicy.retry(thrice)(backend).send(message))
        assert.isTrue(Exit.isFailure(exit))
        assert.strictEqual(attempts.length, 1)
      }))
  }

  it.effect("tries again after an unknown outcome for who takes the risk", () =>
    Effect.gen(function*() {
      const { attempts, backend } = scripted("relay", unknown, accept)
      const risky = MailPolicy.retry(thrice, { retryUnknownOutcomesAndRiskDuplicates: true })
      assert.isTrue(Exit.isSuccess(yield* eventually(risky(backend).send(message))))
      assert.strictEqual(attempts.length, 2)
    }))

  it.effect("tries again to open a session", () =>
    Effect.gen(function*() {
      let opens = 0
      const backend = MailBackend.make({
        name: "relay",
        open: Effect.suspend(() => ++opens < 3 ? Effect.fail(lost) : Effect.succeed({ deliver: accept }))
      })
      const exit = yield* eventually(Effect.scoped(MailPolicy.retry(thrice)(backend).connect))
      assert.isTrue(Exit.isSuccess(exit))
      assert.strictEqual(opens, 3)
    }))
})

describe("MailPolicy.failover", () => {
  it.effect("goes on after a fault of the relay, and passes it over until it may be back", () =>
    Effect.gen(function*() {
      const first = scripted("first", fail(lost), accept)
      const second = scripted("second", accept)
      const backend = MailPolicy.failover([first.backend, second.backend], { cooldown: "5 minutes" })
      yield* backend.send(message)
      yield* backend.send(message)
      assert.deepStrictEqual([first.attempts.length, second.attempts.length], [1, 2])
      const relays = yield* backend.relays
      assert.deepStrictEqual(
        relays.map(({ name, outUntil }) => [name, Option.getOrNull(Option.map(outUntil, DateTime.toEpochMillis))]),
        [["first", 300_000], ["second", null]]
      )
      yield* TestClock.adjust("5 minutes")
      assert.isTrue((yield* backend.relays).every(({ outUntil }) => Option.isNone(outUntil)))
      yield* backend.send(message)
      assert.deepStrictEqual([first.attempts.length, second.attempts.length], [2, 2])
    }))

  it.effect("never marks a relay for the refusal of a recipient, and never passes the message on", () =>
    Effect.gen(function*() {
      const first = scripted("first", answer({ "a@example.com": 550, "b@example.com": 550 }))
      const second = scripted("second", accept)
      const backend = MailPolicy.failover([first.backend, second.backend])
      const error = yield* Effect.flip(backend.send(message))
      assert.strictEqual(error._tag, "RejectedError")
      assert.strictEqual(second.attempts.length, 0)
      assert.isTrue((yield* backend.relays).every(({ outUntil }) => Option.isNone(outUntil)))
    }))

  it.effect("passes on those that a relay did not reach when it refused others, and nobody else", () =>
    Effect.gen(function*() {
      const second = scripted("second", accept)
      const backend = MailPolicy.failover([scripted("first", refuseAndGo("a@example.com")).backend, second.backend])
      const report = yield* backend.send(message)
      assert.deepStrictEqual(tags(report.recipients), ["a@example.com Rejected", "b@example.com Accepted"])
      assert.deepStrictEqual(second.attempts.map(({ envelope }) => envelope.to), [["b@example.com"]])
      assert.isTrue((yield* backend.relays).every(({ outUntil }) => Option.isNone(outUntil)))
    }))

  it.effect("says what no relay reached beside what was refused", () =>
    Effect.gen(function*() {
      const backend = MailPolicy.failover([
        scripted("first", fail(lost)).backend,
        scripted("second", refuseAndGo("a@example.com")).backend,
        scripted("third", fail(lost)).backend
      ])
      const error = yield* Effect.flip(backend.send(message))
      if (error._tag !== "RejectedError") return assert.fail(error._tag)
      assert.deepStrictEqual(tags(error.recipients), ["a@example.com Rejected", "b@example.com NotSent"])
      assert.isTrue(error.isTransient)
    }))

  it.effect("never passes on what may have been sent", () =>
    Effect.gen(function*() {
      const second = scripted("second", accept)
      const backend = MailPolicy.failover([scripted("first", unknown).backend, second.backend])
      assert.strictEqual((yield* Effect.flip(backend.send(message)))._tag, "OutcomeUnknownError")
      assert.strictEqual(second.attempts.length, 0)
    }))

  it.effect("tries those that are out when all are", () =>
    Effect.gen(function*() {
      const first = scripted("first", fail(lost), accept)
      const backend = MailPolicy.failover([first.backend, scripted("second", fail(lost)).backend])
      yield* Effect.flip(backend.send(message))
      yield* backend.send(message)
      assert.strictEqual(first.attempts.length, 2)
    }))

  it.effect("passes on what a relay lacks the means for, without marking it", () =>
    Effect.gen(function*() {
      const lacking = new MailError.CapabilityError({ capability: "SMTPUTF8", description: "not offered" })
      const backend = MailPolicy.failover([
        scripted("first", fail(lacking)).backend,
        scripted("second", accept).backend
      ])
      yield* backend.send(message)
      assert.isTrue((yield* backend.relays).every(({ outUntil }) => Option.isNone(outUntil)))
    }))
})

describe("MailPolicy.roundRobin and weighted", () => {
  it.effect("take turns", () =>
    Effect.gen(function*() {
      const relays = ["a", "b", "c"].map((name) => scripted(name))
      const backend = MailPolicy.roundRobin(relays.map((relay) => relay.backend))
      yield* Effect.replicateEffect(backend.send(message), 7)
      assert.deepStrictEqual(relays.map(({ attempts }) => attempts.length), [3, 2, 2])
    }))

  it.effect("share by weight, evenly", () =>
    Effect.gen(function*() {
      const a = scripted("a")
      const b = scripted("b")
      const backend = MailPolicy.weighted([[a.backend, 3], [b.backend, 1]])
      yield* Effect.replicateEffect(backend.send(message), 4)
      assert.deepStrictEqual([a.attempts.length, b.attempts.length], [3, 1])
      yield* Effect.replicateEffect(backend.send(message), 4)
      assert.deepStrictEqual([a.attempts.length, b.attempts.length], [6, 2])
    }))

  it.effect("fail when there is nothing to choose from", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(MailPolicy.roundRobin([]).send(message)))._tag, "ConnectionError")
      assert.strictEqual((yield* Effect.flip(MailPolicy.failover([]).send(message)))._tag, "ConnectionError")
    }))
})

describe("MailPolicy.rateLimit and concurrency", () => {
  it.effect("is honest from the first message, whatever the concurrency", () =>
    Effect.gen(function*() {
      const { attempts, backend } = scripted("relay")
      const limited = MailPolicy.rateLimit({ messages: 2, interval: "1 second" })(backend)
      const fiber = yield* Effect.fork(limited.sendAll(Array.from({ length: 7 }, () => message), { concurrency: 5 }))
      const counts: Array<number> = []
      for (let second = 0; second < 4; second++) {
        yield* TestClock.adjust(second === 0 ? 0 : "1 second")
        counts.push(attempts.length)
      }
      assert.deepStrictEqual(counts, [2, 4, 6, 7])
      yield* Fiber.join(fiber)
    }))

  it.effect("counts recipients, and lets a message with too many of them pass alone", () =>
    Effect.gen(function*() {
      const { attempts, backend } = scripted("relay")
      const limited = MailPolicy.rateLimit({ recipients: 3, interval: "1 minute" })(backend)
      const crowd = Message.to(message, ["c@example.com", "d@example.com", "e@example.com"])
      const fiber = yield* Effect.fork(limited.sendAll([message, message, crowd]))
      yield* TestClock.adjust(0)
      assert.strictEqual(attempts.length, 1)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(attempts.length, 2)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(attempts.length, 3)
      yield* Fiber.join(fiber)
    }))

  it.effect("forgets who stops waiting", () =>
    Effect.gen(function*() {
      const { attempts, backend } = scripted("relay")
      const limited = MailPolicy.rateLimit({ messages: 1, interval: "1 minute" })(backend)
      yield* limited.send(message)
      const waiting = yield* Effect.fork(limited.send(message))
      yield* TestClock.adjust("30 seconds")
      yield* Fiber.interrupt(waiting)
      const next = yield* Effect.fork(limited.send(message))
      yield* TestClock.adjust("30 seconds")
      yield* Fiber.join(next)
      assert.strictEqual(attempts.length, 2)
    }))

  it.effect("bounds what is under way", () =>
    Effect.gen(function*() {
      let running = 0
      let most = 0
      const slow: Outcome = (outgoing) =>
        Effect.acquireUseRelease(
          Effect.sync(() => {
            most = Math.max(most, ++running)
          }),
          () => Effect.zipRight(Effect.sleep("1 second"), accept(outgoing)),
          () => Effect.sync(() => void running--)
        )
      const { backend } = scripted("relay", slow)
      const limited = MailPolicy.concurrency(2)(backend)
      yield* eventually(limited.sendAll(Array.from({ length: 6 }, () => message), { concurrency: 6 }))
      assert.strictEqual(most, 2)
    }))
})

describe("MailPolicy.redirectAll, suppress and tap", () => {
  const inbox = Either.getOrThrow(Address.parse("staging@example.net"))
  const wide = Message.bcc(Message.cc(message, "c@example.com"), "d@example.com")

  it.effect("redirects to, cc and bcc, and leaves the headers", () =>
    Effect.gen(function*() {
      const { attempts, backend } = scripted("relay")
      const report = yield* MailPolicy.redirectAll(inbox)(backend).send(wide)
      assert.deepStrictEqual(attempts[0]?.envelope.to, ["staging@example.net"])
      assert.deepStrictEqual(tags(report.recipients), ["staging@example.net Accepted"])
      const [first] = attempts
      assert.isDefined(first)
      if (first !== undefined) {
        assert.include(new TextDecoder().decode(yield* Mime.render(first)), "To: a@example.com, b@example.com\r\n")
      }
    }))

  it.effect("lets excepted recipients have their mail", () =>
    Effect.gen(function*() {
      const { attempts, backend } = scripted("relay")
      const staged = MailPolicy.redirectAll([inbox], { except: (recipient) => recipient.startsWith("c@") })(backend)
      yield* staged.send(wide)
      assert.deepStrictEqual(attempts[0]?.envelope.to, ["c@example.com", "staging@example.net"])
      yield* staged.send(Message.make({ from: "ada@example.com", to: "c@example.com" }))
      assert.deepStrictEqual(attempts[1]?.envelope.to, ["c@example.com"])
    }))

  it.effect("leaves out whom the list names, and says so", () =>
    Effect.gen(function*() {
      const { attempts, backend } = scripted("relay")
      const suppressing = MailPolicy.suppress(["b@EXAMPLE.com"])(backend)
      const report = yield* suppressing.send(message)
      assert.deepStrictEqual(attempts[0]?.envelope.to, ["a@example.com"])
      assert.deepStrictEqual(tags(report.recipients), ["a@example.com Accepted", "b@example.com NotSent"])
    }))

  it.effect("opens nothing for a message that nobody is left for", () =>
    Effect.gen(function*() {
      let opens = 0
      const backend = MailBackend.make({
        name: "relay",
        open: Effect.sync(() => {
          opens++
          return { deliver: accept }
        })
      })
      const report = yield* MailPolicy.suppress(["a@example.com", "b@example.com"])(backend).send(message)
      assert.strictEqual(opens, 0)
      assert.deepStrictEqual(tags(report.recipients), ["a@example.com NotSent", "b@example.com NotSent"])
    }))

  it.effect("runs its hooks round each delivery, also one that fails", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const { backend } = scripted("relay", accept, fail(lost))
      const tapped = MailPolicy.tap({
        before: (outgoing) => Effect.sync(() => void seen.push(`before ${outgoing.envelope.to.length}`)),
        after: (_, exit) => Effect.sync(() => void seen.push(`after ${exit._tag}`))
      })(backend)
      yield* tapped.send(message)
      yield* Effect.flip(tapped.send(message))
      assert.deepStrictEqual(seen, ["before 2", "after Success", "before 2", "after Failure"])
    }))

  it.effect("go over the backend of a layer", () =>
    Effect.gen(function*() {
      const { attempts, backend } = scripted("relay")
      const staged = Layer.succeed(MailBackend.MailBackend, backend).pipe(
        MailPolicy.apply(MailPolicy.redirectAll(inbox))
      )
      yield* Effect.flatMap(MailBackend.MailBackend, (service) => service.send(message)).pipe(Effect.provide(staged))
      assert.deepStrictEqual(attempts[0]?.envelope.to, ["staging@example.net"])
    }))
})
