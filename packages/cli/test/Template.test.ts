import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, FastCheck } from "effect"
import { parse } from "parse5"
import { csvLine, parseCsv } from "../src/merge/csv.js"
import * as Template from "../src/merge/template.js"

const html = (text: string, row: Template.Row): string => {
  const template = Template.ofHtml(text)
  if (Either.isLeft(template)) return `refused: ${template.left}`
  return Either.getOrElse(template.right.fill(row), (reason) => `row: ${reason}`)
}

const evil = "<script>\"'&"

describe("A merge", () => {
  const places: ReadonlyArray<readonly [text: string, value: string, expected: string | RegExp]> = [
    ["<p>{{a}}</p>", evil, "<p>&lt;script&gt;&quot;&#39;&amp;</p>"],
    ["<p title=\"{{a}}\">", evil, "<p title=\"&lt;script&gt;&quot;&#39;&amp;\">"],
    ["<p title='{{ a }}'>", evil, "<p title='&lt;script&gt;&quot;&#39;&amp;'>"],
    ["<a href=\"https://x.example/?q={{a}}\">", "a&b=c\"d e", "<a href=\"https://x.example/?q=a%26b%3Dc%22d%20e\">"],
    ["<a href=\"{{a}}\">", "https://x.example/?a=1&b=2", "<a href=\"https://x.example/?a=1&amp;b=2\">"],
    ["<a href=\"{{a}}\">", "javascript:alert(1)", /^row: a: /],
    ["<a href=\"{{a}}\">", " java\nscript:x", /^row: a: /],
    ["<a href=\"{{a}}\">", "data:text/html,x", /^row: a: /],
    ["<a href=\"{{a}}/path\">", "https://x.example", /^refused: /],
    ["<a href=\"https://{{a}}/\">", "x.example", /^refused: /],
    ["<a href=\"java{{a}}\">", "script:x", /^refused: /],
    ["<a href={{a}}>", "x", /^refused: /],
    ["<p {{a}}>", "onclick=x", /^refused: /],
    ["<{{a}}>", "script", /^refused: /],
    ["<p onclick=\"x('{{a}}')\">", "x", /^refused: /],
    ["<p style=\"color:{{a}}\">", "red", /^refused: /],
    ["<script>var a = '{{a}}'</script>", "x", /^refused: /],
    ["<style>.{{a}}{}</style>", "x", /^refused: /],
    ["<!-- {{a}} -->", "x", /^refused: /],
    ["<p>{{{a}}}</p>", "x", /^refused: /],
    ["<p>{{a</p>", "x", /^refused: /],
    ["<p>{{a|there & then}}</p>", "", "<p>there &amp; then</p>"],
    ["<p>{{a}}</p>", "  ", "row: a is empty"],
    ["1 < 2 {{a}}", "x", "1 < 2 x"],
    ["<script>1</script>{{a}}", "<b>", "<script>1</script>&lt;b&gt;"]
  ]
  for (const [text, value, expected] of places) {
    it(`${text} of ${JSON.stringify(value)}`, () => {
      const made = html(text, { a: value })
      if (typeof expected === "string") assert.strictEqual(made, expected)
      else assert.match(made, expected)
    })
  }

  it("makes no element and no attribute out of a value, wherever it stands", () => {
    const template = "<div><p title=\"{{a}}\">{{a}}<a href=\"https://x.example/{{a}}\">{{a}}</a></p></div>"
    const shape = (text: string): string =>
      JSON.stringify(
        parse(text),
        (key, value) => /^(?:parentNode|value|sourceCodeLocation)$/.test(key) ? undefined : value
      )
    const plain = shape(html(template, { a: "x" }))
    FastCheck.assert(FastCheck.property(FastCheck.string({ unit: "binary" }), (value) => {
      FastCheck.pre(value.trim() !== "" && !value.includes("\0"))
      assert.strictEqual(shape(html(template, { a: value })), plain)
    }))
  })

  const addresses: ReadonlyArray<readonly [text: string, value: string, isTaken: boolean]> = [
    ["{{a}}", "bob@example.com", true],
    ["{{a}} <x@example.com>", "Bob", true],
    ["{{a}} <x@example.com>", "Bob <y@example.com>,", false],
    ["Bob <{{a}}>", "bob@example.com", true],
    ["Bob <{{a}}>", "x@example.com>, Eve <eve@example.com", false],
    ["{{a}}", "x@example.com\r\nBcc: eve@example.com", false]
  ]
  for (const [text, value, isTaken] of addresses) {
    it(`an address ${text} of ${JSON.stringify(value)}`, () => {
      const filled = Either.flatMap(Template.ofAddress(text), ({ fill }) => fill({ a: value }))
      assert.strictEqual(Either.isRight(filled), isTaken)
    })
  }

  it.effect("reads CSV with a byte order mark, with semicolons, and with quotes", () =>
    Effect.gen(function*() {
      const rows = yield* parseCsv(
        "\ufeffemail;name\r\na@example.com;\"A; \"\"B\"\"\"\r\n\r\nb@example.com;\r\n",
        "x.csv"
      )
      assert.deepStrictEqual(rows, [
        { number: 2, row: { email: "a@example.com", name: "A; \"B\"" } },
        { number: 3, row: { email: "b@example.com", name: "" } }
      ])
      for (const wrong of ["", "a,a\n1,2\n", "a,b\n\"1,2\n"]) {
        assert.strictEqual((yield* Effect.flip(parseCsv(wrong, "x.csv"))).code, 2)
      }
    }))

  it.effect("writes no cell that a spreadsheet takes for a formula", () =>
    Effect.gen(function*() {
      assert.strictEqual(csvLine(["=1+1", "@x", "a,b", "\"", "-"]), "'=1+1,'@x,\"a,b\",\"\"\"\",'-\r\n")
      const cells = ["a b", "c\"d", "e,f", "g\nh"]
      const [row] = yield* parseCsv(csvLine(["1", "2", "3", "4"]) + csvLine(cells), "x.csv")
      assert.deepStrictEqual(Object.values(row?.row ?? {}), cells)
    }))
})
