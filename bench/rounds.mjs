/** Interleaved measuring: A B C A B C, so that whatever else the machine does falls on all of them alike. */

const most = 1_000_000

/** A contender is a name and `run(count)`, which does it `count` times and gives the milliseconds that took. */
const calibrate = async ({ run }, millis) => {
  let count = 1
  let took = await run(count)
  while (took < millis / 4 && count < most) {
    count = Math.min(most, Math.ceil(count * Math.min(10, Math.max(2, millis / 2 / Math.max(took, 0.01)))))
    took = await run(count)
  }
  // Once more at full length: by now the code is compiled.
  count = Math.max(1, Math.ceil(count * millis / took))
  took = await run(count)
  return Math.max(1, Math.ceil(count * millis / took))
}

export const collectGarbage = () => globalThis.gc?.()

/**
 * Runs the contenders in turn, each about `millis` per round, after a warm-up that also finds out how many messages that
 * is. Gives for each its times in microseconds per message, one per round.
 */
export const interleave = async (contenders, { millis, rounds }) => {
  const counts = []
  for (const contender of contenders) counts.push(await calibrate(contender, millis))
  const results = contenders.map(({ name }, i) => ({ name, count: counts[i], times: [] }))
  for (let round = 0; round < rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      collectGarbage()
      results[i].times.push(await contender.run(counts[i]) * 1000 / counts[i])
    }
  }
  return results
}

/** Milliseconds that `run` takes. */
export const timed = async (run) => {
  const start = performance.now()
  await run()
  return performance.now() - start
}
