/**
 * The records of `docs/decisions`, and the page that lists them.
 */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "./Snippets.js"

export interface DecisionRecord {
  readonly file: string
  readonly number: number
  readonly title: string
  /** When it was decided, and when more was added. */
  readonly date: string
  readonly sections: ReadonlyArray<string>
  /** What is decided: the parts of the decision, or the title where it has none. */
  readonly decisions: ReadonlyArray<string>
}

const folder = join(root, "docs/decisions")

const matches = (text: string, pattern: RegExp): ReadonlyArray<string> =>
  Array.from(text.matchAll(pattern), ([, found = ""]) => found)

const read = (file: string): DecisionRecord => {
  const text = readFileSync(join(folder, file), "utf8")
  const [, number = "", title = ""] = /^# ([0-9]+)\. (.*)$/m.exec(text) ?? []
  const parts = matches(text, /^### (.*)$/gm)
  return {
    file,
    number: Number(number),
    title,
    date: matches(text, /^Date: (.*)$/gm)[0] ?? "",
    sections: matches(text, /^## (.*)$/gm),
    decisions: parts.length === 0 ? [title] : parts
  }
}

export const all: ReadonlyArray<DecisionRecord> = readdirSync(folder)
  .filter((name) => name.endsWith(".md") && name !== "README.md").sort().map(read)

const introduction = `# Decisions

What this library does where standards leave a choice, or where other mail libraries do something else, and why. Ids such
as \`A079\` are entries of [\`packages/test-kit/vectors\`](../../packages/test-kit/vectors).

A new decision is a new file with the next number: copy one, run \`npm run docs:decisions\`, and give it a row in
\`test/documentation/Decisions.test.ts\`. A decision that no longer holds says so in its first line, with a link to the one that
replaces it.

| | decision | date |
| --- | --- | --- |
`

const row = ({ date, decisions, file, number, title }: DecisionRecord): string => {
  const parts = decisions.filter((decision) => decision !== title)
  return `| ${number} | [${title}](${file})${parts.length === 0 ? "" : `: ${parts.join("; ")}`} | ${date} |\n`
}

export const index = `${introduction}${all.map(row).join("")}`
