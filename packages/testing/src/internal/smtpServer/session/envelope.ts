import type { Event } from "../../../SmtpScript.js"
import type { ServerContext } from "../context.js"
import type { Transaction } from "./reception.js"
import { declaredSize, keywordOf, type Path, pathOf, verbOf } from "./syntax.js"

type Reply = readonly [code: number, text: string]

/** The mail transaction of a session, from MAIL to DATA. */
export class EnvelopeState {
  private transaction: Transaction | undefined

  constructor(private readonly server: ServerContext) {}

  get current(): Transaction | undefined {
    return this.transaction
  }

  /** The sender; empty outside a transaction. */
  get sender(): string {
    return this.transaction?.from ?? ""
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

  replyToMail({ parameters }: Path): Reply {
    return declaredSize(parameters) > this.maxDeclared ? [552, "5.3.4 too large"] : [250, "2.1.0 ok"]
  }

  get replyToRcpt(): Reply {
    const { current } = this
    if (current === undefined) return [503, "5.5.1 need MAIL"]
    return current.to.length >= this.server.limits.maxRecipients
      ? [452, "4.5.3 too many recipients"]
      : [250, "2.1.5 ok"]
  }

  /** Why there can be no message yet, or undefined. */
  get refusal(): Reply | undefined {
    const { current } = this
    if (current === undefined) return [503, "5.5.1 need MAIL"]
    // RFC 2033 section 4.2: in LMTP it must be 503.
    const code = this.server.script().protocol === "lmtp" ? 503 : 554
    return current.to.length === 0 ? [code, "5.5.1 no valid recipients"] : undefined
  }
}
