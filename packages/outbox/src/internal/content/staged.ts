import type * as Outgoing from "@effect-mail/core/Outgoing"
import * as Predicate from "effect/Predicate"
import type { TicketId } from "../../OutboxMessage.js"
import type { Staged as Content } from "../model/service.js"

export const TypeId: TypeId = "~@effect-mail/outbox/Outbox/Staged"

export type TypeId = "~@effect-mail/outbox/Outbox/Staged"

/**
 * A message whose octets are in the store already. It is queued once, under this id.
 *
 * @since 0.1.0
 * @category models
 */
export interface Staged {
  readonly [TypeId]: TypeId
  readonly id: TicketId
  readonly size: number
  readonly stored: Outgoing.FrozenStored<Content>
}

export const make = (id: TicketId, stored: Outgoing.FrozenStored<Content>): Staged => ({
  [TypeId]: TypeId,
  id,
  size: stored.bytes.size,
  stored
})

export const isStaged = (u: unknown): u is Staged => Predicate.hasProperty(u, TypeId)
