import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const root = fileURLToPath(new URL(".", import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@effect-mail\/([a-z-]+)\/(.*)$/, replacement: `${root}packages/$1/src/$2.ts` },
      { find: /^@effect-mail\/([a-z-]+)$/, replacement: `${root}packages/$1/src/index.ts` }
    ]
  },
  test: {
    include: [
      "packages/*/test/**/*.test.ts",
      "examples/*/test/**/*.test.ts",
      "{bench,site}/test/**/*.test.ts",
      "test/**/*.test.ts"
    ],
    setupFiles: ["test/setup.ts"],
    globalSetup: ["test/page.ts"],
    sequence: { concurrent: true },
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**/*.ts"],
      exclude: ["packages/test-kit/**", "packages/*/src/index.ts"],
      reporter: ["text-summary", "json-summary", "html"],
      // Three of the six files of tests in memory reach 88 % of the lines, 90 % of the branches and 80 % of the functions.
      thresholds: {
        "packages/backends/src/internal/smtp/protocol/**": { lines: 85, statements: 85, branches: 88, functions: 78 }
      }
    },
    // Far more than any test takes: a busy machine is no failure.
    testTimeout: 30_000
  }
})
