import { FileSystem, Path } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { resolve, root, slug } from "../.vitepress/places.js"
import { check } from "../src/check.js"

describe("The check of the built site", () => {
  it.scoped("finds what is not there, and what is fetched from elsewhere", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const { join } = yield* Path.Path
      const folder = yield* files.makeTempDirectoryScoped()
      const write = (name: string, text: string) => files.writeFileString(join(folder, name), text)
      yield* files.makeDirectory(join(folder, "tasks"))
      yield* write(
        "index.html",
        "<h1 id=\"top\">Front</h1><a href=\"/tasks/a.html#x\">a</a><a href=\"https://example.com\">out</a>"
      )
      yield* write(
        "tasks/a.html",
        "<h1 id=\"x\">A</h1><a href=\"../index.html#top\">f</a><a href=\"#no\">n</a><a href=\"b.html\">b</a>"
          + "<a href=\"/#no\">n</a><script src=\"//cdn.example.com/x.js\"></script><img src=\"/a.png\">"
      )
      yield* write("style.css", "a { background: url(https://example.com/a.png) } b { background: url(/b.png) }")
      const { faults, links, pages } = check(folder)
      assert.deepStrictEqual([pages, links], [2, 5])
      assert.deepStrictEqual(faults.slice().sort(), [
        "style.css: fetches url(https://example.com/a.png",
        "tasks/a.html: fetches //cdn.example.com/x.js",
        "tasks/a.html: lacks /a.png",
        "tasks/a.html: leads to #no, a heading that is missing",
        "tasks/a.html: leads to /#no, a heading that is missing",
        "tasks/a.html: leads to b.html, which is not there"
      ])
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("A link of a page", () => {
  it("leads to the same place on the site", () => {
    const from = (page: string, link: string) => resolve(`${root}${page}`, link)
    assert.deepStrictEqual([
      from("docs/README.md", "tasks/invoice.md"),
      from("docs/tasks/invoice.md", "../smtp.md#encryption"),
      from("docs/smtp.md", "README.md"),
      from("docs/smtp.md", "decisions/README.md"),
      from("docs/security.md", "../SECURITY.md"),
      from("docs/README.md", "../packages/core/api"),
      from("docs/smtp.md", "https://example.com"),
      from("docs/smtp.md", "#encryption")
    ], [
      "/tasks/invoice.md",
      "/smtp.md#encryption",
      "/index.md",
      "/decisions/index.md",
      "/reporting.md",
      "https://github.com/effect-mail/effect-mail/blob/main/packages/core/api",
      "https://example.com",
      "#encryption"
    ])
  })

  it("names a heading as in the repository", () => {
    assert.strictEqual(slug("`send_mail()`, and what is *not*"), "send_mail-and-what-is-not")
  })
})
