import type * as BatchReport from "@effect-mail/core/BatchReport"
import * as Mail from "@effect-mail/core/Mail"
import type * as MailBackend from "@effect-mail/core/MailBackend"
import type * as Message from "@effect-mail/core/Message"
import type * as Effect from "effect/Effect"
import * as Probes from "./probes.js"

export type Body = Effect.Effect<void, Probes.Broken, MailBackend.MailBackend>

/** A case of the contract. `needs` names the probes without which it can show nothing. */
export interface Case {
  readonly name: string
  readonly needs: ReadonlyArray<"delivered" | "sessions">
  readonly body: (probed: Probes.Probed) => Body
}

export const send = (message: Message.Message) => Probes.succeeds("sending", Mail.send(message))

export const tags = (report: BatchReport.BatchReport): ReadonlyArray<string> =>
  report.entries.map((entry) => entry._tag === "Failed" ? entry.error._tag : entry._tag)

export const injection = "Hello\r\nBcc: eve@example.net"
