/**
 * A process that sends one message, and tells how many milliseconds after its start the server's answer was there. All is
 * imported when it is wanted: what the others need is not to be loaded.
 */
import { endWithParent, tell } from "../harness/parent.js"

const [sender = "", host = "", portText] = process.argv.slice(2)
const port = Number(portText)

const message = {
  from: "Ada Lovelace <ada@example.com>",
  to: ["bob@example.org"],
  subject: "Grüße",
  text: "Hello, Bob",
  html: "<p>Hello, <b>Bob</b></p>"
}

const senders: Readonly<Record<string, () => Promise<void>>> = {
  /** As most programs do it. */
  ours: async () => {
    const { Smtp } = await import("@effect-mail/backends")
    const { Mail, Message } = await import("@effect-mail/core")
    const { Effect } = await import("effect")
    await Effect.runPromise(Effect.provide(Mail.send(Message.make(message)), Smtp.layer({ host, port, tls: "none" })))
  },
  /** As a program does it that loads no module which it does not use. */
  modules: async () => {
    const Smtp = await import("@effect-mail/backends/Smtp")
    const Mail = await import("@effect-mail/core/Mail")
    const Message = await import("@effect-mail/core/Message")
    const Effect = await import("effect/Effect")
    await Effect.runPromise(Effect.provide(Mail.send(Message.make(message)), Smtp.layer({ host, port, tls: "none" })))
  },
  pool: async () => {
    const { createTransport } = await import("nodemailer")
    const transport = createTransport({ host, port, ignoreTLS: true, pool: true })
    await transport.sendMail(message)
    transport.close()
  }
}

endWithParent()
await senders[sender]?.()
await tell(performance.now())
