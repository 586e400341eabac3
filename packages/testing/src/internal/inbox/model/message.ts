import * as Schema from "effect/Schema"

/** What became of a recipient, or of a message. `waiting`: the server has not answered yet; `failed`: proven not sent. */
export const Verdict = Schema.Literal("accepted", "deferred", "refused", "unknown", "waiting", "failed")
export type Verdict = typeof Verdict.Type

export const Address = Schema.Struct({ name: Schema.String, address: Schema.String })
export type Address = typeof Address.Type

/**
 * A recipient of the envelope.
 *
 * - `field`: the header field that names it: `To`, `Cc`, or `Bcc` where none does
 * - `reply`: the code and the words of the server that decided it
 */
export const Recipient = Schema.Struct({
  address: Schema.String,
  field: Schema.String,
  verdict: Verdict,
  reply: Schema.String
})
export type Recipient = typeof Recipient.Type

/**
 * A line of the dialogue, `at` milliseconds after the connection was made. Credentials are masked. `rule`: the rule that
 * decided it, where one did.
 */
export const Line = Schema.Struct({
  at: Schema.Number,
  from: Schema.Literal("client", "server", "note"),
  text: Schema.String,
  rule: Schema.optional(Schema.String)
})
export type Line = typeof Line.Type

/** What the sending program was told. `isReal`: seen in the same process, not concluded from the dialogue. */
export const Outcome = Schema.Struct({
  verdict: Verdict,
  /** `DeliveryReport`, or the name of the error. */
  name: Schema.String,
  detail: Schema.String,
  isReal: Schema.Boolean
})
export type Outcome = typeof Outcome.Type

/** How a message arrived: everything about it that is not in its octets. */
export const Transmission = Schema.Struct({
  source: Schema.Literal("smtp", "mailbox", "folder", "api", "preview"),
  /** When it had arrived, in milliseconds since 1970. */
  time: Schema.Number,
  /** From MAIL to the last reply, in milliseconds. */
  duration: Schema.Number,
  from: Schema.String,
  recipients: Schema.Array(Schema.Struct({ address: Schema.String, verdict: Verdict, reply: Schema.String })),
  /** The reply to MAIL, and that to the end of the message. */
  fromReply: Schema.String,
  reply: Schema.String,
  tls: Schema.String,
  auth: Schema.String,
  /** Whether the end of the message came. */
  isComplete: Schema.Boolean,
  outcome: Outcome,
  dialogue: Schema.Array(Line)
})
export type Transmission = typeof Transmission.Type

export const Counts = Schema.Struct({
  accepted: Schema.Number,
  deferred: Schema.Number,
  refused: Schema.Number,
  unknown: Schema.Number,
  waiting: Schema.Number,
  failed: Schema.Number
})
export type Counts = typeof Counts.Type

/** A row of the list. */
export const Summary = Schema.Struct({
  id: Schema.Number,
  time: Schema.Number,
  source: Schema.String,
  subject: Schema.String,
  from: Address,
  /** The first recipients, by name where the header gives one, without those that only the envelope names. */
  to: Schema.Array(Schema.String),
  recipients: Schema.Number,
  hidden: Schema.Number,
  size: Schema.Number,
  files: Schema.Number,
  counts: Counts,
  note: Schema.String,
  preview: Schema.String,
  tags: Schema.Array(Schema.String),
  isRead: Schema.Boolean
})
export type Summary = typeof Summary.Type

export const Part = Schema.Struct({
  path: Schema.String,
  depth: Schema.Number,
  type: Schema.String,
  charset: Schema.String,
  encoding: Schema.String,
  why: Schema.String,
  disposition: Schema.String,
  name: Schema.String,
  fileName: Schema.String,
  contentId: Schema.String,
  wire: Schema.Number,
  decoded: Schema.Number,
  isContainer: Schema.Boolean,
  isFile: Schema.Boolean
})
export type Part = typeof Part.Type

export const HeaderField = Schema.Struct({
  name: Schema.String,
  /** As it is on the wire, folded. */
  raw: Schema.String,
  decoded: Schema.String,
  isRepeated: Schema.Boolean
})
export type HeaderField = typeof HeaderField.Type

/**
 * A check that found something. `grade`: `error`, `warning`, or `taste`. `line`: where in the source, from 1. `url`: where
 * it is explained.
 */
export const Finding = Schema.Struct({
  id: Schema.String,
  grade: Schema.Literal("error", "warning", "taste"),
  title: Schema.String,
  detail: Schema.String,
  source: Schema.String,
  line: Schema.optional(Schema.Number),
  url: Schema.optional(Schema.String)
})
export type Finding = typeof Finding.Type

export const Checks = Schema.Struct({ findings: Schema.Array(Finding), passed: Schema.Number })
export type Checks = typeof Checks.Type

/** A whole message, without its contents. */
export const Detail = Schema.Struct({
  ...Summary.fields,
  messageId: Schema.String,
  fromField: Schema.String,
  envelope: Schema.Struct({
    from: Schema.String,
    fromReply: Schema.String,
    reply: Schema.String,
    recipients: Schema.Array(Recipient),
    tls: Schema.String,
    auth: Schema.String,
    duration: Schema.Number
  }),
  isComplete: Schema.Boolean,
  outcome: Outcome,
  dialogue: Schema.Array(Line),
  text: Schema.NullOr(Schema.String),
  htmlSize: Schema.NullOr(Schema.Number),
  outside: Schema.Array(Schema.Struct({ host: Schema.String, count: Schema.Number })),
  parts: Schema.Array(Part),
  cuts: Schema.Array(Schema.String),
  headers: Schema.Array(HeaderField)
})
export type Detail = typeof Detail.Type
