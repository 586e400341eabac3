import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { TestMailbox } from "../../TestMailbox.js"
import type { Transmission } from "./model/message.js"
import type { Mailbox } from "./store/mailbox.js"

type Sent = Effect.Effect.Success<TestMailbox["Type"]["outbox"]>[number]

const transmissionOf = ({ envelope: { from, to } }: Sent, time: number): Transmission => ({
  source: "mailbox",
  time,
  duration: 0,
  from,
  recipients: to.map((address) => ({ address, verdict: "accepted", reply: "" })),
  fromReply: "",
  reply: "",
  tls: "",
  auth: "",
  isComplete: true,
  outcome: { verdict: "accepted", name: "DeliveryReport", detail: "all recipients accepted", isReal: true },
  dialogue: []
})

/** Copies what a test mailbox gets, as long as the scope is open. What is taken out of it stays in the inbox. */
export const fromTestMailbox = (mailbox: Mailbox): Effect.Effect<void, never, TestMailbox | Scope.Scope> =>
  Effect.gen(function*() {
    const { awaitCount, outbox } = yield* TestMailbox
    const seen = new WeakSet<Sent>()
    const copy = (sent: ReadonlyArray<Sent>) =>
      Effect.forEach(sent, (message) => {
        if (seen.has(message)) return Effect.void
        seen.add(message)
        return Effect.flatMap(
          Clock.currentTimeMillis,
          (now) => Effect.ignoreLogged(mailbox.add(message.bytes, transmissionOf(message, now)))
        )
      }, { discard: true })
    const next = Effect.gen(function*() {
      const present = yield* outbox
      yield* copy(present)
      yield* copy(yield* awaitCount(present.length + 1))
    })
    yield* Effect.forkScoped(Effect.forever(next))
  })
