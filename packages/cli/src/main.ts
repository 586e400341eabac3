#!/usr/bin/env node
/** The entry of `effect-mail`. Each command's work is loaded when it is asked for. */
import * as Module from "node:module"
import type { Group } from "./command/Group.js"

const version = "0.1.0"

const outbox: Group = {
  name: "outbox",
  summary: "Looks after the outbox of a program, in its database: effect-mail outbox COMMAND.",
  notes: [
    "The database is that of OUTBOX_URL or --database: a file of SQLite, or postgres://user:password@host/name.",
    "PostgreSQL needs the package pg beside effect-mail, SQLite on Node before 22.5 the package libsql."
  ],
  commands: [
    ["list", "lists messages, the latest first", () => import("./commands/outbox/list.js")],
    ["show", "shows all that is known of messages, with the dialogue", () => import("./commands/outbox/show.js")],
    ["counts", "counts by mailer and state, and watches limits", () => import("./commands/outbox/counts.js")],
    ["resolve", "says what became of messages that are unknown", () => import("./commands/outbox/message/resolve.js")],
    ["retry", "sends failed messages again", () => import("./commands/outbox/message/retry.js")],
    ["cancel", "takes messages back that were not sent yet", () => import("./commands/outbox/message/cancel.js")],
    ["pause", "pauses a mailer for all runners", () => import("./commands/outbox/pause.js")],
    ["resume", "lets a paused mailer send again", () => import("./commands/outbox/resume.js")],
    ["erase", "removes what is personal of settled messages", () => import("./commands/outbox/message/erase.js")],
    ["purge", "removes messages that were settled long ago", () => import("./commands/outbox/purge.js")],
    ["serve", "shows all of this in a page", () => import("./commands/outbox/serve.js")]
  ]
}

const program: Group = {
  name: "",
  summary: "See, send and check e-mail from the command line.",
  notes: [
    "effect-mail COMMAND --help says more. Answers go to standard output, everything else to standard error.",
    "The server is the one of EMAIL_URL: smtp://user:password@host:port"
  ],
  commands: [
    ["dev", "an SMTP server and a page that shows what it gets", () => import("./commands/dev.js")],
    ["send", "sends a message, or one to each row of a CSV file", () => import("./commands/send.js")],
    ["check", "checks the mail server, and the domain of the sender", () => import("./commands/check.js")],
    ["dkim-key", "makes a key that signs, and the record to publish", () => import("./commands/dkimKey.js")],
    ["render", "writes a message as SMTP would carry it", () => import("./commands/render.js")],
    ["preview", "shows messages of a program in the page, without sending", () => import("./commands/preview.js")],
    ["inbox", "shows a folder of messages, or waits for one in a running inbox", () => import("./commands/inbox.js")],
    ["outbox", "looks after the outbox of a program: list, show, resolve, pause and more", outbox]
  ]
}

const isHelp = (text: string | undefined): boolean => text === "--help" || text === "-h" || text === "help"

const runIn = async (group: Group, [name, ...rest]: ReadonlyArray<string>): Promise<number> => {
  const { commandHelp, groupHelp } = await import("./command/help.js")
  const { widthOf } = await import("./command/width.js")
  const help = (stream: NodeJS.WriteStream): string => groupHelp(group, widthOf(stream, 100))
  if (name === undefined || isHelp(name)) {
    const stream = name === undefined ? process.stderr : process.stdout
    stream.write(help(stream))
    return name === undefined ? 2 : 0
  }
  const [, , inner] = group.commands.find(([one]) => one === name) ?? []
  if (inner === undefined) {
    const written = JSON.stringify([group.name, name].filter((word) => word !== "").join(" "))
    process.stderr.write(`There is no command ${written}.\n\n${help(process.stderr)}`)
    return 2
  }
  if (typeof inner !== "function") return runIn(inner, rest)
  const { command } = await inner()
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(commandHelp(command, widthOf(process.stdout, 100)))
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

/** What was compiled stays compiled, from Node 22.8 on: the second start is the faster one. */
const keepCompiled = (): void => {
  if ("enableCompileCache" in Module && typeof Module.enableCompileCache === "function") Module.enableCompileCache()
}

const args = process.argv.slice(2)
if (args[0] === "--version" || args[0] === "-v") process.stdout.write(`${version}\n`)
else {
  keepCompiled()
  process.exitCode = await runIn(program, args)
}
