import * as Attachment from "@effect-mail/core/Attachment"
import * as Message from "@effect-mail/core/Message"
import * as Schema from "effect/Schema"
import type { Rule, Spec } from "../../model/rule.js"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(Schema.NullOr(schema))

/** `{ IDs }`, or nothing at all for every message. */
export const Selection = Schema.Struct({ IDs: optional(Schema.Array(Schema.String)) })

export const ReadStatus = Schema.Struct({
  IDs: optional(Schema.Array(Schema.String)),
  Read: optional(Schema.Boolean),
  Search: optional(Schema.String)
})

const Mailbox = Schema.Struct({ Email: Schema.String, Name: optional(Schema.String) })

export const Send = Schema.Struct({
  From: Mailbox,
  To: optional(Schema.Array(Mailbox)),
  Cc: optional(Schema.Array(Mailbox)),
  Bcc: optional(Schema.Array(Schema.String)),
  ReplyTo: optional(Schema.Array(Mailbox)),
  Subject: optional(Schema.String),
  Text: optional(Schema.String),
  HTML: optional(Schema.String),
  Tags: optional(Schema.Array(Schema.String)),
  Headers: optional(Schema.Record({ key: Schema.String, value: Schema.String })),
  Attachments: optional(Schema.Array(Schema.Struct({
    Filename: Schema.String,
    Content: Schema.Uint8ArrayFromBase64,
    ContentType: optional(Schema.String),
    ContentID: optional(Schema.String)
  })))
})
type Send = typeof Send.Type

const quoted = (name: string): string => `"${name.replace(/["\\]/g, "\\$&")}"`

const mailbox = ({ Email, Name }: typeof Mailbox.Type): string =>
  Name === undefined || Name === null || Name === "" ? Email : `${quoted(Name)} <${Email}>`

/** The message that is asked for; it is checked as any other when it is made. */
export const messageOf = (send: Send): Message.Message =>
  Message.make({
    from: mailbox(send.From),
    to: (send.To ?? []).map(mailbox),
    cc: (send.Cc ?? []).map(mailbox),
    bcc: [...send.Bcc ?? []],
    replyTo: (send.ReplyTo ?? []).map(mailbox),
    subject: send.Subject ?? "",
    ...send.Text === undefined || send.Text === null ? {} : { text: send.Text },
    ...send.HTML === undefined || send.HTML === null ? {} : { html: send.HTML },
    headers: {
      ...send.Headers,
      ...(send.Tags ?? []).length === 0 ? {} : { "X-Tags": (send.Tags ?? []).join(", ") }
    },
    attachments: (send.Attachments ?? []).map(({ Content, ContentID, ContentType, Filename }) => {
      const type = ContentType === undefined || ContentType === null || ContentType === ""
        ? {}
        : { contentType: ContentType }
      return ContentID === undefined || ContentID === null || ContentID === ""
        ? Attachment.bytes(Content, { filename: Filename, ...type })
        : Attachment.inline(Content, { filename: Filename, contentId: ContentID, ...type })
    })
  })

const Trigger = Schema.Struct({
  ErrorCode: Schema.Int.pipe(Schema.between(400, 599)),
  Probability: Schema.Int.pipe(Schema.between(0, 100))
})

export const Chaos = Schema.Struct({
  Sender: optional(Trigger),
  Recipient: optional(Trigger),
  Authentication: optional(Trigger)
})

const triggers = [["Sender", "chaos-sender"], ["Recipient", "chaos-recipient"], [
  "Authentication",
  "chaos-login"
]] as const

/** The rules that its three triggers are, beside all others. */
export const specsOf = (chaos: typeof Chaos.Type, rules: ReadonlyArray<Rule>): ReadonlyArray<Spec> => {
  const others = rules.flatMap(({ isOn, spec }) =>
    isOn && spec !== undefined && !spec.kind.startsWith("chaos-") ? [spec] : []
  )
  const own = triggers.flatMap(([name, kind]): ReadonlyArray<Spec> => {
    const trigger = chaos[name]
    return trigger === undefined || trigger === null || trigger.Probability === 0
      ? []
      : [{ kind, code: trigger.ErrorCode, percent: trigger.Probability }]
  })
  return [...others, ...own]
}

/** The three triggers as they are now. */
export const chaosOf = (rules: ReadonlyArray<Rule>) =>
  Object.fromEntries(triggers.map(([name, kind]) => {
    const spec = rules.find((rule) => rule.isOn && rule.spec?.kind === kind)?.spec
    return [name, { ErrorCode: spec?.code ?? (kind === "chaos-login" ? 535 : 451), Probability: spec?.percent ?? 0 }]
  }))
