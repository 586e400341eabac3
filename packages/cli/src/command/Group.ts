/** Commands of one subject: `effect-mail outbox list`. */
import type { Command } from "./Command.js"

/** What is behind a name: a command that is loaded when it is asked for, or more names. */
export type Entry = readonly [
  name: string,
  summary: string,
  inner: (() => Promise<{ readonly command: Command }>) | Group
]

/**
 * - `name`: what comes before the names of the commands; empty for the program itself
 * - `notes`: lines after the list of commands in the help
 */
export interface Group {
  readonly name: string
  readonly summary: string
  readonly notes: ReadonlyArray<string>
  readonly commands: ReadonlyArray<Entry>
}
