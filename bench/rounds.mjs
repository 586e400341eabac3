/** Interleaved measuring: A B C A B C, so that whatever else the machine does falls on all of them alike. */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

const most = 1_000_000

/** Runs a contender until its code is compiled, and gives how many messages it does in `millis`. */
const warmUp = async ({ run }, { millis, warmUpMillis }) => {
  let count = 1
  let took = 0
  for (let total = 0; total < warmUpMillis || took < millis / 4; total += took) {
    took = await run(count)
    const factor = millis / Math.max(took, 0.01)
    count = Math.min(most, Math.max(1, Math.ceil(count * Math.min(factor, 10))))
    if (count === most) break
  }
  return count
}

setFlagsFromString("--expose-gc")
const gc = runInNewContext("gc")

/**
 * The garbage of one contender is not to be collected at the cost of the next. Only the young generation: a full collection
 * throws away compiled code, and the next round would measure the compiler.
 */
const collectGarbage = () => gc({ type: "minor" })

/**
 * Runs the contenders in turn, each about `millis` per round, after a warm-up. A contender is a name and `run(count)`,
 * which handles that many messages and gives the milliseconds that took. The result holds for each contender its times in
 * microseconds per message, one per round.
 */
export const interleave = async (contenders, { millis, rounds, warmUpMillis }) => {
  const counts = []
  for (const contender of contenders) counts.push(await warmUp(contender, { millis, warmUpMillis }))
  const times = contenders.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, { run }] of contenders.entries()) {
      collectGarbage()
      times[i].push(await run(counts[i]) * 1000 / counts[i])
    }
  }
  return times
}

/** The milliseconds that `run` takes. */
export const timed = async (run) => {
  const start = performance.now()
  await run()
  return performance.now() - start
}
