/**
 * Pictures of the history, as SVG: bars of the last run, and lines over all runs. They bring their own background, so that they can
 * be read on a light and on a dark page.
 */
import { Option, Record } from "effect"
import { type Entry, series } from "./History.js"

interface Bar {
  readonly name: string
  readonly measure: string
}

const width = 720

const style = `<style>
  .ground { fill: #ffffff; stroke: #d8d8de } .ink { fill: #22222a } .faint { fill: #5c5c66 } .grid { stroke: #e4e4ea }
  .bar { fill: #2f74c0 } .other { fill: #9a9aa6 } .whisker { stroke: #22222a } .line { stroke: #2f74c0; fill: none }
  text { font: 13px system-ui, sans-serif }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #1e1e22; stroke: #3c3c44 } .ink { fill: #ececf1 } .faint { fill: #a6a6b2 } .grid { stroke: #34343c }
    .bar { fill: #6aa9ea } .other { fill: #74747f } .whisker { stroke: #ececf1 } .line { stroke: #6aa9ea }
  }
</style>`

const text = (x: number, y: number, content: string, kind = "ink", anchor = "start"): string =>
  `<text x="${x}" y="${y}" class="${kind}" text-anchor="${anchor}">${content}</text>`

const picture = (height: number, title: string, until: string, parts: ReadonlyArray<string>): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" data-until="${until}">`,
    `<title>${title}</title>`,
    style,
    `<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    text(20, 30, title),
    ...parts,
    "</svg>\n"
  ].join("\n")

/** A step of 1, 2 or 5 times a power of ten, so that at most six of them reach `max`. */
const stepTo = (max: number): number => {
  const power = 10 ** Math.floor(Math.log10(max / 6))
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => max / step <= 6) ?? power * 10
}

const ticks = (max: number): ReadonlyArray<number> => {
  const step = stepTo(max)
  return Array.from({ length: Math.floor(max / step) + 1 }, (_, i) => i * step)
}

const left = 210
const right = 60

/** The medians of the last run as bars, with their quartiles. `unit` is behind each number. */
export const bars = (title: string, entry: Entry, rows: ReadonlyArray<Bar>, unit: string): string => {
  const known = rows.flatMap(({ measure, name }) =>
    Option.match(Record.get(entry.measures, measure), {
      onNone: () => [],
      onSome: (summary) => [{ name, ...summary }]
    })
  )
  const max = Math.max(1, ...known.map(({ upper }) => upper))
  const x = (value: number) => Math.round(left + (value / max) * (width - left - right))
  const bottom = 56 + known.length * 28
  const grid = ticks(max).flatMap((value) => [
    `<line class="grid" x1="${x(value)}" x2="${x(value)}" y1="48" y2="${bottom}"/>`,
    text(x(value), bottom + 18, String(value), "faint", "middle")
  ])
  const drawn = known.flatMap(({ lower, median, name, upper }, i) => {
    const y = 56 + i * 28
    return [
      text(left - 12, y + 14, name, "ink", "end"),
      `<rect class="${name.startsWith("nodemailer") ? "other" : "bar"}" x="${left}" y="${y}" width="${
        Math.max(1, x(median) - left)
      }" height="18" rx="2"/>`,
      `<line class="whisker" x1="${x(lower)}" x2="${x(upper)}" y1="${y + 9}" y2="${y + 9}"/>`,
      text(x(upper) + 8, y + 14, `${median}${unit}`, "faint")
    ]
  })
  return picture(bottom + 34, title, entry.date, [...grid, ...drawn])
}

/** How some ratios went over the runs, from the first to the last. */
export const lines = (title: string, entries: ReadonlyArray<Entry>, rows: ReadonlyArray<Bar>, unit: string): string => {
  const known = rows.map(({ measure, name }) => ({ name, points: series(entries, measure) }))
  const max = Math.max(1, ...known.flatMap(({ points }) => points.map(({ upper }) => upper)))
  const places = new Map(entries.map(({ date }, i) => [date, i]))
  const step = (width - left - right) / Math.max(1, entries.length - 1)
  const x = (date: string) => Math.round(left + (places.get(date) ?? 0) * step)
  const y = (value: number) => Math.round(260 - (value / max) * 200)
  const grid = ticks(max).flatMap((value) => [
    `<line class="grid" x1="${left}" x2="${width - right}" y1="${y(value)}" y2="${y(value)}"/>`,
    text(left - 8, y(value) + 4, `${value}${unit}`, "faint", "end")
  ])
  const days = entries.filter((_, i) => i === 0 || i === entries.length - 1).map(({ date }) =>
    text(x(date), 282, date.slice(0, 10), "faint", "middle")
  )
  const drawn = known.flatMap(({ name, points }) => {
    const [first, last] = [points.at(0), points.at(-1)]
    if (first === undefined || last === undefined) return []
    const path = points.map(({ date, median }) => `${x(date)},${y(median)}`).join(" ")
    return [
      text(20, y(first.median) + 4, name),
      `<polyline class="line" points="${path}"/>`,
      ...points.map(({ date, lower, median, upper }) =>
        `<line class="whisker" x1="${x(date)}" x2="${x(date)}" y1="${y(lower)}" y2="${y(upper)}"/>`
        + `<circle class="bar" cx="${x(date)}" cy="${y(median)}" r="4"/>`
      ),
      text(x(last.date) + 10, y(last.median) - 6, `${last.median}${unit}`, "faint")
    ]
  })
  return picture(300, title, entries.at(-1)?.date ?? "", [...grid, ...days, ...drawn])
}

const ways: ReadonlyArray<readonly [name: string, measure: string]> = [
  ["Mail.sendAll", "sendAll"],
  ["Mail.sendStream", "sendStream"],
  ["Mail.send", "send"],
  ["nodemailer, not pooled", "transporter"]
]

/** The pictures of `docs/performance.md`, by the names of their files. */
export const plots = (entries: ReadonlyArray<Entry>): Readonly<Record<string, string>> => {
  const last = entries.at(-1)
  return last === undefined ? {} : {
    "performance-sending.svg": bars(
      "Sending over 5 connections: times as fast as nodemailer's pool",
      last,
      ways.map(([name, way]) => ({ name, measure: `sending.5.againstPool.${way}` })),
      "x"
    ),
    "performance-rendering.svg": bars(
      "Making and rendering: times as fast as nodemailer's composer",
      last,
      [
        ["short, ASCII", "ascii"],
        ["2 KB text and html", "letter"],
        ["the same text for all", "newsletter"],
        ["20 recipients", "manyRecipients"],
        ["3 small attachments", "smallFiles"],
        ["one 10 MB attachment", "largeFile"]
      ].map(([name = "", kind]) => ({ name, measure: `rendering.${kind}.wholeWay` })),
      "x"
    ),
    "performance-history.svg": lines(
      "Run by run: times as fast as nodemailer",
      entries,
      [
        { name: "rendering a letter", measure: "rendering.letter.render" },
        { name: "sendAll, 5 connections", measure: "sending.5.againstPool.sendAll" }
      ],
      "x"
    )
  }
}
