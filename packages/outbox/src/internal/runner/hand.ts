import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { Claimed } from "../model/service.js"

/** A message in hand; `isTaken` by who settles it, `isSettling` from when that was asked for. */
export interface Held {
  readonly item: Claimed
  isTaken: boolean
  isSettling: boolean
}

/**
 * The messages that this runner has claimed and not settled: only their leases are renewed.
 */
export interface Hand {
  readonly add: (items: ReadonlyArray<Claimed>) => void
  /** Whether the message is in hand and not taken; from now on it is the caller's to settle. */
  readonly take: (item: Claimed) => boolean
  /** Whether it was not asked for before. */
  readonly settling: (item: Claimed) => boolean
  readonly drop: (item: Claimed) => Effect.Effect<void>
  readonly all: () => ReadonlyArray<Held>
  readonly isEmpty: Effect.Effect<void>
}

export const make = (): Hand => {
  const held = new Map<string, Held>()
  const waiting = new Set<Deferred.Deferred<void>>()
  const keyOf = ({ fence, id }: Claimed): string => `${id} ${fence}`
  return {
    add: (items) => {
      for (const item of items) held.set(keyOf(item), { item, isTaken: false, isSettling: false })
    },
    take: (item) => {
      const one = held.get(keyOf(item))
      if (one === undefined || one.isTaken) return false
      one.isTaken = true
      return true
    },
    settling: (item) => {
      const one = held.get(keyOf(item))
      if (one === undefined || one.isSettling) return false
      one.isSettling = true
      return true
    },
    drop: (item) =>
      Effect.suspend(() => {
        held.delete(keyOf(item))
        if (held.size > 0) return Effect.void
        const done = [...waiting]
        waiting.clear()
        return Effect.forEach(done, (deferred) => Deferred.succeed(deferred, undefined), { discard: true })
      }),
    all: () => [...held.values()],
    isEmpty: Effect.suspend(() =>
      held.size === 0 ? Effect.void : Effect.flatMap(Deferred.make<void>(), (deferred) => {
        waiting.add(deferred)
        return Deferred.await(deferred)
      })
    )
  }
}
