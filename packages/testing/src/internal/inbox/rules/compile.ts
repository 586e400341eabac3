import * as SmtpScript from "../../../SmtpScript.js"
import type { Spec } from "../model/rule.js"
import { textOf } from "./failAddresses.js"

/** A rule in words. */
export interface Description {
  readonly label: string
  readonly detail: string
}

const answer = (spec: Spec, code: number): readonly [number, string] => {
  const own = spec.code ?? code
  return [own, spec.text ?? textOf(own)]
}

const isEveryone = ({ pattern }: Spec): boolean => pattern === undefined || pattern === "" || pattern === "*"

const whom = (spec: Spec, everyone: string): string => isEveryone(spec) ? everyone : spec.pattern ?? everyone

const chaosEvents = { "chaos-sender": "MAIL", "chaos-recipient": "RCPT", "chaos-login": "AUTH" } as const

/** What a rule does, for a person. */
export const describe = (spec: Spec): Description => {
  const said = (code: number): string => answer(spec, code).join(" ")
  switch (spec.kind) {
    case "refuse":
      return { label: `Refuse ${whom(spec, "every recipient")}`, detail: said(550) }
    case "defer":
      return { label: `Defer ${whom(spec, "every recipient")}`, detail: said(450) }
    case "defer-once":
      return { label: `Defer ${whom(spec, "each recipient")} the first time`, detail: said(450) }
    case "refuse-message":
      return { label: `Refuse ${whom(spec, "every message")} after the dot`, detail: said(554) }
    case "refuse-sender":
      return { label: `Refuse ${whom(spec, "every sender")}`, detail: said(550) }
    case "refuse-login":
      return { label: "Refuse the login", detail: `535 ${spec.text ?? "5.7.8 bad credentials"}` }
    case "no-starttls":
      return { label: "No STARTTLS", detail: "it is not offered, and refused" }
    case "wait":
      return { label: `Wait ${spec.seconds ?? 20} s before the reply to the dot`, detail: "longer than many timeouts" }
    case "drop":
      return {
        label: `Drop ${whom(spec, "the connection")} after the dot, keep the message`,
        detail: "the sender cannot know: outcome unknown"
      }
    case "reset":
      return { label: `Reset after ${spec.kilobytes ?? 64} KB`, detail: "before the dot: nothing was sent" }
    case "sometimes":
      return { label: `One command in ${spec.oneIn ?? 5}`, detail: said(421) }
    case "chaos-sender":
    case "chaos-recipient":
    case "chaos-login":
      return { label: `${spec.percent ?? 0} % of ${chaosEvents[spec.kind]}`, detail: said(451) }
  }
}

const commands: ReadonlyArray<SmtpScript.Event> = ["EHLO", "MAIL", "RCPT", "DATA", "DOT", "RSET"]

/** What the server does for it. `no-starttls` is no rule of a script, but an extension that it does not offer. */
export const compile = (spec: Spec): ReadonlyArray<SmtpScript.Rule> => {
  const recipient = isEveryone(spec) ? undefined : spec.pattern
  const reply = (code: number): SmtpScript.Action => SmtpScript.reply(...answer(spec, code))
  const { label } = describe(spec)
  const on = (when: SmtpScript.When, ...actions: ReadonlyArray<SmtpScript.Action>): SmtpScript.Rule =>
    SmtpScript.label(SmtpScript.on(when, ...actions), label)
  switch (spec.kind) {
    case "refuse":
      return [on({ event: "RCPT", recipient }, reply(550))]
    case "defer":
      return [on({ event: "RCPT", recipient }, reply(450))]
    case "defer-once":
      return [on({ event: "RCPT", recipient, attempt: 1 }, reply(450))]
    case "refuse-message":
      return [on({ event: "DOT", recipient }, reply(554))]
    case "refuse-sender":
      return [on({ event: "MAIL", sender: recipient }, reply(550))]
    case "refuse-login":
      return [
        on({ event: "AUTH" }, SmtpScript.reply(535, spec.text ?? "5.7.8 bad credentials")),
        on({ event: "AUTHDATA" }, SmtpScript.reply(535, spec.text ?? "5.7.8 bad credentials"))
      ]
    case "no-starttls":
      return []
    case "wait":
      return [on({ event: "DOT", recipient }, SmtpScript.wait(`${spec.seconds ?? 20} seconds`), SmtpScript.proceed)]
    case "drop":
      return [on({ event: "DOT", recipient }, SmtpScript.accept, SmtpScript.fin)]
    case "reset":
      return [on({ event: "BODY", recipient, afterOctets: (spec.kilobytes ?? 64) * 1024 }, SmtpScript.rst)]
    case "sometimes":
      return commands.map((event) =>
        on({ event, chance: 1 / (spec.oneIn ?? 5) }, reply(421), ...(spec.code ?? 421) === 421 ? [SmtpScript.fin] : [])
      )
    case "chaos-sender":
    case "chaos-recipient":
    case "chaos-login":
      return [on({ event: chaosEvents[spec.kind], chance: (spec.percent ?? 0) / 100 }, reply(451))]
  }
}

/** What the page offers to switch on. */
export const usual: ReadonlyArray<Spec> = [
  { kind: "refuse", pattern: "*@fail.test", code: 550, text: "5.1.1 no such user" },
  { kind: "drop" },
  { kind: "defer-once", code: 450, text: "4.7.1 grey listed" },
  { kind: "refuse-login" },
  { kind: "wait", seconds: 20 },
  { kind: "sometimes", oneIn: 5 }
]

const kinds: ReadonlyArray<readonly [pattern: RegExp, kind: Spec["kind"]]> = [
  [/^(4\d\d)-once (\S+)$/, "defer-once"],
  [/^([45]\d\d)-data (\S+)$/, "refuse-message"],
  [/^(4\d\d) (\S+)$/, "defer"],
  [/^(5\d\d) (\S+)$/, "refuse"]
]

/**
 * A rule as it is written on a command line: `550 *@fail.test`, `450-once *`, `552-data *@fail.test`, `drop *`,
 * `wait 20`, `reset 64`, `no-login`, `no-starttls`, `one-in 5`. Undefined for what is none.
 */
export const parse = (text: string): Spec | undefined => {
  const line = text.trim().replace(/\s+/g, " ")
  for (const [pattern, kind] of kinds) {
    const match = pattern.exec(line)
    if (match !== null) return { kind, code: Number(match[1]), pattern: match[2] }
  }
  const [word = "", value] = line.split(" ")
  const number = Number(value)
  switch (word) {
    case "drop":
      return { kind: "drop", pattern: value }
    case "wait":
      return number >= 0 && number <= 3600 ? { kind: "wait", seconds: number } : undefined
    case "reset":
      return number >= 0 ? { kind: "reset", kilobytes: Math.floor(number) } : undefined
    case "one-in":
      return number >= 1 ? { kind: "sometimes", oneIn: Math.floor(number) } : undefined
    case "no-login":
      return { kind: "refuse-login" }
    case "no-starttls":
      return { kind: "no-starttls" }
    default:
      return undefined
  }
}
