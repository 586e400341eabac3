/** What a command is: its options, what its help says, and what it does. */
import type * as Effect from "effect/Effect"
import type { ParseArgsConfig } from "node:util"

/**
 * - `value`: the placeholder of the value in the help; absent for a switch
 * - `default`: as the help says it
 * - `isMultiple`: may be given more than once
 */
export interface Option {
  readonly name: string
  readonly short?: string
  readonly value?: string
  readonly meaning: string
  readonly default?: string
  readonly isMultiple?: boolean
}

/** What was given, by the names of the options. */
export interface Given {
  readonly text: (name: string) => string | undefined
  readonly texts: (name: string) => ReadonlyArray<string>
  readonly isOn: (name: string) => boolean
  readonly positionals: ReadonlyArray<string>
}

export interface Command {
  readonly name: string
  readonly summary: string
  /** After the name: `[options] FOLDER`. */
  readonly usage: string
  readonly options: ReadonlyArray<Option>
  readonly examples: ReadonlyArray<readonly [command: string, meaning: string]>
  readonly exits: ReadonlyArray<readonly [code: number, meaning: string]>
  /** Gives the exit code. */
  readonly run: (given: Given) => Effect.Effect<number, Failure>
}

/** Exit codes, the same for every command. */
export const Exit = {
  done: 0,
  failed: 1,
  wrongUse: 2,
  refused: 3,
  unknown: 4,
  noConnection: 5,
  noLogin: 6,
  interrupted: 130
} as const

/** Why a command ended: what is said on standard error, and the exit code. */
export interface Failure {
  readonly _tag: "Failure"
  readonly code: number
  readonly reason: string
}

export const failure = (code: number, reason: string): Failure => ({ _tag: "Failure", code, reason })

export const wrongUse = (reason: string): Failure => failure(Exit.wrongUse, reason)

/** The options as `parseArgs` of Node has them. */
export const parseOptions = (options: ReadonlyArray<Option>): NonNullable<ParseArgsConfig["options"]> =>
  Object.fromEntries(options.map(({ isMultiple, name, short, value }) => [name, {
    type: value === undefined ? "boolean" as const : "string" as const,
    ...short === undefined ? {} : { short },
    multiple: isMultiple === true
  }]))
