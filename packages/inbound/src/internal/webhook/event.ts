import type * as DateTime from "effect/DateTime"

export type Type =
  | "delivered"
  | "deferred"
  | "bounced"
  | "rejected"
  | "complained"
  | "opened"
  | "clicked"
  | "unsubscribed"
  | "autoresponded"
  | "failed"
  | "received"
  | "unknown"

/** What is known of an event, before it is one of the public module. */
export interface Facts {
  readonly type: Type
  readonly recipient?: string | undefined
  readonly remoteId?: string | undefined
  readonly at?: DateTime.Utc | undefined
  readonly kind?: "Hard" | "Soft" | undefined
  readonly status?: string | undefined
  readonly diagnostic?: string | undefined
  readonly url?: string | undefined
  readonly raw: unknown
}

/** The type for a word of a provider. */
export const typeOf = (words: Readonly<Record<string, Type>>, word: string | undefined): Type =>
  word !== undefined && Object.hasOwn(words, word) ? words[word] ?? "unknown" : "unknown"
