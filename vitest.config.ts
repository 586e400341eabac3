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
      "bench/test/**/*.test.ts",
      "test/**/*.test.ts"
    ],
    setupFiles: ["test/setup.ts"],
    globalSetup: ["test/page.ts"],
    sequence: { concurrent: true },
    // Far more than any test takes: a busy machine is no failure.
    testTimeout: 30_000
  }
})
