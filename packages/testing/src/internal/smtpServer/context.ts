import type { Script } from "../../SmtpScript.js"
import type { TestCertificates } from "../../TestCertificates.js"
import type { EventHub } from "./events.js"
import type { LedgerRecorder } from "./ledger.js"
import type { ResolvedLimits, Sink } from "./options.js"

/** What the sessions of one server share. */
export interface ServerContext {
  /** Read each time that something happens, because it may change. */
  readonly script: () => Script
  readonly certificates: TestCertificates
  readonly ledger: LedgerRecorder
  readonly limits: ResolvedLimits
  readonly sink: Sink | undefined
  readonly events: EventHub
}
