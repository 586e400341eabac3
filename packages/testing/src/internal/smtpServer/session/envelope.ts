import type { Event } from "../../../SmtpScript.js"
import type { ServerContext } from "../context.js"
import type { Transaction } from "./reception.js"
import { declaredSize, keywordOf, type Path, pathOf, verbOf } from "./syntax.js"

/** The mail transaction of a session, from MAIL to DATA. */
export class EnvelopeState {
  private transaction: Transaction | undefined

  constructor(private readonly server: ServerContext) {}

  get current(): Transaction | undefined {
    return this.transaction
  }

  reset(): void {
    this.transaction = undefined
  }

  begin(from: string): void {
    this.transaction = { from, to: [], candidate: undefined }
  }

  /** RCPT has named a recipient. */
  name(recipient: string): void {
    if (this.transaction !== undefined) this.transaction.candidate = recipient
  }

  /** Accepts the recipient that was named last. */
  accept(): void {
    const { candidate, to } = this.transaction ?? {}
    if (candidate !== undefined) to?.push(candidate)
  }

  /** Takes MAIL and RCPT of a dialogue that a rule plays. */
  follow(line: string): void {
    const path = pathOf(line)
    if (path === undefined) return
    if (verbOf(line) === "MAIL") this.begin(path.address)
    else this.transaction?.to.push(path.address)
  }

  /** The recipients that an event is about, before the message. */
  recipients(event: Event): ReadonlyArray<string> {
    const { candidate, to = [] } = this.transaction ?? {}
    return event !== "RCPT" ? to : candidate === undefined ? [] : [candidate]
  }

  /** The octets that a message may have: what EHLO offers as SIZE, or the limit. */
  private get maxDeclared(): number {
    const { limits: { maxMessageOctets }, script } = this.server
    const offered = script().extensions.find((extension) => keywordOf(extension) === "SIZE")?.split(/[ =]/)[1]
    return Math.min(maxMessageOctets, Number(offered ?? 0) || Infinity)
  }

  isTooLarge({ parameters }: Path): boolean {
    return declaredSize(parameters) > this.maxDeclared
  }

  get isFull(): boolean {
    return (this.transaction?.to.length ?? 0) >= this.server.limits.maxRecipients
  }
}
