/**
 * A server that counts copies, and runners that die, freeze and go on. A runner reaches the world by its store and by its
 * connections only: each step of that passes a gate, at which its fate is waiting.
 */
import type { Outgoing } from "@effect-mail/core"
import { MailBackend, MailError, Mime } from "@effect-mail/core"
import type { OutboxStore } from "@effect-mail/outbox"
import { Deferred, Effect, Stream } from "effect"

/** What the server does with a message: drawn for each attempt. */
export type Behaviour =
  | "accept"
  | "reject"
  | "defer"
  | "half"
  | "noConnection"
  | "wrongPassword"
  | "dropBefore"
  | "dropAfterTaking"
  | "dropWithoutTaking"

/** What becomes of a runner at one of its steps: before the step took effect, or after. */
export interface Fate {
  readonly step: number
  readonly what: "dies" | "freezes"
  readonly when: "before" | "after"
}

export interface Gate {
  readonly pass: <A, E>(self: Effect.Effect<A, E>) => Effect.Effect<A, E>
  readonly thaw: Effect.Effect<void>
  readonly isDead: () => boolean
}

/** A dead runner's steps never end; a frozen one's wait until it is thawed, and so do all its other steps. */
export const gate = (fate: Fate | undefined): Effect.Effect<Gate> =>
  Effect.map(Effect.all([Deferred.make<never>(), Deferred.make<void>()]), ([grave, spring]) => {
    let steps = 0
    let isDead = false
    let isFrozen = false
    let isOver = false
    const wait = Effect.suspend((): Effect.Effect<void> =>
      isDead ? Deferred.await(grave) : isFrozen ? Effect.zipRight(Deferred.await(spring), wait) : Effect.void
    )
    const meet = (when: Fate["when"], step: number) =>
      Effect.sync(() => {
        if (isOver || fate === undefined || fate.step !== step || fate.when !== when) return
        if (fate.what === "dies") isDead = true
        else isFrozen = true
      })
    return {
      isDead: () => isDead,
      pass: (self) =>
        Effect.suspend(() => {
          const step = steps++
          return meet("before", step).pipe(
            Effect.zipRight(wait),
            Effect.zipRight(Effect.exit(self)),
            Effect.zipLeft(meet("after", step)),
            Effect.zipLeft(wait),
            Effect.flatten
          )
        }),
      thaw: Effect.suspend(() => {
        isFrozen = false
        isOver = true
        return Deferred.succeed(spring, undefined)
      })
    }
  })

/** The store as one runner reaches it. `repeated` gets the ids that one call names twice: its answer would not say which. */
export const through = (
  { pass }: Gate,
  store: OutboxStore.Service,
  { repeated }: Server
): OutboxStore.Service => {
  const once = <A extends OutboxStore.Hold>(holds: ReadonlyArray<A>): ReadonlyArray<A> => {
    const ids = holds.map(({ id }) => id)
    repeated.push(...ids.filter((id, i) => ids.indexOf(id) < i))
    return holds
  }
  return {
    ...store,
    claim: (claim) => pass(store.claim(claim)),
    octets: (id) => Stream.unwrap(pass(Effect.succeed(store.octets(id)))),
    start: (holds, owner, lease) => pass(store.start(once(holds), owner, lease)),
    renew: (holds, lease) => pass(store.renew(once(holds), lease)),
    settle: (settlements) => pass(store.settle(once(settlements))),
    record: (turn) => {
      once([...turn.starts?.holds ?? [], ...turn.settlements])
      return pass(store.record(turn))
    },
    reap: (options) => pass(store.reap(options)),
    pause: (mailer, duration, reason) => pass(store.pause(mailer, duration, reason))
  }
}

export interface Server {
  /** How many copies each recipient got. */
  readonly copies: Map<string, number>
  /** The octets of all attempts at a message, by its Message-ID. */
  readonly octets: Map<string, Set<string>>
  /** Messages that a runner named twice in one call of its store. */
  readonly repeated: Array<string>
  readonly next: () => Behaviour
}

export const server = (next: () => Behaviour): Server => ({
  copies: new Map(),
  octets: new Map(),
  repeated: [],
  next
})

const text = new TextDecoder()

const lost = new MailError.ConnectionError({ reason: "Lost", description: "the connection was lost" })

const reply = (code: number) => ({ code, text: "the server says so" })

/**
 * A backend that reaches the server through a gate. `honest`: whether it says when it begins to be responsible.
 */
export const backend = ({ pass }: Gate, { copies, next, octets }: Server, honest: boolean): MailBackend.Service => {
  const take = (recipients: ReadonlyArray<string>) =>
    pass(Effect.sync(() => {
      for (const recipient of recipients) copies.set(recipient, (copies.get(recipient) ?? 0) + 1)
    }))
  const refuse = (outgoing: Outgoing.Outgoing, tag: "Rejected" | "Deferred", code: number) =>
    pass(Effect.fail(
      new MailError.RejectedError({
        command: "RCPT",
        code,
        response: "no",
        recipients: outgoing.envelope.to.map((recipient) => ({ _tag: tag, recipient, reply: reply(code) }))
      })
    ))
  const unanswered = ({ envelope }: Outgoing.Outgoing) =>
    pass(Effect.fail(
      new MailError.OutcomeUnknownError({
        description: "no reply",
        recipients: envelope.to.map((recipient) => ({ _tag: "Unknown", recipient }))
      })
    ))
  const deliver: MailBackend.MailSession["deliver"] = (outgoing, options) =>
    Effect.gen(function*() {
      const { envelope: { to }, messageId } = outgoing
      const bytes = text.decode(yield* Mime.render(outgoing))
      octets.set(messageId, (octets.get(messageId) ?? new Set()).add(bytes))
      const commit = honest ? options?.beforeCommit ?? Effect.void : Effect.void
      switch (next()) {
        case "accept":
          yield* commit
          yield* take(to)
          return MailBackend.acceptAll(outgoing)
        case "half": {
          yield* commit
          yield* take(to.slice(0, 1))
          return {
            recipients: to.map((recipient, i) =>
              i === 0
                ? { _tag: "Accepted", recipient, reply: reply(250) }
                : { _tag: i % 2 === 0 ? "Deferred" : "Rejected", recipient, reply: reply(i % 2 === 0 ? 450 : 550) }
            )
          }
        }
        case "reject":
          return yield* refuse(outgoing, "Rejected", 550)
        case "defer":
          return yield* refuse(outgoing, "Deferred", 450)
        case "noConnection":
          return yield* pass(
            Effect.fail(new MailError.ConnectionError({ reason: "Refused", description: "nothing listens" }))
          )
        case "wrongPassword":
          return yield* pass(Effect.fail(new MailError.AuthenticationError({ reason: "Refused", code: 535 })))
        case "dropBefore":
          return yield* pass(Effect.fail(lost))
        case "dropAfterTaking":
          yield* commit
          yield* take(to)
          return yield* unanswered(outgoing)
        case "dropWithoutTaking":
          yield* commit
          return yield* unanswered(outgoing)
      }
    })
  return MailBackend.make({ name: "model", open: pass(Effect.succeed({ deliver })) })
}
