import { Backend } from "@effect-mail/backends"
import { Mail, type Message } from "@effect-mail/core"
import { ScriptedSmtpServer } from "@effect-mail/testing"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Config, Console, Effect, Option } from "effect"
import * as LocalServer from "./LocalServer.js"
import * as Messages from "./Messages.js"
import * as Report from "./Report.js"

const sendOne = (name: string, message: Message.Message) =>
  Effect.match(Mail.send(message), {
    onFailure: (error) => Report.failed(name, error),
    onSuccess: (report) => Report.delivered(name, report)
  })

const sendNewsletter = Effect.map(
  Mail.sendAll(Messages.newsletter),
  (batch) =>
    batch.entries.flatMap((entry, i) => {
      const name = `newsletter ${i + 1}/${batch.entries.length}`
      switch (entry._tag) {
        case "Sent":
          return Report.delivered(name, entry.report)
        case "Failed":
          return Report.failed(name, entry.error)
        case "NotTried":
          return Report.notTried(name)
      }
    })
)

const sendEverything = Effect.gen(function*() {
  const rows = [
    ...(yield* sendOne("invoice", yield* Messages.invoice)),
    ...(yield* sendOne("half refused", Messages.halfRefused)),
    ...(yield* sendOne("header injection", Messages.injected)),
    ...(yield* sendNewsletter)
  ]
  yield* Report.table(rows)
})

const toLocalServer = Effect.gen(function*() {
  const server = yield* ScriptedSmtpServer.ScriptedSmtpServer
  yield* Console.log(`Sending to an SMTP server of our own on port ${server.port}, over STARTTLS, logged in\n`)
  yield* sendEverything.pipe(Effect.provide(LocalServer.backend))
  const { accepted, connections } = yield* server.ledger
  yield* Console.log(
    `\nThe server received ${accepted.length} messages over ${connections} connection(s). ` +
      "The first two, and one of the mailing, as an independent parser reads them:\n"
  )
  yield* Effect.forEach(accepted.slice(0, 3), Report.received, { discard: true })
}).pipe(Effect.provide(LocalServer.layer))

const toConfiguredServer = Console.log("Sending to the server that EMAIL_* names\n").pipe(
  Effect.zipRight(sendEverything),
  Effect.provide(Backend.layerConfig)
)

const isConfigured = Effect.map(
  Effect.forEach(["EMAIL_URL", "EMAIL_HOST"], (name) => Config.option(Config.string(name))),
  (settings) => settings.some(Option.isSome)
)

Effect.if(isConfigured, { onTrue: () => toConfiguredServer, onFalse: () => toLocalServer }).pipe(
  Effect.provide(NodeContext.layer),
  NodeRuntime.runMain
)
