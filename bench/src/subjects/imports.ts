/** How long the modules of this library take to load, beyond those of Effect that they need. */
import { Effect, Schema } from "effect"
import { readFileSync } from "node:fs"
import type { BenchError } from "../harness/BenchError.js"
import * as Children from "../harness/children.js"
import { summarize, type Summary } from "../harness/statistics.js"
import type { Context } from "./Context.js"

/** In milliseconds. */
export interface Results {
  readonly effectModules: number
  readonly effect: Summary
  readonly mail: Summary
  readonly smtp: Summary
  /** `core/Mail` and `backends/Smtp` together. */
  readonly beyondEffect: Summary
  readonly nodemailer: Summary
}

const mail = "@effect-mail/core/Mail"
const smtp = "@effect-mail/backends/Smtp"

const isOfEffect = /^(?:effect|@effect\/platform)(?:\/|$)/
const isOurs = /^(?:\.|@effect-mail\/)/
/** Imports start at the beginning of a line; those in the examples of comments do not. */
const importing = /^(?:import|export)\b(?:[^"'();=]*\bfrom)? ?"([^"]+)"/gm

/** The modules of Effect that a module of ours imports at once, or any of those of ours that it imports. */
export const effectModulesOf = (specifiers: ReadonlyArray<string>): ReadonlyArray<string> => {
  const found = new Set<string>()
  const seen = new Set<string>()
  const visit = (url: string): void => {
    if (seen.has(url)) return
    seen.add(url)
    for (const [, specifier = ""] of readFileSync(new URL(url), "utf8").matchAll(importing)) {
      if (isOfEffect.test(specifier)) found.add(specifier)
      else if (specifier.startsWith(".")) visit(new URL(specifier, url).href)
      else if (isOurs.test(specifier)) visit(import.meta.resolve(specifier))
    }
  }
  for (const specifier of specifiers) visit(import.meta.resolve(specifier))
  return Array.from(found)
}

/** The milliseconds of each group. */
const load = (groups: ReadonlyArray<ReadonlyArray<string>>): Effect.Effect<ReadonlyArray<number>, BenchError> =>
  Children.ask(new URL("importProcess.js", import.meta.url), Schema.Array(Schema.Number), {
    args: groups.flatMap((group, i) => i === 0 ? group : ["--", ...group])
  })

export const measure = ({ log, plan }: Context): Effect.Effect<Results, BenchError> =>
  Effect.gen(function*() {
    yield* log("imports")
    const effectModules = effectModulesOf([mail, smtp])
    const round = Effect.zipWith(
      load([effectModules, [mail], [smtp]]),
      load([["nodemailer"]]),
      ([effect = NaN, mail = NaN, smtp = NaN], [nodemailer = NaN]) => ({ effect, mail, smtp, nodemailer })
    )
    // The first finds files that the operating system has yet to read.
    yield* round
    const rounds = yield* Effect.replicateEffect(round, plan.imports.processes)
    return {
      effectModules: effectModules.length,
      effect: summarize(rounds.map(({ effect }) => effect)),
      mail: summarize(rounds.map(({ mail }) => mail)),
      smtp: summarize(rounds.map(({ smtp }) => smtp)),
      beyondEffect: summarize(rounds.map(({ mail, smtp }) => mail + smtp)),
      nodemailer: summarize(rounds.map(({ nodemailer }) => nodemailer))
    }
  })
