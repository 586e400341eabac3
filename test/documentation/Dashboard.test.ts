/**
 * The dashboard of `docs/grafana-dashboard.json`, and the tables of `docs/observability.md`: each name in them is one of the code.
 */
import { MailMetrics } from "@effect-mail/core"
import { OutboxMetrics } from "@effect-mail/outbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Metric, MetricKeyType, Schema } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "./Snippets.js"

const Dashboard = Schema.parseJson(Schema.Struct({
  title: Schema.NonEmptyString,
  panels: Schema.NonEmptyArray(Schema.Struct({
    title: Schema.NonEmptyString,
    targets: Schema.NonEmptyArray(Schema.Struct({ expr: Schema.NonEmptyString }))
  }))
}))

const read = (path: string): string => readFileSync(join(root, path), "utf8")

const sources = ["core", "backends", "outbox"].flatMap((name) =>
  readdirSync(join(root, "packages", name, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => read(`packages/${name}/src/${path}`))
).join("\n")

/** The metrics of the library, by their names and kinds. */
const metrics = Effect.gen(function*() {
  // A metric is in the snapshot from the first time on that it is asked for.
  for (const module of [MailMetrics, OutboxMetrics]) {
    for (const metric of Object.values(module)) metric.unsafeValue([])
  }
  return Array.from(yield* Metric.snapshot, ({ metricKey: { keyType, name } }) => ({
    name,
    isCounter: MetricKeyType.isCounterKey(keyType)
  })).filter(({ name }) => /^(mail|outbox)\./.test(name))
})

const inPrometheus = ({ isCounter, name }: { readonly isCounter: boolean; readonly name: string }): string =>
  `${name.replaceAll(".", "_")}${isCounter ? "_total" : ""}`

const words = (text: string, pattern: RegExp): ReadonlySet<string> =>
  new Set(Array.from(text.matchAll(pattern), ([, word = ""]) => word))

describe("The dashboard", () => {
  it.effect("shows each metric, and none that is not there", () =>
    Effect.gen(function*() {
      const { panels } = yield* Schema.decode(Dashboard)(read("docs/grafana-dashboard.json"))
      const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join("\n")
      const named = words(queries.replaceAll(/by \([^)]*\)/g, ""), /\b((?:mail_client|outbox)_[a-z_]+)\b(?=[[{)])/g)
      assert.deepStrictEqual(named, new Set((yield* metrics).map(inPrometheus)))
      const tags = words(queries, /(?:by \(|, |[{,])([a-z]+(?:_[a-z]+)+)(?=[,)=!])/g)
      assert.isAbove(tags.size, 3)
      for (const tag of tags) assert.match(sources, new RegExp(`"${tag.replaceAll("_", "[._]")}"`), tag)
    }))
})

describe("The page about observability", () => {
  it.effect("has a row for each metric", () =>
    Effect.gen(function*() {
      const rows = words(read("docs/observability.md"), /^\| `((?:mail|outbox)\.[a-z_.]+)` \| (?:counter|gauge)/gm)
      assert.deepStrictEqual(rows, new Set((yield* metrics).map(({ name }) => name)))
    }))

  it("names spans and attributes that are made", () => {
    const spans = read("docs/observability.md").split("## Spans")[1]?.split("\n## ")[0] ?? ""
    const names = words(spans, /`([a-z]+\.[a-z_.]+)`/g)
    assert.isAbove(names.size, 10)
    for (const name of names) assert.include(sources, `"${name}"`)
  })
})
