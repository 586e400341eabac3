// Changes the code in small ways, one at a time, and counts the changes that the tests do not notice. Only the parts that
// decide and need no socket: what became of a message, the dialogue, and the checks of names, addresses and fields.
export default {
  testRunner: "vitest",
  vitest: { configFile: "stryker.vitest.config.mjs" },
  plugins: ["@stryker-mutator/vitest-runner"],
  mutate: [
    "packages/backends/src/internal/smtp/protocol/transfer/outcome.ts"
  ],
  coverageAnalysis: "perTest",
  ignoreStatic: true,
  concurrency: 1,
  timeoutMS: 20_000,
  reporters: ["clear-text", "json", "progress-append-only"],
  jsonReporter: { fileName: "node_modules/.cache/stryker/report.json" },
  tempDirName: ".stryker-tmp",
  thresholds: { high: 90, low: 80, break: null }
}
