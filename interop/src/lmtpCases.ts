/**
 * What was reported of each recipient over LMTP is what its mailbox holds.
 */
import { Smtp } from "@effect-mail/backends"
import { Mail, MailError, Message } from "@effect-mail/core"
import { Effect, Either } from "effect"
import type * as Dovecot from "./Dovecot.js"

export interface Case {
  readonly name: string
  readonly run: (server: Dovecot.Dovecot) => Effect.Effect<
    ReadonlyArray<string>,
    unknown,
    Effect.Effect.Context<ReturnType<Dovecot.Dovecot["delivered"]>>
  >
}

const recipients = ["box@example.com", "full@example.com", "none@example.com"]
const expected = ["Accepted 250", "Rejected 552", "Rejected 550"]

const count = 200

const messages = Array.from(
  { length: count },
  (_, n) =>
    Message.make({ from: "ada@example.com", to: recipients, subject: `message ${n}`, text: `Hello\r\n.\r\n..${n}` })
)

const subjects = (delivered: ReadonlyArray<string>): ReadonlySet<string> =>
  new Set(delivered.map((octets) => /^Subject: (.*)$/m.exec(octets)?.[1]?.trim() ?? ""))

/** Sends to three recipients, of whom one is refused at RCPT, and one after the message. */
const each = (name: string, options: (server: Dovecot.Dovecot) => Smtp.Options): Case => ({
  name,
  run: (server) =>
    Effect.gen(function*() {
      const { entries } = yield* Effect.provide(
        Mail.sendAll(messages, { concurrency: 4 }),
        Smtp.layer({ protocol: "lmtp", ...options(server) })
      )
      const box = yield* server.delivered("box")
      const full = yield* server.delivered("full")
      const wrong = entries.filter((entry) => {
        if (entry._tag !== "Sent") return true
        const said = entry.report.recipients.map((status) =>
          `${status._tag} ${"reply" in status ? status.reply?.code : ""}`
        )
        return said.join() !== expected.join()
      })
      return [
        ...wrong.length === 0 ? [] : [`${wrong.length} reports are other than ${expected.join(", ")}`],
        ...box.length === count && subjects(box).size === count ? [] : [`${box.length} copies arrived`],
        ...full.length === 0 ? [] : [`${full.length} copies are in the mailbox that is full`],
        ...box.every((octets) => /\n\.\r?\n\.\.\d+\r?\n$/.test(octets)) ? [] : ["dots at line starts are not as sent"]
      ]
    })
})

const refused: Case = {
  name: "LMTP: a message that is refused after its end, for its only recipient",
  run: (server) =>
    Effect.gen(function*() {
      const [message = Message.empty] = messages
      const outcome = yield* Effect.either(
        Effect.provide(
          Mail.send(Message.make({ from: "ada@example.com", to: "full@example.com", subject: message.subject })),
          Smtp.layer({ protocol: "lmtp", host: server.socket })
        )
      )
      if (Either.isRight(outcome)) return ["it was reported sent"]
      const error = outcome.left
      return error._tag === "RejectedError" && error.command === "message" && MailError.isBackendError(error)
        ? []
        : [String(error)]
    })
}

export const cases: ReadonlyArray<Case> = [
  each("LMTP: each recipient by itself, by TCP", ({ port }) => ({ host: "127.0.0.1", port, tls: "none" })),
  each("LMTP: each recipient by itself, over a Unix domain socket", ({ socket }) => ({ host: socket })),
  each("LMTP: one command at a time", ({ socket }) => ({ host: socket, pipelining: "none" })),
  each("LMTP: in chunks", ({ socket }) => ({ host: socket, chunking: { window: 8 } })),
  refused
]
