/** The entry of `effect-mail`. Each command's work is loaded when it is asked for. */
import type { Command } from "./command/Command.js"

const version = "0.1.0"

const commands: ReadonlyArray<
  readonly [name: string, summary: string, load: () => Promise<{ readonly command: Command }>]
> = [
  ["dev", "an SMTP server and a page that shows what it gets", () => import("./commands/dev.js")],
  ["send", "sends a message, or one to each row of a CSV file", () => import("./commands/send.js")],
  ["check", "checks the connection to the mail server, step by step", () => import("./commands/check.js")],
  ["render", "writes a message as SMTP would carry it", () => import("./commands/render.js")],
  ["preview", "shows messages of a program in the page, without sending", () => import("./commands/preview.js")],
  ["inbox", "shows a folder of messages, or waits for one in a running inbox", () => import("./commands/inbox.js")]
]

const width = (): number => Math.max(40, Math.min(100, process.stdout.columns ?? 80))

const main = async (args: ReadonlyArray<string>): Promise<number> => {
  const [name, ...rest] = args
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${version}\n`)
    return 0
  }
  const { commandHelp, overview } = await import("./command/help.js")
  const help = (): string => overview(commands.map(([one, summary]) => [one, summary]), width())
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    ;(name === undefined ? process.stderr : process.stdout).write(help())
    return name === undefined ? 2 : 0
  }
  const found = commands.find(([one]) => one === name)
  if (found === undefined) {
    process.stderr.write(`There is no command ${JSON.stringify(name)}.\n\n${help()}`)
    return 2
  }
  const { command } = await found[2]()
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(commandHelp(command, width()))
    return 0
  }
  const { run } = await import("./command/run.js")
  return run(command, rest)
}

// A reader that goes away, such as `head`, is no failure; without standard error there is only nothing to say.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0)
  throw error
})
process.stderr.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error
})

process.exitCode = await main(process.argv.slice(2))
