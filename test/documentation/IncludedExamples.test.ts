import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "./Snippets.js"

/** The name of a file of the repository in a comment, and the block of code below that shows it. */
const included = /^<!-- include: (\S+) -->\n\n```ts\n[^]*?^```$/gm

const pages = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".md"))
  .map((name) => ({ name, path: join(root, "docs", name) }))
  .filter(({ path }) => readFileSync(path, "utf8").includes("<!-- include:"))

describe("Pages that show a file of the repository", () => {
  it("are found", () => assert.deepStrictEqual(pages.map(({ name }) => name), ["custom-backends.md"]))

  for (const { name, path } of pages) {
    it.live(`${name} shows it as it is`, ({ expect }) =>
      Effect.promise(() =>
        expect(
          readFileSync(path, "utf8").replaceAll(
            included,
            (_, file: string) =>
              `<!-- include: ${file} -->\n\n\`\`\`ts\n${readFileSync(join(root, file), "utf8")}\`\`\``
          )
        ).toMatchFileSnapshot(path)
      ))
  }
})
