import { Mail, Message } from "@effect-mail/core"
import { Attachment } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { providers } from "./Providers.js"
import * as RecordingClient from "./RecordingClient.js"

describe("files in JSON", () => {
  const [resend] = providers.filter(({ names: [name] }) => name === "resend")
  for (const length of [0, 1, 2, 3, 24_575, 24_576, 24_577, 100_000]) {
    it.effect(`hold all of ${length} octets`, () =>
      Effect.gen(function*() {
        assert(resend !== undefined)
        const octets = Uint8Array.from({ length }, (_, i) => (i * 7919) % 256)
        const message = Message.make({ from: "ada@example.com", to: "bob@example.org", text: "Hello" }).pipe(
          Message.attach(Attachment.bytes(octets, { filename: "a.bin" }))
        )
        const client = RecordingClient.layer(() => RecordingClient.response(200, resend.success.body))
        const [request] = yield* Effect.zipRight(Mail.send(message), RecordingClient.Requests).pipe(
          Effect.provide(Layer.provideMerge(resend.layer(), client))
        )
        assert(request !== undefined)
        const { attachments: [file] } = JSON.parse(RecordingClient.textOf(request))
        assert.deepStrictEqual(Buffer.from(file.content, "base64"), Buffer.from(octets))
      }))
  }
})
