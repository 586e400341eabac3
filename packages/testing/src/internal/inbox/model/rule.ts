import * as Schema from "effect/Schema"

export const Kind = Schema.Literal(
  "refuse",
  "defer",
  "defer-once",
  "refuse-message",
  "refuse-sender",
  "refuse-login",
  "no-starttls",
  "wait",
  "drop",
  "reset",
  "sometimes",
  "chaos-sender",
  "chaos-recipient",
  "chaos-login"
)
export type Kind = typeof Kind.Type

const Code = Schema.Int.pipe(Schema.between(400, 599))

/**
 * What the server shall do.
 *
 * - `refuse`, `defer`, `defer-once`: a recipient that `pattern` names (`*@fail.test`; all by default)
 * - `refuse-message`: at the final dot; `refuse-sender`: at MAIL, where `pattern` names the sender
 * - `refuse-login`; `no-starttls`
 * - `wait`: `seconds` before the reply to the dot; `drop`: keeps the message, and closes instead of replying to the dot
 * - `reset`: after `kilobytes` of a message; `sometimes`: one command in `oneIn` gets `code`
 * - `chaos-sender`, `chaos-recipient`, `chaos-login`: `percent` of MAIL, RCPT or AUTH get `code`
 */
export const Spec = Schema.Struct({
  kind: Kind,
  pattern: Schema.optional(Schema.String.pipe(Schema.maxLength(320))),
  code: Schema.optional(Code),
  text: Schema.optional(Schema.String.pipe(Schema.maxLength(400), Schema.pattern(/^[\x20-\x7e]*$/))),
  seconds: Schema.optional(Schema.Number.pipe(Schema.between(0, 3600))),
  kilobytes: Schema.optional(Schema.Int.pipe(Schema.between(0, 1_000_000))),
  percent: Schema.optional(Schema.Int.pipe(Schema.between(0, 100))),
  oneIn: Schema.optional(Schema.Int.pipe(Schema.between(1, 1_000_000)))
})
export type Spec = typeof Spec.Type

/** A rule as it is shown: `spoke` counts how often it was played. `spec` is absent for a rule that code gave. */
export const Rule = Schema.Struct({
  id: Schema.Number,
  label: Schema.String,
  detail: Schema.String,
  isOn: Schema.Boolean,
  spoke: Schema.Number,
  spec: Schema.optional(Spec)
})
export type Rule = typeof Rule.Type
