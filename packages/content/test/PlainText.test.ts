import { PlainText } from "@effect-mail/content"
import { Message } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc, Option } from "effect"

const text = (html: string, options?: PlainText.Options): string => Either.getOrThrow(PlainText.fromHtml(html, options))

const reason = (html: string, options?: PlainText.Options): string =>
  Either.getOrThrow(Either.flip(PlainText.fromHtml(html, options))).reason

describe("PlainText.fromHtml", () => {
  it("keeps what is read, and leaves out what is not", () => {
    const table: ReadonlyArray<readonly [string, string]> = [
      ["<h1>Gr\u00fc\u00dfe</h1><p>Hello <b>Bob</b></p>", "Gr\u00fc\u00dfe\n\nHello Bob"],
      ["<a href=\"https://e.com/x\">click</a>", "click [https://e.com/x]"],
      ["<a href=\"https://e.com\">https://e.com</a>", "https://e.com"],
      ["<img src=\"cid:a\" alt=\"Logo\"><img src=\"cid:b\"> x", "Logo x"],
      ["<style>p{}</style><script>alert(1)</script><!-- c --><p>x</p>", "x"],
      ["<div style=\"color:red;display:none\">preheader</div><p hidden>y</p><p>x</p>", "x"],
      ["<ul><li>a<li>b</ul>", " * a\n * b"],
      ["&lt;b&gt; &amp; &#x48;", "<b> & H"],
      ["<table><tr><td>a</td><td>b</td></tr></table>", "a\nb"],
      ["", ""]
    ]
    for (const [html, expected] of table) assert.strictEqual(text(html), expected, html)
    assert.match(
      text("<table><tr><th>Name</th><th>Sum</th></tr><tr><td>a</td><td>1</td></tr></table>", { tables: "data" }),
      /^Name +Sum\na +1$/
    )
  })

  it("breaks lines where it is told", () => {
    const html = `<p>${"word ".repeat(100)}</p>`
    assert.isTrue(text(html).split("\n").every((line) => line.length <= 78))
    assert.strictEqual(text(html, { lineLength: false }).split("\n").length, 1)
  })

  it("refuses html that is made to take long", () => {
    assert.strictEqual(reason("x".repeat(1_000_001)), "TooLarge")
    assert.strictEqual(reason("<p>x</p>", { maxLength: 3 }), "TooLarge")
    assert.strictEqual(reason("<div>".repeat(100_000)), "TooDeep")
    assert.strictEqual(reason("<a href=x>".repeat(50_000)), "TooDeep")
    assert.strictEqual(reason("<table><tr><td>".repeat(5000)), "TooDeep")
    assert.strictEqual(reason(JSON.parse("null")), "Unreadable")
  })

  it("comes to its end with whatever else is large", { timeout: 120_000 }, () => {
    const large = [
      "<".repeat(900_000),
      `<p ${"a=b ".repeat(200_000)}>`,
      "&amp;".repeat(190_000),
      " ".repeat(900_000),
      "<p>x".repeat(100_000),
      "<br>".repeat(200_000),
      "</div>".repeat(150_000),
      "<li>".repeat(200_000),
      "<!--".repeat(200_000)
    ]
    for (const html of large) assert.isTrue(Either.isRight(PlainText.fromHtml(html)), html.slice(0, 20))
  })

  it.prop("never throws", [fc.string({ unit: "grapheme" }), fc.string()], ([a, b]) => {
    assert.isTrue(Either.isEither(PlainText.fromHtml(`<div>${a}<p ${b}>${a}</div>`)))
  })
})

describe("PlainText.add", () => {
  it("gives text to a message that has html alone", () => {
    const message = Message.make({ html: "<p>Hello</p>" })
    assert.deepStrictEqual(Either.getOrThrow(PlainText.add(message)).text, Option.some("Hello"))
    assert.deepStrictEqual(Either.getOrThrow(PlainText.add()(message)).text, Option.some("Hello"))
    const own = Message.text(message, "mine")
    assert.strictEqual(Either.getOrThrow(PlainText.add(own)), own)
    assert.strictEqual(Either.getOrThrow(PlainText.add(Message.empty)), Message.empty)
  })
})
