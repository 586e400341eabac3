import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { join } from "node:path"
import { page } from "./ErrorsPage.js"
import { root } from "./Snippets.js"

describe("The page about errors", () => {
  it.live("says what programs get", ({ expect }) =>
    Effect.flatMap(
      page,
      (text) => Effect.promise(() => expect(text).toMatchFileSnapshot(join(root, "docs/errors.md")))
    ))
})
