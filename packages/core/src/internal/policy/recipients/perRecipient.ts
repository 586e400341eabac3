import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Outgoing from "../../../Outgoing.js"
import type { DeliverOptions } from "../../driver/driver.js"
import * as Progress from "../../driver/progress.js"
import { over, type Policy } from "../wrap.js"

/** Runs `beforeCommit` in front of the first delivery that comes so far, and not again. */
const once = ({ beforeCommit = Effect.void }: DeliverOptions) => {
  let state: "open" | "committed" | "refused" = "open"
  return {
    options: {
      beforeCommit: Effect.suspend(() =>
        state === "committed"
          ? Effect.void
          : Effect.onExit(beforeCommit, ({ _tag }) =>
            Effect.sync(() => {
              state = _tag === "Success" ? "committed" : "refused"
            }))
      )
    },
    isRefused: () => state === "refused"
  }
}

export const perRecipient: Policy = (backend) =>
  over(backend, (session) => ({
    deliver: (outgoing, options = {}) => {
      const recipients = outgoing.envelope.to
      if (recipients.length < 2) return session.deliver(outgoing, options)
      return Effect.gen(function*() {
        const commit = once(options)
        let progress = Progress.nothingKnown
        let last: Progress.Outcome = Either.right({ recipients: [] })
        for (const recipient of recipients) {
          const alone = Outgoing.narrow(outgoing, (each) => each === recipient)
          last = yield* Effect.either(session.deliver(alone, commit.options))
          if (commit.isRefused()) return yield* last
          progress = Progress.advance(progress, last)
          // What did not reach the relay now would not for the next recipient.
          if (Either.isLeft(last) && (last.left._tag === "ConnectionError" || last.left.isRelayFault)) break
        }
        return yield* Progress.conclude(outgoing, progress, last)
      })
    }
  }))
