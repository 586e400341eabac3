import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { join } from "node:path"
import { page } from "./SettingsPage.js"
import { root } from "./Snippets.js"

describe("The page about settings", () => {
  it.live("says what the definitions of the backends say", ({ expect }) =>
    Effect.promise(() => expect(page).toMatchFileSnapshot(join(root, "docs/settings.md"))))
})
