/** An outbox in which there is a message of every kind that a person has to look after. */
import { Smtp } from "@effect-mail/backends"
import { Message } from "@effect-mail/core"
import { Outbox, type OutboxMessage, OutboxRunner, type OutboxStore } from "@effect-mail/outbox"
import { DevInbox } from "@effect-mail/testing"
import { DateTime, Effect } from "effect"

/** A subject that wants to steer a terminal, and to turn the direction of text. */
export const hostile = "\u001b[31mred\u009b2J\u202etxt.exe"

export type Ids = Readonly<
  Record<"delivered" | "failed" | "unknown" | "partly" | "scheduled" | "queued", OutboxMessage.TicketId>
>

const to = (...recipients: ReadonlyArray<string>): Message.Message =>
  Message.make({
    from: "shop@example.com",
    to: recipients,
    subject: "Your receipt",
    text: "Thank you!"
  })

/**
 * Sends over a server that refuses and breaks off. One message is delivered, one failed, one unknown with its dialogue, one
 * delivered to some, one scheduled, and one queued for a mailer that is paused.
 */
export const fill: Effect.Effect<Ids, never, Outbox.Outbox | OutboxStore.OutboxStore> = Effect.gen(function*() {
  const outbox = yield* Outbox.Outbox
  const queue = (key: string, message: Message.Message, options: Outbox.EnqueueOptions = {}) =>
    Effect.map(outbox.enqueue(message, { key, ...options }), ({ id }) => id)
  const inbox = yield* DevInbox.makeSmtp()
  const delivered = yield* queue("receipt-1", to("bob@example.com"))
  const failed = yield* queue("receipt-2", to("550@fail.test"))
  const unknown = yield* queue("receipt-3", to("drop@fail.test", "eve@example.com"))
  const partly = yield* queue("receipt-4", to("bob@example.com", "550@fail.test"))
  yield* OutboxRunner.drain({ dialogue: Smtp.transcript, connections: 1, owner: "runner-1" }).pipe(
    Effect.provide(Smtp.layer({ host: "127.0.0.1", port: inbox.smtp?.port, tls: "none" }))
  )
  const later = DateTime.add(yield* DateTime.now, { days: 1 })
  const scheduled = yield* queue("reminder-5", to("bob@example.com"), { at: later, priority: 2 })
  const queued = yield* queue(hostile, to("bob@example.com"), { mailer: "newsletter" })
  yield* outbox.pause("newsletter", "1 hour", `535 wrong password ${hostile}`)
  return { delivered, failed, unknown, partly, scheduled, queued }
}).pipe(Effect.scoped, Effect.orDie)
