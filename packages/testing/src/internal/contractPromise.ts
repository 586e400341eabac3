import type * as BatchReport from "@effect-mail/core/BatchReport"
import * as Mail from "@effect-mail/core/Mail"
import type * as MailBackend from "@effect-mail/core/MailBackend"
import type * as Message from "@effect-mail/core/Message"
import type * as Effect from "effect/Effect"
import * as Bench from "./contractBench.js"

/**
 * @internal
 */
export type Body = Effect.Effect<void, Bench.Broken, MailBackend.MailBackend>

/**
 * A promise, and how it is tried. `needs` says which probes there must be, without which nothing could be seen.
 *
 * @internal
 */
export interface Promised {
  readonly name: string
  readonly needs: ReadonlyArray<"delivered" | "sessions">
  readonly body: (bench: Bench.Bench) => Body
}

/**
 * @internal
 */
export const send = (message: Message.Message) => Bench.succeeds("sending", Mail.send(message))

/**
 * @internal
 */
export const tags = (report: BatchReport.BatchReport): ReadonlyArray<string> =>
  report.entries.map((entry) => entry._tag === "Failed" ? entry.error._tag : entry._tag)

/**
 * @internal
 */
export const injection = "Hello\r\nBcc: eve@example.net"
