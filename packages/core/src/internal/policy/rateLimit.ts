import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as MailBackend from "../../MailBackend.js"
import type * as MailPolicy from "../../MailPolicy.js"
import { over } from "./wrap.js"

interface Passed {
  readonly at: number
  readonly recipients: number
}

/**
 * A sliding window: over no stretch of the interval's length do more messages or recipients pass than may. Who waits
 * passes in the order of coming.
 *
 * @internal
 */
export const rateLimit = (limits: MailPolicy.RateLimit) => (backend: MailBackend.Service): MailBackend.Service => {
  const interval = Duration.toMillis(Duration.decode(limits.interval))
  const mostMessages = limits.messages ?? Infinity
  const mostRecipients = limits.recipients ?? Infinity
  const turn = Effect.unsafeMakeSemaphore(1)
  let window: Array<Passed> = []

  const pass = (recipients: number): Effect.Effect<void> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      window = window.filter(({ at }) => at + interval > now)
      const [oldest] = window
      const inWindow = window.reduce((sum, passed) => sum + passed.recipients, 0)
      // More recipients than may ever pass at once pass alone.
      const fits = window.length < mostMessages && inWindow + recipients <= mostRecipients
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
