/** Domains beside an implementation of UTS-46 that has a table of its own: never another domain, and never a laxer rule. */
import { Address } from "@effect-mail/core"
import { runs } from "@effect-mail/test-kit/Runs"
import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck, Option } from "effect"
import punycode from "punycode/punycode.js"
import tr46 from "tr46"

const strict = {
  checkBidi: true,
  checkHyphens: true,
  checkJoiners: true,
  transitionalProcessing: false,
  useSTD3ASCIIRules: true,
  verifyDNSLength: true
}

const parsed = (domain: string): string | undefined =>
  Option.getOrUndefined(Option.map(Either.getRight(Address.parse(`ada@${domain}`)), (address) => address.domain))

const reference = (domain: string): string | undefined => tr46.toASCII(domain, strict) ?? undefined

const accepted: Readonly<Record<string, string>> = {
  "bücher.example": "xn--bcher-kva.example",
  "BÜCHER.Example": "xn--bcher-kva.example",
  "STRAẞE.example": "xn--strae-oqa.example",
  "straße.example": "xn--strae-oqa.example",
  "ΒΌΛΟΣ.example": "xn--nxasmq6b.example",
  "βόλος.example": "xn--nxasmm1c.example",
  "日本。jp": "xn--wgv71a.jp",
  "日本．jp": "xn--wgv71a.jp",
  "ｅｘａｍｐｌｅ.com": "example.com",
  "пример.испытание": "xn--e1afmkfd.xn--80akhbyknj4f",
  "مثال.إختبار": "xn--mgbh0fb.xn--kgbechtv",
  "مثال۱.إختبار": "xn--mgbh0fb77f.xn--kgbechtv",
  "נָ.example": "xn--gdb3f.example",
  "نامه‌ای.example": "xn--mgba3gch31f060k.example",
  "क्‍ष.example": "xn--11b2ezcw70k.example",
  "l·l.example": "xn--ll-0ea.example",
  "a\u030a.example": "xn--5ca.example",
  "xn--bcher-kva.bücher": "xn--bcher-kva.xn--bcher-kva",
  "日本a.example": "xn--a-jn6bt1b.example",
  "₿.example": "xn--4zg.example"
}

const refused = [
  // Not an A-label, or not the one of its U-label.
  "xn--.example",
  "xn--a.example",
  "xn--a-.example",
  "xn--bcher-kva-.example",
  "xn--999999999.example",
  "xn--zca.xn--é.example",
  "xn--Bcher-KVA.xn--0.é",
  "xn--xn---epa.example",
  "xn--ab---ooa.example",
  "xn--a-1fa8a.xn--mgb1.example",
  // Hyphens and lengths.
  "-é.example",
  "é-.example",
  "ab--é.example",
  "ab--c.é",
  `${"é".repeat(60)}.example`,
  `${"é.".repeat(60)}example`,
  // What a URL has and a domain does not.
  "é.example.",
  ".é",
  "é..example",
  "é/example",
  "é\\example",
  "é?x",
  "é#x",
  "é:25",
  "b@é",
  "%65é.example",
  "é％41.example",
  "é_a.example",
  "＿é.example",
  "a℀é.example",
  "é＠b.example",
  "é[1]",
  // Numbers at the end.
  "1.2",
  "１.２",
  "é.1",
  "é.0x1",
  "127。0。0。1",
  // Directions: RFC 5893.
  "日א.example",
  "aא.example",
  "1א.example",
  "אa.example",
  "א١1.example",
  "٠.example",
  "1a.א",
  "א-.example",
  "xn--1-zhc.xn--a-0hc",
  // Joiners without a virama, or without letters that join.
  "a\u200cb.example",
  "\u200cé.example",
  "א\u200cל.example",
  "ا\u200cل.example",
  "ل\u200c\u200cا.example",
  "क्‍ष\u200dए.example",
  "xn--0ug.example",
  // What is not in the names of IDNA 2008.
  "\u0301é.example",
  "\u{1f600}.example",
  "a\u00adé.example",
  "≠.example",
  "⒈é.example"
]

const pieces = Array.from(
  "abxX019-.._e\u0301\u0308éßẞςΣσİıſ日本각가אבل١۱بد\u0640\u094d\u0915\u0937\u0942\u200c\u200dΩÅ。．％⁄①ﬁⅷ１ʰ·ͅ\u05f3%/"
).concat("xn--", "xn--a", "xn--bcher-kva", "xn--mgb", "1.2")

const domains = FastCheck.array(FastCheck.constantFrom(...pieces), { minLength: 1, maxLength: 9 }).map((parts) =>
  parts.join("")
)

describe("internationalized domains", () => {
  for (const [domain, ascii] of Object.entries(accepted)) {
    it(`${domain} is ${ascii}`, () => {
      assert.strictEqual(parsed(domain), ascii)
      assert.strictEqual(parsed(ascii), ascii)
    })
  }

  for (const domain of refused) {
    it(`${JSON.stringify(domain)} is none`, () => assert.isUndefined(parsed(domain)))
  }

  it.prop("are what the table says", [domains], ([domain]) => {
    const ascii = parsed(domain)
    if (ascii === undefined || /^[\x00-\x7f]*$/.test(domain)) return
    assert.strictEqual(ascii, reference(domain))
  }, runs(20_000))

  it.prop("decode what is encoded", [FastCheck.string({ unit: "grapheme", minLength: 1, maxLength: 30 })], ([text]) => {
    // Any code points: what is not a label is refused, and never another one.
    const label = `xn--${punycode.encode(text)}`
    if (parsed(`${label}.example`) !== undefined) assert.isFalse(tr46.toUnicode(label, strict).error)
  }, runs(5000))

  const places: Readonly<Record<string, (char: string) => string>> = {
    "by itself": (char) => `${char}.example`,
    "within a label": (char) => `a${char}b.example`,
    "between letters from right to left": (char) => `א${char}א.example`,
    "beside a label from right to left": (char) => `א.a${char}`
  }

  for (const [name, place] of Object.entries(places)) {
    it(`hold no character that the table refuses ${name}`, () => {
      for (let point = 0x80; point < 0x10000; point++) {
        if (point >= 0xd800 && point < 0xe000) continue
        // Of ideographs and Hangul, which are all alike, some.
        if (point >= 0x3400 && point < 0xd7a4 && point % 16 !== 0) continue
        const domain = place(String.fromCharCode(point))
        const ascii = parsed(domain)
        if (ascii !== undefined) assert.strictEqual(ascii, reference(domain), domain)
      }
    })
  }

  it("hold what the table has of the scripts that Unicode has long had", () => {
    for (let point = 0x80; point < 0x800; point++) {
      const char = String.fromCharCode(point)
      for (
        const domain of [`${char}.example`, `${char}a.example`, `a${char}b.example`, `xn--${punycode.encode(char)}.com`]
      ) {
        const isWord = /\p{Ll}|\p{Lo}/u.test(char)
        if (isWord) assert.strictEqual(parsed(domain), reference(domain), domain)
      }
    }
  })
})
