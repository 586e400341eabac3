import * as MailReader from "../../../MailReader.js"
import type { ClientSupport } from "../../clients/clients.js"
import { visible } from "../../mail/filename.js"
import type { Checks, Detail, Finding } from "../model/message.js"
import type { Check, Input } from "./check.js"
import { clientFindings } from "./clients.js"
import { headerChecks } from "./headers.js"
import { htmlChecks } from "./html.js"
import { lineChecks } from "./lines.js"
import { partChecks } from "./parts.js"

const all: ReadonlyArray<Check> = [...lineChecks, ...headerChecks, ...partChecks, ...htmlChecks]

const lineOf = (octets: Uint8Array, offset: number): number => {
  let line = 1
  for (let at = octets.indexOf(10); at >= 0 && at < offset; at = octets.indexOf(10, at + 1)) line++
  return line
}

/** The section of an RFC, where a rule is from one. */
const linkOf = (source: string): { readonly url?: string } => {
  const match = /^RFC (\d+)(?: §([\d.]+))?/.exec(source)
  return match === null
    ? {}
    : { url: `https://www.rfc-editor.org/rfc/rfc${match[1]}${match[2] === undefined ? "" : `#section-${match[2]}`}` }
}

const grades: ReadonlyArray<Finding["grade"]> = ["error", "warning", "taste"]

/** What is known of the clients, and those that matter. */
export interface Clients {
  readonly support: ClientSupport
  readonly chosen: ReadonlyArray<string>
}

/** What the checks find in a message, what matters most first. A message whose octets never came has nothing to check. */
export const check = (mail: MailReader.Mail, detail: Detail, { chosen, support }: Clients): Checks => {
  if (mail.octets.length === 0) return { findings: [], passed: 0 }
  const input: Input = { mail, detail, html: MailReader.html(mail), text: MailReader.text(mail) }
  const findings = all.flatMap(({ grade, id, run, source }): ReadonlyArray<Finding> => {
    const found = run(input)
    if (found === undefined) return []
    const { at, detail, title } = found
    const line = at === undefined ? {} : { line: lineOf(mail.octets, at) }
    return [{ id, grade, title: visible(title), detail: visible(detail), source, ...line, ...linkOf(source) }]
  })
  const start = mail.html === undefined ? undefined : lineOf(mail.octets, mail.html.bodyStart)
  return {
    findings: [
      ...findings.sort((one, other) => grades.indexOf(one.grade) - grades.indexOf(other.grade)),
      ...clientFindings(input.html, start, chosen, support)
    ],
    passed: all.length - findings.length
  }
}
