import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { TicketId } from "../../OutboxMessage.js"

/** Crockford's base 32: its order is that of ASCII. */
const digits = "0123456789abcdefghjkmnpqrstvwxyz"

const write = (value: number, length: number): string => {
  let text = ""
  for (let rest = value, i = 0; i < length; i++, rest = Math.floor(rest / 32)) text = (digits[rest % 32] ?? "0") + text
  return text
}

const word = Random.nextIntBetween(0, 2 ** 40)

/**
 * The time in ms, and 80 random bits.
 */
export const make: Effect.Effect<TicketId> = Effect.zipWith(
  Clock.currentTimeMillis,
  Effect.zip(word, word),
  (now, [one, two]) => (write(now, 10) + write(one, 8) + write(two, 8)) as TicketId
)
