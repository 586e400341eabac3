/**
 * A driver that delivers nothing and records its calls.
 */
import type { MailError, Outgoing } from "@effect-mail/core"
import { MailBackend, Message } from "@effect-mail/core"
import { Effect } from "effect"

export interface Recording {
  readonly backend: MailBackend.Service
  /** `open`, `close`, and the subjects of the messages that were delivered, in their order. */
  readonly events: Array<string>
  /** How many sessions were open, and how many deliveries under way, at max and at once. */
  readonly max: { open: number; delivering: number }
}

export interface Hooks {
  readonly open?: (count: number) => Effect.Effect<void, MailError.BackendError>
  readonly deliver?: (subject: string, outgoing: Outgoing.Outgoing) => Effect.Effect<void, MailError.BackendError>
}

const accepted = (outgoing: Outgoing.Outgoing): MailBackend.Delivery => ({
  recipients: outgoing.envelope.to.map((recipient) => ({ _tag: "Accepted", recipient })),
  response: { code: 250, text: "queued" }
})

export const make = (hooks: Hooks = {}): Recording => {
  const events: Array<string> = []
  const max = { open: 0, delivering: 0 }
  const now = { open: 0, delivering: 0 }
  let count = 0
  const enter = (key: keyof typeof now) =>
    Effect.sync(() => {
      now[key]++
      max[key] = Math.max(max[key], now[key])
    })
  const leave = (key: keyof typeof now) => Effect.sync(() => void now[key]--)

  const deliver = (outgoing: Outgoing.Outgoing): Effect.Effect<MailBackend.Delivery, MailError.BackendError> => {
    const { subject } = outgoing.message
    return Effect.acquireUseRelease(
      enter("delivering"),
      () =>
        Effect.zipRight(
          hooks.deliver?.(subject, outgoing) ?? Effect.void,
          Effect.sync(() => {
            events.push(subject)
            return accepted(outgoing)
          })
        ),
      () => leave("delivering")
    )
  }

  const backend = MailBackend.make({
    name: "recording",
    open: Effect.gen(function*() {
      yield* hooks.open?.(++count) ?? Effect.void
      yield* Effect.acquireRelease(
        Effect.zipRight(enter("open"), Effect.sync(() => void events.push("open"))),
        () => Effect.zipRight(leave("open"), Effect.sync(() => void events.push("close")))
      )
      return { deliver }
    })
  })
  return { backend, events, max }
}

/** A message with this subject, to one recipient. */
export const message = (subject: string): Message.Message =>
  Message.make({ from: "ada@example.com", to: "bob@example.com", subject })
