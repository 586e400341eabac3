/** How far a run is, on one line of a terminal. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Verdict } from "./report.js"

export interface Counts {
  readonly done: number
  readonly verdicts: ReadonlyMap<Verdict, number>
}

const barWidth = 24

const bar = (part: number): string => {
  const full = Math.round(part * barWidth)
  return "█".repeat(full) + "░".repeat(barWidth - full)
}

/** The counts as words; accepted first. */
export const words = (verdicts: ReadonlyMap<Verdict, number>): string =>
  (["accepted", "queued", "refused", "deferred", "not sent", "unknown"] as const)
    .filter((verdict) => (verdicts.get(verdict) ?? 0) > 0 || verdict === "accepted")
    .map((verdict) => `${(verdicts.get(verdict) ?? 0).toLocaleString("en")} ${verdict}`).join("   ")

const text = (total: number, seconds: number, { done, verdicts }: Counts): string => {
  const rate = seconds > 0 ? done / seconds : 0
  const left = rate > 0 ? Math.ceil((total - done) / rate) : undefined
  const bad = words(verdicts).split("   ").slice(1)
  return [
    `${bar(total === 0 ? 1 : done / total)}  ${done.toLocaleString("en")}/${total.toLocaleString("en")}`,
    `${Math.round(rate).toLocaleString("en")}/s`,
    ...bad,
    ...left === undefined || done === total ? [] : [`about ${left} s`]
  ].join("   ")
}

/** Draws the line now and then; on something that is no terminal, never. */
export const progress = (stream: NodeJS.WriteStream, total: number, counts: () => Counts) =>
  Effect.gen(function*() {
    if (!stream.isTTY) return
    const start = yield* Clock.currentTimeMillis
    const draw = Effect.map(Clock.currentTimeMillis, (now) => {
      const line = text(total, (now - start) / 1000, counts()).slice(0, Math.max(20, (stream.columns ?? 80) - 1))
      stream.write(`\r${line}\u001b[K`)
    })
    yield* Effect.addFinalizer(() => Effect.zipRight(draw, Effect.sync(() => stream.write("\n"))))
    yield* Effect.forkScoped(Effect.forever(Effect.zipRight(draw, Effect.sleep("200 millis"))))
  })
