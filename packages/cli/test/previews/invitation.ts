import { Message } from "@effect-mail/core"
import { Schema } from "effect"

const Props = Schema.Struct({
  name: Schema.NonEmptyString,
  seats: Schema.Int,
  isVip: Schema.Boolean,
  day: Schema.Literal("Monday", "Tuesday")
})

export const previewSchemas = { invitation: Props }

export const previewLocales = ["en", "de"]

const greetings: Readonly<Record<string, string>> = { en: "Dear", de: "Guten Tag" }

export const invitation = (
  { day, isVip, name, seats }: typeof Props.Type,
  { locale = "en" }: { readonly locale?: string | undefined }
): Message.Message =>
  Message.make({
    from: "club@example.com",
    to: "bob@example.com",
    subject: `${greetings[locale] ?? ""} ${name}: ${day}`,
    text: `${seats} seats${isVip ? ", in front" : ""}`
  })
