import effectPlugin from "@effect/eslint-plugin"
import js from "@eslint/js"
import sortDestructureKeys from "eslint-plugin-sort-destructure-keys"
import tseslint from "typescript-eslint"

export default tseslint.config(
  { ignores: ["**/dist", "**/node_modules", "coverage", ".stryker-tmp"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  ...effectPlugin.configs.dprint,
  {
    plugins: { "sort-destructure-keys": sortDestructureKeys },
    rules: {
      "@effect/dprint": ["error", {
        config: {
          indentWidth: 2,
          lineWidth: 120,
          semiColons: "asi",
          quoteStyle: "alwaysDouble",
          trailingCommas: "never",
          operatorPosition: "maintain",
          "arrowFunction.useParentheses": "force"
        }
      }],
      "@typescript-eslint/array-type": ["error", { default: "generic", readonly: "generic" }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-empty-object-type": "off",
      "@typescript-eslint/no-extraneous-class": "off",
      "@typescript-eslint/no-invalid-void-type": "off",
      "@typescript-eslint/no-namespace": "off",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/unified-signatures": "off",
      "no-console": "error",
      "no-control-regex": "off",
      "prefer-rest-params": "off",
      "require-yield": "off",
      "sort-destructure-keys/sort-destructure-keys": "error"
    }
  },
  {
    files: ["packages/*/src/**/*.ts"],
    // Only what is published is bundled.
    ignores: ["packages/test-kit/**"],
    rules: { "@effect/no-import-from-barrel-package": ["error", { packageNames: ["effect", "@effect/platform"] }] }
  },
  {
    files: ["packages/core/src/**/*.ts"],
    rules: {
      "no-restricted-globals": ["error", "process", "Buffer"],
      "no-restricted-imports": ["error", { patterns: ["node:*", "nodemailer*"] }]
    }
  },
  {
    // What tests of several packages share is in the test kit.
    files: [
      "test/**/*.ts",
      "packages/*/test/**/*.ts",
      "packages/test-kit/src/**/*.ts",
      "{bench,examples/*}/test/**/*.ts"
    ],
    rules: {
      "no-restricted-imports": ["error", {
        patterns: [{ regex: "^(\\.\\./)+(packages|core|backends|testing|test-kit|test)/" }]
      }]
    }
  },
  {
    files: ["scripts/smoke/*.cts"],
    rules: { "@typescript-eslint/no-require-imports": "off" }
  },
  {
    files: ["scripts/*.mjs", "**/*.config.{mjs,ts}"],
    languageOptions: { globals: { console: "readonly", process: "readonly", URL: "readonly" } },
    rules: { "no-console": "off" }
  }
)
