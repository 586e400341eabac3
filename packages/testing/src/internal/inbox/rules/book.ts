import * as SmtpScript from "../../../SmtpScript.js"
import type { Rule, Spec } from "../model/rule.js"
import { compile, describe, usual } from "./compile.js"
import { failAddresses } from "./failAddresses.js"

type Writable<A> = { -readonly [K in keyof A]: A[K] }

interface Page {
  readonly shown: Writable<Rule>
  readonly rules: ReadonlyArray<SmtpScript.Rule>
}

const maxRules = 200
const maxTextLength = 200

/** The rules of an inbox: what is on, and how often each has spoken. */
export class RuleBook {
  private readonly pages: Array<Page> = []
  private lastId = 0

  constructor(private readonly script: SmtpScript.Script, specs: ReadonlyArray<Spec>) {
    for (const rule of script.rules) this.enter(this.describeOwn(rule), [rule], true)
    for (const spec of specs) this.add(spec, true)
    for (const spec of usual) {
      if (!specs.some(({ kind }) => kind === spec.kind)) this.add(spec, false)
    }
  }

  private describeOwn({ label, when }: SmtpScript.Rule): { readonly label: string; readonly detail: string } {
    return { label: (label ?? `at ${when.event}`).slice(0, maxTextLength), detail: "a rule of the program" }
  }

  private enter(
    { detail, label }: { readonly label: string; readonly detail: string },
    rules: ReadonlyArray<SmtpScript.Rule>,
    isOn: boolean,
    spec?: Spec
  ): void {
    const shown = { id: ++this.lastId, label, detail, isOn, spoke: 0, ...spec === undefined ? {} : { spec } }
    this.pages.push({ shown, rules })
  }

  /** Gives whether there was room. */
  add(spec: Spec, isOn: boolean): boolean {
    if (this.pages.length >= maxRules) return false
    this.enter(describe(spec), compile(spec), isOn, spec)
    return true
  }

  turn(id: number, isOn: boolean): boolean {
    const page = this.pages.find(({ shown }) => shown.id === id)
    if (page !== undefined) page.shown.isOn = isOn
    return page !== undefined
  }

  allOff(): void {
    for (const { shown } of this.pages) shown.isOn = false
  }

  remove(id: number): void {
    const index = this.pages.findIndex(({ shown }) => shown.id === id)
    if (index >= 0) this.pages.splice(index, 1)
  }

  /** Takes these instead of all that have a `spec`. */
  replace(specs: ReadonlyArray<Spec>): void {
    const own = this.pages.filter(({ shown }) => shown.spec === undefined)
    this.pages.splice(0, this.pages.length, ...own)
    for (const spec of specs) this.add(spec, true)
  }

  /** A rule was played; gives whether it is one of these. */
  spoke(rule: SmtpScript.Rule): boolean {
    const page = this.pages.find(({ rules }) => rules.includes(rule))
    if (page !== undefined) page.shown.spoke++
    return page !== undefined
  }

  get shown(): ReadonlyArray<Rule> {
    return this.pages.map(({ shown }) => ({ ...shown }))
  }

  /** What the server plays. The addresses that fail by themselves come last, so that every other rule goes first. */
  get current(): SmtpScript.Script {
    const on = this.pages.filter(({ shown }) => shown.isOn)
    const isPlain = on.some(({ shown }) => shown.spec?.kind === "no-starttls")
    return SmtpScript.make({
      ...this.script,
      extensions: this.script.extensions.filter((name) => !isPlain || name !== "STARTTLS"),
      rules: [...on.flatMap(({ rules }) => rules), ...failAddresses]
    })
  }
}
