import { Attachment, Message, Mime, Outgoing, Template } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, FastCheck as fc, Option, Stream } from "effect"

interface Reader {
  readonly email: string
  readonly name: string
  readonly points: number
}

const { html, text, url } = Template.make<Reader>()

const eve: Reader = { email: "eve@example.org", name: "<script>\"&'</script>", points: 3 }

describe("Template", () => {
  it("escapes a field for its place", () => {
    const table: ReadonlyArray<readonly [string, Template.Template<Reader, "text" | "html" | "url">]> = [
      ["Hi <script>\"&'</script> 3", text`Hi ${"name"} ${"points"}`],
      ["<p>&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;</p>", html`<p>${"name"}</p>`],
      ["<p title=\"&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;\">", html`<p title="${"name"}">`],
      ["<p>3 > 2 &lt;", html`<p>3 > 2 ${() => "<"}`],
      ["https://e.com/?u=eve%40example.org&n=3", url`https://e.com/?u=${"email"}&n=${"points"}`],
      ["<a href=\"https://e.com/?a=1&amp;b=2\">", html`<a href="${() => "https://e.com/?a=1&b=2"}">`],
      ["<a href=\"javascript%3Aalert(1)\">", html`<a href="${() => "javascript:alert(1)"}">`],
      ["<a href='%20javascript%3Ax'>", html`<a href='${() => " javascript:x"}'>`],
      ["<a href=\"https://e.com/%22%3E%3Cb\">", html`<a href="https://e.com/${() => "\"><b"}">`],
      ["<img src=\"cid:logo\" alt=\"&quot;\">", html`<img src="${() => "cid:logo"}" alt="${() => "\""}">`],
      ["<p title=a&#32;onclick&#61;b>", html`<p title=${() => "a onclick=b"}>`],
      ["<b>&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;</b>!", html`${html`<b>${"name"}</b>`}!`],
      ["", text``]
    ]
    for (const [expected, template] of table) assert.strictEqual(template.render(eve), expected)
  })

  it("never reads what a row holds as a template", () => {
    const row = { ...eve, name: "${email} {{email}} $& $1" }
    assert.strictEqual(text`${"name"}|${"points"}`.render(row), "${email} {{email}} $& $1|3")
  })

  it.prop("lets no field out of its place", [fc.string({ unit: "grapheme" })], ([name]) => {
    const rendered = html`<p title="${"name"}"><a href="${"name"}">${"name"}</a></p>`.render({ ...eve, name })
    assert.deepStrictEqual(rendered.match(/[<>]/g)?.join(""), "<><><><>")
    assert.strictEqual(rendered.split("\"").length, 5)
  })
})

describe("Message.personalize", () => {
  const base = Message.make({
    from: "news@example.com",
    to: "all@example.com",
    cc: "cc@example.com",
    subject: "News",
    attachments: [Attachment.bytes(new Uint8Array(300_000), { filename: "a.bin" })]
  })
  const rows: ReadonlyArray<Reader> = [{ email: "bob@example.org", name: "Bob", points: 1 }, eve]

  it.effect("makes a message for each row, to that row alone", () =>
    Effect.gen(function*() {
      const messages = Chunk.toReadonlyArray(
        yield* Stream.runCollect(Message.personalize(base, rows, {
          to: ({ email, name }) => ({ address: email, name }),
          subject: text`Hello ${"name"}`,
          html: html`<p>${"name"}</p>`,
          listUnsubscribe: url`https://e.com/${"email"}`,
          change: (message, { points }) => Message.header(message, "X-Points", String(points))
        }))
      )
      const [bob] = messages
      assert.strictEqual(messages.length, 2)
      assert.deepStrictEqual(messages.map(Message.recipients), [["bob@example.org"], ["eve@example.org"]])
      assert.deepStrictEqual(bob?.cc, [])
      assert.strictEqual(bob?.subject, "Hello Bob")
      assert.deepStrictEqual(bob?.html, Option.some("<p>Bob</p>"))
      assert.deepStrictEqual(bob?.text, Option.none())
      assert.deepStrictEqual(bob?.listUnsubscribe, ["https://e.com/bob%40example.org"])
      assert.deepStrictEqual(bob?.headers, [["X-Points", "1"]])
      assert.strictEqual(bob?.attachments[0], base.attachments[0])
    }))

  it.effect("takes a stream, and leaves a bad row to the check of its message", () =>
    Effect.gen(function*() {
      const bad = { email: "no address", name: "x\r\ny", points: 0 }
      const outcomes = yield* Message.personalize(base, Stream.make(...rows, bad), {
        to: ({ email }) => email,
        subject: text`${"name"}`
      }).pipe(Stream.mapEffect((message) => Effect.isSuccess(Outgoing.prepare(message))), Stream.runCollect)
      assert.deepStrictEqual(Chunk.toReadonlyArray(outcomes), [true, true, false])
    }))

  it.live("encodes what all of them share once", () =>
    Effect.gen(function*() {
      const octets: Array<Uint8Array> = []
      yield* Message.personalize(base, rows, { to: ({ email }) => email }).pipe(
        Stream.mapEffect((message) => Effect.flatMap(Outgoing.prepare(message), Mime.render)),
        Stream.runForEach((bytes) => Effect.sync(() => void octets.push(bytes)))
      )
      const [first, second] = octets.map((bytes) => /AAAA[^]*AAAA/.exec(new TextDecoder().decode(bytes))?.[0])
      assert.strictEqual(first, second)
      assert.isAbove(first?.length ?? 0, 400_000)
    }))
})
