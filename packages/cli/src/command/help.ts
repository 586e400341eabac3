import type { Command, Option } from "./Command.js"
import type { Group } from "./Group.js"

const left = ({ name, short, value }: Option): string =>
  `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`

/** Text in lines no longer than a width. */
const wrap = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > width) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** Two columns; what is on the left has a line of its own where both do not fit. */
const rows = (pairs: ReadonlyArray<readonly [string, string]>, width: number): ReadonlyArray<string> => {
  const widest = Math.max(...pairs.map(([one]) => one.length)) + 2
  const isNarrow = width < 60
  const first = isNarrow ? (widest <= 12 ? widest : 4) : Math.min(34, widest)
  return pairs.flatMap(([one, other]) => {
    const lines = wrap(other, Math.max(20, width - first - 2))
    const start = one.length + 2 > first ? wrap(one, width - 2).map((line) => `  ${line}`) : []
    return [
      ...start,
      ...lines.map((line, i) => `  ${(i === 0 && start.length === 0 ? one : "").padEnd(first)}${line}`)
    ]
  })
}

const meaningOf = ({ default: standard, isMultiple, meaning }: Option): string =>
  `${meaning}${isMultiple === true ? " (again for more)" : ""}${standard === undefined ? "" : `. Default: ${standard}`}`

/** The help of one command. What is to be copied, the usage and the examples, is never broken. */
export const commandHelp = ({ examples, exits, name, options, summary, usage }: Command, width: number): string =>
  [
    ...wrap(summary, width),
    "",
    `Usage: effect-mail ${name}${usage === "" ? "" : ` ${usage}`}`,
    "",
    "Examples:",
    ...examples.flatMap(([command, meaning]) => [
      `  $ ${command}`,
      ...wrap(meaning, width - 6).map((line) => `      ${line}`)
    ]),
    ...options.length === 0 ? [] : ["", "Options:"],
    ...options.length === 0 ? [] : rows(options.map((option) => [left(option), meaningOf(option)]), width),
    "",
    "Exit codes:",
    ...rows(exits.map(([code, meaning]) => [String(code), meaning]), width),
    ""
  ].join("\n")

/** The help of the program, or of commands of one subject. */
export const groupHelp = ({ commands, name, notes, summary }: Group, width: number): string =>
  [
    ...wrap(summary, width),
    "",
    `Usage: effect-mail ${name === "" ? "" : `${name} `}COMMAND [options]`,
    "",
    "Commands:",
    ...rows(commands.map(([one, meaning]) => [one, meaning]), width),
    "",
    ...notes.flatMap((note) => wrap(note, width - 2).map((line) => `  ${line}`)),
    ""
  ].join("\n")
