import { defineConfig, mergeConfig } from "vitest/config"
import base from "./vitest.config.ts"

// The tests that run in memory.
export default defineConfig(
  mergeConfig({ ...base, test: { ...base.test, include: [] } }, {
    test: { include: ["packages/backends/test/protocol/**/*.test.ts"], testTimeout: 60_000 }
  })
)
