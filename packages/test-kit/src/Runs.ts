/** How often properties are tried: `npm run fuzz` tries more. */
const factor = Number(process.env["FUZZ_FACTOR"] ?? 1)

/** `count` runs, or as many times as many as `FUZZ_FACTOR` says, and the time for them. */
export const runs = (count: number, timeout = 60_000) => ({
  fastCheck: { numRuns: count * factor },
  timeout: timeout * factor
})
