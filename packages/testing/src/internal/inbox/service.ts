import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { InboxUnavailable, MessageNotFound, PreviewNotFound, ReleaseRefused } from "../../DevInboxApi.js"
import type * as MailReader from "../../MailReader.js"
import type { Event } from "./model/event.js"
import type { Checks, Detail, Summary } from "./model/message.js"
import type { Preview } from "./model/preview.js"
import type { Released } from "./model/release.js"
import type { Rule, Spec } from "./model/rule.js"
import type { PreviewSource } from "./previews/shelf.js"

/**
 * What `DevInbox` provides.
 *
 * A query is words and operators: `from: to: cc: bcc: addressed: subject: message-id: tag: has:attachment is:unread
 * is:refused is:deferred is:unknown before: after: larger: smaller:`; quotes keep words together, and `-` excludes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Each message that arrives from now on. */
  readonly received: Stream.Stream<Summary>
  /** Everything that changes from now on; `last`: the number of the last event that was seen. `undefined`: start again. */
  readonly events: (
    last?: number
  ) => Stream.Stream<{ readonly number: number; readonly event: Event } | undefined>
  /** The messages that a query finds, the newest first; all without one. */
  readonly list: (query?: string) => Effect.Effect<ReadonlyArray<Summary>>
  /** A message with its envelope, dialogue and parts. */
  readonly get: (id: number) => Effect.Effect<Detail, MessageNotFound | InboxUnavailable>
  /** What the checks find in a message. */
  readonly checks: (id: number) => Effect.Effect<Checks, MessageNotFound | InboxUnavailable>
  /** The octets of a message as they came. */
  readonly source: (id: number) => Effect.Effect<Uint8Array, MessageNotFound | InboxUnavailable>
  /** The parts of a message, in their order. */
  readonly parts: (
    id: number
  ) => Effect.Effect<ReadonlyArray<MailReader.Part>, MessageNotFound | InboxUnavailable>
  /**
   * The octets of a message as they came, in pieces; with a part, its octets without their transfer encoding. A file is
   * not read as a whole.
   */
  readonly stream: (
    id: number,
    part?: MailReader.Part
  ) => Effect.Effect<Stream.Stream<Uint8Array, InboxUnavailable>, MessageNotFound>
  /** The first message that a query finds: one that is there, or else the next that arrives. Waits as long as it takes. */
  readonly wait: (query?: string) => Effect.Effect<Summary>
  /** Puts a message into the inbox without sending it. Without an envelope it has that of its header. */
  readonly add: (
    octets: Uint8Array,
    envelope?: { readonly from: string; readonly to: ReadonlyArray<string> }
  ) => Effect.Effect<Summary, InboxUnavailable>
  /**
   * Sends a message on to a real server, its octets unchanged and from its MAIL FROM, to these recipients. An error of the
   * server is a result. Fails with `ReleaseRefused` where there is no relay, or it may not send to one of them.
   */
  readonly release: (
    id: number,
    to: ReadonlyArray<string>
  ) => Effect.Effect<Released, MessageNotFound | InboxUnavailable | ReleaseRefused>
  /** The messages that a program would make, none of which is in the list. */
  readonly previews: Effect.Effect<ReadonlyArray<Preview>>
  /** Shows these previews instead of the earlier ones. What was chosen for one that stays is kept. */
  readonly setPreviews: (sources: ReadonlyArray<PreviewSource>) => Effect.Effect<void, InboxUnavailable>
  /** Makes a preview again, with other parameters. */
  readonly renderPreview: (
    id: string,
    params: unknown,
    locale: string | null
  ) => Effect.Effect<Preview, PreviewNotFound | InboxUnavailable>
  /** To whom messages may be sent on, if there is a real server. */
  readonly relay: { readonly allow: ReadonlyArray<string> } | undefined
  readonly remove: (ids: ReadonlyArray<number>) => Effect.Effect<void, InboxUnavailable>
  /** Removes every message, and makes the next attempt of every recipient the first one. */
  readonly clear: Effect.Effect<void, InboxUnavailable>
  readonly mark: (ids: ReadonlyArray<number>, isRead: boolean) => Effect.Effect<void>
  readonly counts: Effect.Effect<{ readonly total: number; readonly unread: number; readonly event: number }>
  /** The rules of the server, those that are off included. */
  readonly rules: Effect.Effect<ReadonlyArray<Rule>>
  readonly addRule: (spec: Spec) => Effect.Effect<void>
  readonly switchRule: (id: number, isOn: boolean) => Effect.Effect<void>
  readonly removeRule: (id: number) => Effect.Effect<void>
  /** Takes these rules instead of all that a program's script did not bring. */
  readonly replaceRules: (specs: ReadonlyArray<Spec>) => Effect.Effect<void>
  /** Switches every rule off. */
  readonly rulesOff: Effect.Effect<void>
  /** Where the SMTP server is, if there is one. */
  readonly smtp: { readonly host: string; readonly port: number; readonly ca: string } | undefined
  readonly maxMessages: number
  /** `memory`, or the folder. */
  readonly keeps: string
}
