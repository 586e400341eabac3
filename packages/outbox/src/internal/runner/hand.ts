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
  readonly drop: (item: Claimed) => void
  readonly all: () => ReadonlyArray<Held>
  readonly isEmpty: Effect.Effect<void>
}

export const make = (): Hand => {
  const held = new Map<Claimed, Held>()
  const empty = Effect.unsafeMakeLatch(true)
  return {
    add: (items) => {
      for (const item of items) held.set(item, { item, isTaken: false, isSettling: false })
      if (held.size > 0) empty.unsafeClose()
    },
    take: (item) => {
      const one = held.get(item)
      if (one === undefined || one.isTaken) return false
      one.isTaken = true
      return true
    },
    settling: (item) => {
      const one = held.get(item)
      if (one === undefined || one.isSettling) return false
      one.isSettling = true
      return true
    },
    drop: (item) => {
      held.delete(item)
      if (held.size === 0) empty.unsafeOpen()
    },
    all: () => [...held.values()],
    isEmpty: empty.await
  }
}
