import { assert, describe, it } from "@effect/vitest"
import madge from "madge"
import { join } from "node:path"
import { codeLinesOf, identifiersOf, inPackage, packages, root, type Source, sourcesOf } from "./Sources.js"

/** The folders of a package, and what each of them may import: itself, these folders, and these public modules. */
type Table = Readonly<Record<string, ReadonlyArray<string>>>

const tables: Readonly<Record<string, Table>> = {
  core: {
    "internal/value": [],
    "internal/error": ["DeliveryReport"],
    "internal/address": [],
    "internal/mime": ["internal/value", "internal/address", "Address"],
    "internal/message": ["internal/value", "internal/mime", "Address", "Annotations", "MailError", "Template"],
    "internal/check": [
      "internal/value",
      "internal/error",
      "internal/address",
      "internal/mime",
      "internal/message",
      "Address",
      "Annotations",
      "DeliveryReport",
      "Envelope",
      "MailError"
    ],
    "internal/render": [
      "internal/value",
      "internal/address",
      "internal/mime",
      "internal/message",
      "Address",
      "Annotations",
      "Capability",
      "Envelope",
      "MailError"
    ],
    "internal/outgoing": [
      "internal/value",
      "internal/mime",
      "internal/message",
      "internal/check",
      "internal/render",
      "Annotations",
      "DeliveryReport",
      "Envelope",
      "MailConfig",
      "MailError",
      "Message"
    ],
    "internal/driver": ["internal/value", "internal/outgoing", "DeliveryReport", "MailError"],
    "internal/send": [
      "internal/message",
      "internal/outgoing",
      "internal/driver",
      "BatchReport",
      "DeliveryReport",
      "MailError",
      "MailMetrics",
      "Message"
    ],
    "internal/dkim": ["internal/value", "internal/outgoing", "MailError", "Mime", "Outgoing"],
    "internal/policy": [
      "internal/address",
      "internal/dkim",
      "internal/driver",
      "Address",
      "DeliveryReport",
      "MailBackend",
      "MailError",
      "Mime",
      "Outgoing"
    ]
  },
  backends: {
    "internal": [],
    "internal/output": [],
    "internal/config": ["internal/smtp", "BackendDefinition"],
    "internal/http": ["internal", "internal/config", "internal/http/*", "BackendDefinition"],
    "internal/http/request": ["internal/http"],
    "internal/http/exchange": ["internal", "internal/http"],
    "internal/provider": ["internal/http", "BackendDefinition", "HttpBackend"],
    "internal/sendmail": [],
    "internal/smtp": ["internal", "internal/smtp/*"],
    "internal/smtp/protocol": ["internal/smtp/protocol/*"]
  },
  testing: {
    "internal/contract": [],
    "internal/smtpScript": [],
    "internal/smtpServer": ["internal/smtpServer/*", "internal/smtpScript", "SmtpScript", "TestCertificates"],
    "internal/mail": [],
    "internal/mailbox": [],
    "internal/page": [],
    "internal/inbox/model": [],
    "internal/inbox/html": ["MailReader"],
    "internal/clients": [],
    "internal/inbox/checks": ["internal/inbox/model", "internal/clients", "internal/mail", "MailReader"],
    "internal/inbox/rules": ["internal/inbox/model", "SmtpScript"],
    "internal/inbox/store": ["internal/inbox/model", "internal/inbox/html", "internal/mail", "MailReader"],
    "internal/inbox/smtp": [
      "internal/inbox/model",
      "internal/inbox/rules",
      "internal/inbox/store",
      "internal/smtpServer",
      "SmtpScript",
      "TestCertificates"
    ],
    "internal/inbox/relay": ["internal/inbox/model", "internal/smtpServer", "DevInboxApi", "MailReader"],
    "internal/inbox/previews": ["internal/inbox/model", "internal/inbox/store"],
    "internal/inbox": [
      "internal/clients",
      "internal/inbox/previews",
      "internal/inbox/relay",
      "internal/mail",
      "internal/inbox/checks",
      "internal/inbox/model",
      "internal/inbox/rules",
      "internal/inbox/store",
      "DevInboxApi",
      "MailReader",
      "TestMailbox"
    ],
    "internal/inbox/http": [
      "internal/inbox",
      "internal/inbox/html",
      "internal/inbox/model",
      "internal/mail",
      "internal/page",
      "DevInboxApi",
      "MailReader"
    ]
  },
  outbox: {
    "internal/sqlite": [],
    "internal/model": ["OutboxError", "OutboxMessage"],
    "internal/content": ["internal/model", "OutboxMessage"],
    "internal/store": ["internal/content", "internal/model", "OutboxError", "OutboxMessage", "OutboxMigrations"],
    "internal/runner": ["internal/model", "OutboxError", "OutboxMessage", "OutboxMetrics"],
    "internal/http": ["Outbox", "OutboxApi", "OutboxError"]
  },
  inbound: {
    "internal": [],
    "internal/dns": [],
    "internal/notice": [],
    "internal/unsubscribe": [],
    "internal/webhook": ["internal", "ReplayGuard"]
  },
  content: {
    "internal": []
  }
}

/** The row of a folder: its own, else that of the nearest folder around it. */
const rowOf = (table: Table, folder: string): string | undefined =>
  folder === "" || folder in table ? folder : rowOf(table, folderOf(folder))

const folderOf = (path: string): string => path.split("/").slice(0, -1).join("/")

const isBelow = (path: string, folder: string): boolean => path.startsWith(`${folder}/`)

/** A row names folders, whose subfolders without a row belong to them, all that is below a folder, or a public module. */
const mayImport = (table: Table, row: string, path: string): boolean => {
  const importedRow = rowOf(table, folderOf(path))
  return importedRow === row ||
    (table[row] ?? []).some((allowed) =>
      allowed.endsWith("/*") ? isBelow(path, allowed.slice(0, -2)) : allowed === importedRow || `${allowed}.ts` === path
    )
}

const isOwn = (specifier: string): boolean => specifier.endsWith(".ts") && !specifier.startsWith("..")

/** What a folder imports although its row does not say so. */
const breaches = (table: Table, sources: ReadonlyArray<Source>): ReadonlyArray<string> =>
  sources.filter(({ folder }) => folder !== "").flatMap(({ folder, imports, path }) => {
    const row = rowOf(table, folder)
    if (row === undefined || row === "") return [`${path} is in a folder without a row`]
    return imports.filter(isOwn).filter((imported) => !mayImport(table, row, imported)).map((imported) =>
      `${path} imports ${imported}`
    )
  })

const maxFiles = 9
const maxLines = 300

/** Files that may be longer, each with the reason. Their code alone is held to the limit, unless it is a table. */
const longerFiles: Readonly<Record<string, "documentation" | "table">> = {
  "packages/content/src/Invite.ts": "documentation",
  "packages/core/src/Dkim.ts": "documentation",
  "packages/core/src/Mail.ts": "documentation",
  "packages/core/src/MailError.ts": "documentation",
  "packages/core/src/MailPolicy.ts": "documentation",
  "packages/core/src/Message.ts": "documentation",
  "packages/core/src/Outgoing.ts": "documentation",
  "packages/outbox/src/Outbox.ts": "documentation",
  "packages/inbound/src/Notice.ts": "documentation",
  "packages/inbound/src/ReturnPath.ts": "documentation",
  "packages/inbound/src/SenderDomain.ts": "documentation",
  "packages/testing/src/DevInbox.ts": "documentation",
  "packages/inbound/src/Suppressions.ts": "documentation",
  "packages/inbound/src/Webhook.ts": "documentation",
  "packages/test-kit/src/FailureCases.ts": "table"
}

const all = packages.map((name) => [name, sourcesOf(name)] as const)

describe("Imports", () => {
  for (const name of packages) {
    it(`of ${name} run in no circle, those of types included`, async () => {
      const src = join(root, "packages", name, "src")
      const graph = await madge(src, { baseDir: src, fileExtensions: ["ts"] })
      assert.isAbove(Object.values(graph.obj()).flat().length, 0)
      assert.deepStrictEqual(graph.circular(), [])
    })
  }

  for (const [name, table] of Object.entries(tables)) {
    it(`of the folders of ${name} are those of the table`, () => {
      assert.deepStrictEqual(breaches(table, sourcesOf(name)), [])
    })
  }

  it("that the table does not allow are found", () => {
    const source = { path: "internal/render/a.ts", folder: "internal/render", text: "", imports: [] }
    const table = { "internal/render": ["internal/mime", "Address"], "internal/mime": [], "internal/check": [] }
    const faults = (...imports: ReadonlyArray<string>) => breaches(table, [{ ...source, imports }]).length
    assert.strictEqual(faults("internal/mime/b.ts", "internal/render/b.ts", "Address.ts", "effect/Effect"), 0)
    assert.strictEqual(faults("internal/check/b.ts"), 1)
    assert.strictEqual(faults("Mail.ts"), 1)
    assert.strictEqual(breaches({}, [source]).length, 1)
  })

  it("do not leave their package by a path", () => {
    const leaving = all.flatMap(([name, sources]) =>
      sources.filter(({ imports }) => imports.some((specifier) => specifier.startsWith(".."))).map(({ path }) =>
        inPackage(name, path)
      )
    )
    assert.deepStrictEqual(leaving, [])
  })

  it("of core are nothing of Node", () => {
    const ofNode = sourcesOf("core").filter((source) =>
      source.imports.some((specifier) => specifier.startsWith("node:") || specifier.startsWith("nodemailer")) ||
      ["process", "Buffer", "require", "__dirname"].some((name) => identifiersOf(source).has(name))
    )
    assert.deepStrictEqual(ofNode.map(({ path }) => path), [])
  })

  it("of the providers over HTTP are nothing of Node", () => {
    const isOfHttp = (path: string) => isBelow(path, "internal/http")
    const providers = sourcesOf("backends").filter(({ imports, path }) => isOfHttp(path) || imports.some(isOfHttp))
    assert.isAbove(providers.length, 15)
    const ofNode = providers.filter((source) =>
      source.imports.some((specifier) => specifier.startsWith("node:") || isBelow(specifier, "internal/smtp")) ||
      ["process", "Buffer", "require", "__dirname"].some((name) => identifiersOf(source).has(name))
    )
    assert.deepStrictEqual(ofNode.map(({ path }) => path), [])
  })

  it("of the SMTP protocol are nothing of Node, and nothing of Effect's runtime", () => {
    const protocol = sourcesOf("backends").filter(({ path }) => isBelow(path, "internal/smtp/protocol"))
    assert.isAbove(protocol.length, 5)
    const impure = protocol.filter(({ imports }) =>
      imports.some((specifier) =>
        specifier === "effect" || specifier === "effect/Effect" || specifier.startsWith("node:")
      )
    )
    assert.deepStrictEqual(impure.map(({ path }) => path), [])
  })
})

describe("Internal folders", () => {
  for (const [name, sources] of all) {
    it(`of ${name} hold at most ${maxFiles} files`, () => {
      const counts = new Map<string, number>()
      for (const { folder } of sources) counts.set(folder, (counts.get(folder) ?? 0) + 1)
      const large = Array.from(counts)
        .filter(([folder, count]) => folder !== "" && count > maxFiles)
      assert.deepStrictEqual(large, [])
    })

    it(`of ${name} mark nothing as internal: the folder says it`, () => {
      const marked = sources.filter(({ folder, text }) => folder !== "" && text.includes("@internal"))
      assert.deepStrictEqual(marked.map(({ path }) => path), [])
    })
  }
})

describe("Files", () => {
  for (const [name, sources] of all) {
    it(`of ${name} have at most ${maxLines} lines`, () => {
      const long = sources
        .map((source) => ({ source, path: inPackage(name, source.path), lines: source.text.split("\n").length - 1 }))
        .filter(({ lines, path, source }) => {
          const reason = longerFiles[path]
          return lines > maxLines &&
            (reason === undefined || (reason === "documentation" && codeLinesOf(source) > maxLines))
        })
      assert.deepStrictEqual(long.map(({ lines, path }) => [path, lines]), [])
    })
  }
})
