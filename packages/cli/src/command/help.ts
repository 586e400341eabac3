import type { Command, Option } from "./Command.js"

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

const rows = (pairs: ReadonlyArray<readonly [string, string]>, width: number): ReadonlyArray<string> => {
  const first = Math.min(34, Math.max(...pairs.map(([one]) => one.length)) + 2)
  return pairs.flatMap(([one, other]) => {
    const lines = wrap(other, Math.max(20, width - first - 2))
    const start = one.length + 2 > first ? [`  ${one}`] : []
    return [
      ...start,
      ...lines.map((line, i) => `  ${(i === 0 && start.length === 0 ? one : "").padEnd(first)}${line}`)
    ]
  })
}

const meaningOf = ({ default: standard, isMultiple, meaning }: Option): string =>
  `${meaning}${isMultiple === true ? " (again for more)" : ""}${standard === undefined ? "" : `. Default: ${standard}`}`

/** The help of one command. */
export const commandHelp = ({ examples, exits, name, options, summary, usage }: Command, width: number): string =>
  [
    ...wrap(summary, width),
    "",
    `Usage: effect-mail ${name}${usage === "" ? "" : ` ${usage}`}`,
    "",
    "Examples:",
    ...examples.flatMap(([command, meaning]) => [`  $ ${command}`, `      ${meaning}`]),
    ...options.length === 0 ? [] : ["", "Options:"],
    ...options.length === 0 ? [] : rows(options.map((option) => [left(option), meaningOf(option)]), width),
    "",
    "Exit codes:",
    ...rows(exits.map(([code, meaning]) => [String(code), meaning]), width),
    ""
  ].join("\n")

/** The help of the whole program. */
export const overview = (commands: ReadonlyArray<readonly [name: string, summary: string]>, width: number): string =>
  [
    "See, send and check e-mail from the command line.",
    "",
    "Usage: effect-mail COMMAND [options]",
    "",
    "Commands:",
    ...rows(commands, width),
    "",
    "  effect-mail COMMAND --help says more. Answers go to standard output, everything else to standard error.",
    "  The server is the one of EMAIL_URL: smtp://user:password@host:port",
    ""
  ].join("\n")
