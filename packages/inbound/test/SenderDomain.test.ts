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
      ["wrong", /it includes one\.example, which has no SPF record/, {
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

describe("SenderDomain.check of SPF", () => {
  const published = (records: SenderDomain.Records, isThere?: (name: string, type: string) => boolean) => {
    const asked: Array<string> = []
    const layer = Layer.succeed(SenderDomain.Resolver, {
      txt: (name) =>
        Effect.sync(() => {
          asked.push(name)
          return records[name] ?? []
        }),
      has: isThere === undefined ? undefined : (name, type) => Effect.sync(() => isThere(name, type))
    })
    return Effect.map(
      Effect.provide(SenderDomain.check({ domain: "example.com" }), layer),
      ([spf]) => ({ status: spf?.status, text: spf?.text ?? "", asked })
    )
  }

  const including = (count: number, prefix: string) =>
    Array.from({ length: count }, (_, i) => `include:${prefix}${i}.example.net`).join(" ")

  it.effect("counts what is included, as receivers do", () =>
    Effect.gen(function*() {
      const leaves = (count: number, terms: string) =>
        Object.fromEntries(Array.from({ length: count }, (_, i) => [`i${i}.example.net`, [`v=spf1 ${terms} -all`]]))
      const record = (terms: string) => ({ "example.com": [`v=spf1 ${terms} -all`] })
      const five = record(including(5, "i"))
      assert.strictEqual((yield* published({ ...five, ...leaves(5, "mx") })).status, "good")
      assert.match((yield* published({ ...five, ...leaves(5, "mx a") })).text, /more than 10/)
      // What is behind `all` is not read.
      assert.strictEqual((yield* published({ ...five, ...leaves(5, "-all mx a ptr") })).status, "good")
      assert.match(
        (yield* published({ ...record("a"), "example.com": ["v=spf1 redirect=r.example.net"] })).text,
        /no SPF/
      )
      assert.match((yield* published(record("include:none.example.net"))).text, /none\.example\.net.*no SPF record/)
      const loop = { ...record("include:a.example.net"), "a.example.net": ["v=spf1 include:example.com -all"] }
      assert.match((yield* published(loop)).text, /includes itself/)
      assert.strictEqual((yield* published(record("include:%{i}.example.net exists:%{i}.example.net"))).status, "good")
    }))

  it.effect("counts names that the DNS does not have, where the resolver tells", () =>
    Effect.gen(function*() {
      const records = {
        "example.com": ["v=spf1 mx a:gone.example.com include:i.example.net -all"],
        "i.example.net": ["v=spf1 a exists:gone.example.net -all"]
      }
      const gone = (...names: ReadonlyArray<string>) => (name: string, type: string) =>
        !names.includes(`${type} ${name}`)
      assert.strictEqual((yield* published(records)).status, "good")
      assert.strictEqual(
        (yield* published(records, gone("A gone.example.com", "A gone.example.net"))).status,
        "good"
      )
      const three = yield* published(records, gone("A gone.example.com", "A gone.example.net", "MX example.com"))
      assert.match(three.text, /3 names that the DNS does not have/)
    }))

  it.effect("asks for a bounded number of names, whatever is published", () =>
    Effect.gen(function*() {
      const wide: Record<string, ReadonlyArray<string>> = { "example.com": [`v=spf1 ${including(100, "i")} -all`] }
      for (let i = 0; i < 100; i++) wide[`i${i}.example.net`] = [`v=spf1 ${including(100, "i")} -all`]
      const { asked, status } = yield* published(wide)
      assert.strictEqual(status, "wrong")
      assert.isBelow(asked.length, 30)
    }))
})

describe("alignment", () => {
  it("goes by the public suffix list", () => {
    const table: ReadonlyArray<readonly [string, string]> = [
      ["example.com", "example.com"],
      ["a.b.EXAMPLE.co.uk.", "example.co.uk"],
      ["co.uk", "co.uk"],
      ["shop.github.io", "shop.github.io"],
      ["localhost", "localhost"]
    ]
    for (const [domain, organization] of table) {
      assert.strictEqual(SenderDomain.organizationalDomain(domain), organization)
    }
    assert.deepStrictEqual(
      SenderDomain.names({ domain: "a.example.co.uk" }),
      ["a.example.co.uk", "_dmarc.a.example.co.uk", "_dmarc.example.co.uk"]
    )
  })

  it("is judged by the domains that sign, and that mail returns to", () => {
    const status = (options: Partial<SenderDomain.Options>, tags = "") =>
      of("DMARC", { domain: "shop.example.co.uk", ...options }, {
        "_dmarc.example.co.uk": [`v=DMARC1; p=none; rua=mailto:a@example.co.uk${tags}`]
      })?.status
    assert.strictEqual(status({}), "good")
    assert.strictEqual(status({ signingDomain: "mail.example.co.uk" }), "good")
    assert.strictEqual(status({ signingDomain: "other.co.uk" }), "wrong")
    assert.strictEqual(status({ signingDomain: "mail.example.co.uk" }, "; adkim=s"), "wrong")
    assert.strictEqual(status({ signingDomain: "other.co.uk", returnPathDomain: "b.example.co.uk" }), "good")
    assert.strictEqual(
      status({ signingDomain: "other.co.uk", returnPathDomain: "b.example.co.uk" }, "; aspf=s"),
      "wrong"
    )
  })
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
