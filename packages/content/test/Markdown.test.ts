import { Markdown } from "@effect-mail/content"
import { Message } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc, Option } from "effect"

const content = (markdown: string): Markdown.Content => Either.getOrThrow(Markdown.toContent(markdown))

describe("Markdown", () => {
  it("becomes text and html", () => {
    const { html, text } = content(
      "# Hello\n\nSee **our** [page](https://example.com).\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    assert.include(html, "<h1>Hello</h1>")
    assert.include(html, "<a href=\"https://example.com\">page</a>")
    assert.include(text, "Hello\n\nSee our page [https://example.com].")
    assert.match(text, /a +b\n1 +2/)
  })

  it("lets nothing through that a program could run", () => {
    const hostile = [
      "<script>alert(1)</script>",
      "<img src=x onerror=alert(1)>",
      "[a](javascript:alert(1))",
      "[a](JaVaScRiPt:alert(1))",
      "[a](&#106;avascript:alert(1))",
      "[a]( javascript:alert(1))",
      "![a](data:image/svg+xml;base64,PHN2Zz4=)",
      "[a](data:text/html,x)",
      "[a](vbscript:x)",
      "[a](file:///etc/passwd)",
      "[a]: javascript:alert(1)\n\n[a]",
      "<javascript:alert(1)>",
      "[a](/relative)",
      "[a](//example.com)",
      "[a](https://e.com \"x\\\" onclick=\\\"y\")"
    ]
    for (const markdown of hostile) {
      const { html } = content(markdown)
      assert.notMatch(
        html,
        /<script|<img[^>]*onerror|<[^>]* onclick="|(?:href|src)="(?!https?:|mailto:|tel:|cid:)/i,
        markdown
      )
    }
  })

  it("sets both forms of a message", () => {
    const message = Either.getOrThrow(Markdown.content("Hello *Bob*")(Message.make({ subject: "x" })))
    assert.deepStrictEqual(message.text, Option.some("Hello Bob"))
    assert.deepStrictEqual(message.html, Option.some("<p>Hello <em>Bob</em></p>\n"))
  })

  it("refuses what is too long, and comes to its end with what is made to take long", { timeout: 120_000 }, () => {
    const refused = Either.getOrThrow(Either.flip(Markdown.toContent("x".repeat(200_001))))
    assert.strictEqual(refused.reason, "TooLarge")
    const large = [
      ">".repeat(100_000),
      "*a _b ".repeat(30_000),
      "[a](".repeat(40_000),
      "`a``b```c".repeat(20_000),
      "<a ".repeat(60_000),
      "|a".repeat(50_000)
    ]
    for (const markdown of large) assert.isTrue(Either.isEither(Markdown.toContent(markdown)))
  })

  it.prop("never throws", [fc.string({ unit: "grapheme", maxLength: 200 })], ([markdown]) => {
    assert.isTrue(Either.isEither(Markdown.toContent(markdown)))
  })
})
