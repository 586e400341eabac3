/**
 * Each provider keeps what every backend promises, over a client that reaches nothing.
 */
import { MailBackend, Message } from "@effect-mail/core"
import { BackendContract } from "@effect-mail/testing"
import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { providers } from "./Providers.js"
import * as Received from "./Received.js"
import * as RecordingClient from "./RecordingClient.js"

const html = Message.html("<p>This is a letter.</p>")

/** Brevo takes no message without html, and the letters of the contract have none. */
const withHtml = (backend: MailBackend.Service): MailBackend.Service => ({
  ...backend,
  send: (message) => backend.send(html(message)),
  connect: Effect.map(backend.connect, ({ send }) => ({ send: (message) => send(html(message)) }))
})

const mapped = (change: (backend: MailBackend.Service) => MailBackend.Service) =>
  Layer.effect(MailBackend.MailBackend, Effect.map(MailBackend.MailBackend, change))

for (const { layer, names: [name], success, takes } of providers) {
  describe(name, () => {
    const client = RecordingClient.layer(() => RecordingClient.response(success.status, success.body, success.headers))
    const cases = BackendContract.cases({
      layer: name === "brevo" ? Layer.provide(mapped(withHtml), layer()) : layer(),
      ...takes === "fields" ? {} : { delivered: Received.delivered },
      timeLimit: "20 seconds"
    })
    for (const { name, test } of cases) it.live(name, () => Effect.provide(test, client), 30_000)
  })
}
