import * as Effect from "effect/Effect"
import * as MailBackend from "../../../MailBackend.js"
import { notRepeatable } from "../../driver/progress.js"
import { cryptoOf, firstOf, noBackends, openLazily } from "../wrap.js"

/** Each message goes to the backend that is furthest behind its share: a fixed order, even over any run of messages. */
export const weighted = (
  name: string,
  shares: ReadonlyArray<readonly [backend: MailBackend.Service, weight: number]>
): MailBackend.Service => {
  const total = shares.reduce((sum, [, weight]) => sum + weight, 0)
  const credits = shares.map(() => 0)

  const next = (): number => {
    const due = shares.map(([, weight], i) => (credits[i] ?? 0) + weight)
    return due.reduce((best, credit, i) => credit > (due[best] ?? 0) ? i : best, 0)
  }

  const choose = (): number => {
    const chosen = next()
    shares.forEach(([, weight], i) => {
      credits[i] = (credits[i] ?? 0) + weight - (i === chosen ? total : 0)
    })
    return chosen
  }

  return MailBackend.make({
    name,
    crypto: cryptoOf(shares.map(([backend]) => backend)),
    open: Effect.map(openLazily(shares.map(([backend]) => backend)), (relays) => ({
      get isConnectionless() {
        return relays.some(({ session }) => session.isConnectionless)
      },
      openFor: (outgoing) =>
        Effect.suspend(() => {
          const first = next()
          return firstOf(
            [...relays.slice(first), ...relays.slice(0, first)],
            ({ session }) => session.openFor(outgoing)
          )
        }),
      deliver: (outgoing, options) =>
        Effect.suspend(() => {
          const chosen = relays[choose()]
          return chosen === undefined
            ? Effect.fail(noBackends)
            : Effect.mapError(chosen.session.deliver(outgoing, options), notRepeatable)
        })
    }))
  })
}
