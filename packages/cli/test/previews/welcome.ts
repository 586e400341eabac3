import { Message } from "@effect-mail/core"
import { Effect } from "effect"

export const previewParams = { welcome: { name: "Ada" } }

export const welcome = ({ name }: { readonly name: string }): Message.Message =>
  Message.make({
    from: "shop@example.com",
    to: "bob@example.com",
    subject: `Welcome, ${name}`,
    text: `Hello, ${name}`
  })

export const reminder: Effect.Effect<Message.Message> = Effect.sync(() =>
  Message.make({ from: "shop@example.com", to: "bob@example.com", subject: "A reminder", text: "Hello" })
)
