import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { over, type Policy } from "./wrap.js"

/**
 * The number of messages, and the number of recipients, that may pass in any period as long as `interval`. Default: no
 * limit. A message with more recipients than may pass at once passes alone.
 *
 * @since 0.1.0
 * @category models
 */
export interface RateLimit {
  readonly messages?: number | undefined
  readonly recipients?: number | undefined
  readonly interval: Duration.DurationInput
}

interface Passed {
  readonly at: number
  readonly recipients: number
}

/** A sliding window over the last `interval`. Waiting messages pass in the order of arrival. */
export const rateLimit = (limits: RateLimit): Policy => (backend) => {
  const interval = Duration.toMillis(Duration.decode(limits.interval))
  const maxMessages = limits.messages ?? Infinity
  const maxRecipients = limits.recipients ?? Infinity
  const turn = Effect.unsafeMakeSemaphore(1)
  let window: Array<Passed> = []

  const pass = (recipients: number): Effect.Effect<void> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      window = window.filter(({ at }) => at + interval > now)
      const [oldest] = window
      const inWindow = window.reduce((sum, passed) => sum + passed.recipients, 0)
      // A message with more recipients than the limit passes alone.
      const fits = window.length < maxMessages && inWindow + recipients <= maxRecipients
      if (oldest === undefined || fits) {
        window.push({ at: now, recipients })
        return Effect.void
      }
      return Effect.zipRight(Effect.sleep(oldest.at + interval - now), pass(recipients))
    })

  return over(backend, (session) => ({
    deliver: (outgoing, options) =>
      Effect.zipRight(
        turn.withPermits(1)(Effect.suspend(() => pass(outgoing.envelope.to.length))),
        Effect.suspend(() => session.deliver(outgoing, options))
      )
  }))
}
