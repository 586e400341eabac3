import { Dkim } from "@effect-mail/core"
import { SenderDomain } from "@effect-mail/inbound"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Layer } from "effect"
import { generateKeyPairSync } from "node:crypto"

const domain = "mail.example.com"

const rsaRecord = (modulusLength: number) =>
  `v=DKIM1; k=rsa; p=${
    generateKeyPairSync("rsa", { modulusLength }).publicKey.export({ type: "spki", format: "der" }).toString("base64")
  }`

const of = (subject: SenderDomain.Advice["subject"], options: SenderDomain.Options, records: SenderDomain.Records) =>
  SenderDomain.advise(options, records).find((advice) => advice.subject === subject)

describe("SenderDomain.advise", () => {
  it("judges SPF", () => {
    const table: ReadonlyArray<readonly [SenderDomain.Advice["status"], ReadonlyArray<string>]> = [
      ["missing", []],
      ["missing", ["other", "v=spf10 -all"]],
      ["good", ["v=spf1 include:_spf.example.net -all", "other"]],
      ["good", ["v=spf1 include:_spf.example.net redirect=_spf.example.org"]],
      ["good", ["v=spf1 INCLUDE:_SPF.example.net ~all"]],
      ["weak", ["v=spf1 include:_spf.example.net ?all"]],
      ["weak", ["v=spf1 include:_spf.example.net"]],
      ["wrong", ["v=spf1 include:_spf.example.net +all"]],
      ["wrong", ["v=spf1 include:_spf.example.net all"]],
      ["wrong", ["v=spf1 -all", "v=spf1 ~all"]],
      ["wrong", ["v=spf1 inculde:_spf.example.net -all"]],
      ["wrong", [`v=spf1 include:_spf.example.net ${"mx ".repeat(10)}-all`]],
      ["wrong", ["v=spf1 ip4:192.0.2.1 -all"]]
    ]
    for (const [status, records] of table) {
      const advice = of("SPF", { domain, include: "_spf.example.net" }, { [domain]: records })
      assert.strictEqual(advice?.status, status, records.join())
    }
    assert.deepStrictEqual(
      of("SPF", { domain, include: "x.example" }, { [domain]: ["v=spf1 ip4:192.0.2.1 -all"] })?.publish,
      { name: domain, value: "v=spf1 ip4:192.0.2.1 include:x.example -all" }
    )
  })

  it("counts what receivers have to ask for SPF, over all that it includes", () => {
    const hosts = (count: number) => Array.from({ length: count }, (_, i) => `a:h${i}.example`).join(" ")
    const table: ReadonlyArray<readonly [SenderDomain.Advice["status"], RegExp, SenderDomain.Records]> = [
      ["good", /, 1 of 10 lookups/, { [domain]: ["v=spf1 mx -all"] }],
      ["good", /found: /, { [domain]: ["v=spf1 include:one.example -all"] }],
      ["good", /, 10 of 10/, {
        [domain]: ["v=spf1 include:one.example -all"],
        "one.example": [`v=spf1 ${hosts(9)} -all`]
      }],
      ["wrong", /more than 10/, {
        [domain]: ["v=spf1 include:one.example -all"],
        "one.example": [`v=spf1 ${hosts(10)} -all`]
      }],
      ["wrong", /more than 10/, {
        [domain]: ["v=spf1 include:one.example include:ONE.example. -all"],
        "one.example": [`v=spf1 ${hosts(5)} -all`]
      }],
      ["good", /, 2 of 10/, { [domain]: ["v=spf1 redirect=one.example"], "one.example": ["v=spf1 mx -all"] }],
      ["good", /, 0 of 10/, { [domain]: ["v=spf1 redirect=one.example -all"] }],
      ["good", /, 1 of 10/, { [domain]: ["v=spf1 exists:%{i}.one.example -all"] }],
      ["good", /, 1 of 10/, { [domain]: ["v=spf1 include:%{d}.one.example -all"] }],
      ["wrong", /one\.example, which it includes, has no SPF record/, {
        [domain]: ["v=spf1 include:one.example -all"],
        "one.example": ["other"]
      }],
      ["wrong", /has 2 SPF records/, {
        [domain]: ["v=spf1 include:one.example -all"],
        "one.example": ["v=spf1 -all", "v=spf1 ~all"]
      }],
      ["wrong", /includes itself/, { [domain]: [`v=spf1 include:${domain} -all`] }],
      ["wrong", /includes itself/, {
        [domain]: ["v=spf1 include:one.example -all"],
        "one.example": ["v=spf1 include:two.example -all"],
        "two.example": ["v=spf1 include:one.example -all"]
      }]
    ]
    for (const [status, words, records] of table) {
      const advice = of("SPF", { domain }, records)
      assert.strictEqual(advice?.status, status, JSON.stringify(records))
      assert.match(advice?.text ?? "", words)
    }
    const known = { [domain]: ["v=spf1 include:one.example include:two.example -all"], "one.example": ["v=spf1 -all"] }
    assert.notInclude(SenderDomain.names({ domain }), "two.example")
    assert.include(SenderDomain.names({ domain }, known), "two.example")
  })

  it("counts in little time, however many records include each other", () => {
    const names = Array.from({ length: 40 }, (_, i) => `n${i}.example`)
    const all = names.map((name) => `include:${name}`).join(" ")
    const records = Object.fromEntries([domain, ...names].map((name) => [name, [`v=spf1 ${all} -all`]]))
    assert.strictEqual(of("SPF", { domain }, records)?.status, "wrong")
  })

  it.effect("judges DKIM, and compares it with the key that signs", () =>
    Effect.gen(function*() {
      const { record } = yield* Dkim.generate()
      const { record: ed25519 } = yield* Dkim.generate("ed25519")
      const name = `s1._domainkey.${domain}`
      const table: ReadonlyArray<readonly [SenderDomain.Advice["status"], ReadonlyArray<string>]> = [
        ["missing", []],
        ["missing", ["v=spf1 -all"]],
        ["good", [record]],
        ["good", [record.replace("v=DKIM1; k=rsa; ", "")]],
        ["good", [ed25519]],
        ["good", [rsaRecord(4096)]],
        ["weak", [rsaRecord(1024)]],
        ["weak", [`${record}; t=y:s`]],
        ["wrong", [rsaRecord(512)]],
        ["wrong", ["v=DKIM1; p="]],
        ["wrong", [`${record}!`]],
        ["wrong", [ed25519.slice(0, -8)]],
        ["wrong", [record, record]],
        ["wrong", [record.replace("rsa", "dsa")]]
      ]
      for (const [status, records] of table) {
        const advice = of("DKIM", { domain, selectors: ["s1"] }, { [name]: records })
        assert.strictEqual(advice?.status, status, records.join())
      }
      const options = { domain, selectors: ["s1"], dkimRecord: record }
      assert.strictEqual(of("DKIM", options, { [name]: [record.replace("p=", "p= ")] })?.status, "good")
      const other = of("DKIM", options, { [name]: [rsaRecord(2048)] })
      assert.strictEqual(other?.status, "wrong")
      assert.deepStrictEqual(other?.publish, { name, value: record })
      assert.strictEqual(of("DKIM", { domain }, {})?.status, "unknown")
    }))

  it("judges DMARC, also that of a parent", () => {
    const table: ReadonlyArray<readonly [SenderDomain.Advice["status"], SenderDomain.Records]> = [
      ["missing", {}],
      ["missing", { "_dmarc.com": ["v=DMARC1; p=none"] }],
      ["good", { [`_dmarc.${domain}`]: ["v=DMARC1; p=reject; rua=mailto:a@example.com"] }],
      ["good", { "_dmarc.example.com": ["v=DMARC1;p=none;rua=mailto:a@example.com"] }],
      ["weak", { "_dmarc.example.com": ["v=DMARC1; p=none"] }],
      ["wrong", { "_dmarc.example.com": ["v=DMARC1; p=nothing"] }],
      ["wrong", { "_dmarc.example.com": ["v=DMARC1; rua=mailto:a@example.com"] }],
      ["wrong", { "_dmarc.example.com": ["v=DMARC1; p=none", "v=DMARC1; p=reject"] }]
    ]
    for (const [status, records] of table) {
      assert.strictEqual(of("DMARC", { domain }, records)?.status, status, JSON.stringify(records))
    }
  })

  const record = fc.oneof(
    fc.string(),
    fc.string().map((text) => `v=spf1 ${text}`),
    fc.string().map((text) => `v=DKIM1; p=${text}`)
  )

  it.prop(
    "gives one printable line for each, whatever is published",
    [fc.array(record, { maxLength: 3 })],
    ([records]) => {
      const names = SenderDomain.names({ domain, selectors: ["s1"] })
      const advices = SenderDomain.advise(
        { domain, selectors: ["s1"] },
        Object.fromEntries(names.map((name) => [name, records]))
      )
      assert.deepStrictEqual(advices.map(({ subject }) => subject), ["SPF", "DKIM", "DMARC"])
      for (const { text } of advices) assert.match(text, /^[\x20-\x7e]{1,400}$/)
    }
  )
})

describe("SenderDomain.check", () => {
  const resolver = (records: SenderDomain.Records, silent: ReadonlyArray<string> = []) =>
    Layer.succeed(SenderDomain.Resolver, {
      txt: (name) =>
        silent.includes(name)
          ? Effect.fail(new SenderDomain.ResolverError({ name, cause: "timeout" }))
          : Effect.succeed(records[name] ?? [])
    })

  it.effect("asks the DNS for what it must know, and tells what gave no answer", () =>
    Effect.gen(function*() {
      const records = {
        [domain]: ["v=spf1 -all"],
        "_dmarc.example.com": ["v=DMARC1; p=none; rua=mailto:a@example.com"]
      }
      const statuses = (silent: ReadonlyArray<string>) =>
        SenderDomain.check({ domain, selectors: ["s1"] }).pipe(
          Effect.map((advices) => advices.map(({ status }) => status)),
          Effect.provide(resolver(records, silent))
        )
      assert.deepStrictEqual(yield* statuses([]), ["good", "missing", "good"])
      assert.deepStrictEqual(yield* statuses([`s1._domainkey.${domain}`]), ["good", "unknown", "good"])
      assert.deepStrictEqual(yield* statuses([domain, "_dmarc.example.com"]), ["unknown", "missing", "unknown"])
    }))
})

describe("SenderDomain.check over SPF", () => {
  it.effect("asks for what is included, each name once, and ends", () =>
    Effect.gen(function*() {
      const asked: Array<string> = []
      const txt = (name: string) =>
        Effect.sync(() => {
          asked.push(name)
          const depth = Number(/^n(\d+)/.exec(name)?.[1] ?? -1)
          return name.startsWith("_dmarc") ? [] : [`v=spf1 include:n${depth + 1}.example -all`]
        })
      const [spf] = yield* SenderDomain.check({ domain: "deep.example" }).pipe(
        Effect.provideService(SenderDomain.Resolver, { txt })
      )
      assert.strictEqual(spf?.status, "wrong")
      assert.strictEqual(new Set(asked).size, asked.length)
      assert.isBelow(asked.length, 16)
    }))
})

describe("SenderDomain.zoneLine", () => {
  it("cuts long records into strings", () => {
    assert.strictEqual(
      SenderDomain.zoneLine({ name: "a.example", value: "x\"y\\" }),
      "a.example. IN TXT \"x\\\"y\\\\\""
    )
    const line = SenderDomain.zoneLine({ name: "a.example", value: "x".repeat(300) })
    assert.strictEqual(line, `a.example. IN TXT ( "${"x".repeat(255)}" "${"x".repeat(45)}" )`)
  })
})
