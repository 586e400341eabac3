/** A process that sends one message, and tells how many milliseconds after its start the server's answer was there. */
const [sender, host, port] = process.argv.slice(2)

const message = {
  from: "Ada Lovelace <ada@example.com>",
  to: ["bob@example.org"],
  subject: "Grüße",
  text: "Hello, Bob",
  html: "<p>Hello, <b>Bob</b></p>"
}

const senders = {
  ours: async () => {
    const { Smtp } = await import("@effect-mail/backends")
    const { Mail, Message } = await import("@effect-mail/core")
    const { Effect } = await import("effect")
    await Effect.runPromise(
      Effect.provide(Mail.send(Message.make(message)), Smtp.layer({ host, port: Number(port), tls: "none" }))
    )
  },
  pool: async () => {
    const { default: nodemailer } = await import("nodemailer")
    const transport = nodemailer.createTransport({ host, port: Number(port), ignoreTLS: true, pool: true })
    await transport.sendMail(message)
    transport.close()
  }
}

process.on("disconnect", () => process.exit())
await senders[sender]()
process.send(performance.now())
