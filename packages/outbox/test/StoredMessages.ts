/** Messages for a store, and what becomes of them. */
import type { Outgoing } from "@effect-mail/core"
import type { OutboxMessage, OutboxStore } from "@effect-mail/outbox"
import { OutboxMessage as Module } from "@effect-mail/outbox"
import { Schema } from "effect"
import { Effect, Random } from "effect"

export interface Options {
  readonly to?: ReadonlyArray<string>
  readonly key?: string
  readonly priority?: number
  readonly tenant?: string
  readonly annotations?: { readonly tags: ReadonlyArray<string> }
  readonly at?: number
  readonly giveUpAfter?: number
  readonly size?: number
  readonly onDuplicate?: "existing" | "fail"
}

const decodeId = Schema.decodeSync(Module.TicketId)
const digits = "0123456789abcdefghjkmnpqrstvwxyz"

const randomId = Effect.map(
  Effect.replicateEffect(Random.nextIntBetween(0, 32), 26),
  (numbers) => decodeId(numbers.map((number) => digits[number]).join(""))
)

const line = "x".repeat(76) + "\r\n"

/** With octets in memory. */
export interface Stored extends OutboxStore.NewMessage {
  readonly frozen: Outgoing.FrozenStored<Uint8Array>
}

export const make = (options: Options): Effect.Effect<Stored> =>
  Effect.map(randomId, (id) => ({
    id,
    key: options.key,
    mailer: "default",
    priority: options.priority ?? 0,
    at: options.at,
    giveUpAfter: options.giveUpAfter ?? 100 * 86_400_000,
    trace: undefined,
    tenant: options.tenant,
    onDuplicate: options.onDuplicate ?? "existing",
    frozen: {
      format: 1,
      messageId: "<1@example.com>",
      ...options.annotations === undefined ? {} : { annotations: options.annotations },
      envelope: {
        from: "ada@example.com",
        to: options.to ?? ["bob@example.com"],
        smtpUtf8: false,
        eightBit: false,
        requireTls: false
      },
      bytes: new TextEncoder().encode(
        `Message-ID: <1@example.com>\r\n\r\n${line.repeat(Math.ceil((options.size ?? 78) / 78))}`
      )
    }
  }))

export const settlement = (
  { fence, id }: OutboxStore.Hold,
  state: OutboxStore.Settlement["state"],
  delay: number,
  recipients: ReadonlyArray<OutboxMessage.Recipient>
): OutboxStore.Settlement => ({
  id,
  fence,
  owner: "one",
  state,
  delay,
  reason: undefined,
  outcome: "Delivery",
  error: undefined,
  detail: undefined,
  isCounted: true,
  isProof: true,
  recipients
})

export const accepted = (item: OutboxStore.Claimed): OutboxStore.Settlement =>
  settlement(item, "delivered", 0, item.recipients.map((address) => ({ address, state: "accepted" })))
