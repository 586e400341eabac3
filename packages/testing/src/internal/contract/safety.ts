import * as Attachment from "@effect-mail/core/Attachment"
import * as Mail from "@effect-mail/core/Mail"
import * as Message from "@effect-mail/core/Message"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Body, type Case, injection, send, tags } from "./case.js"
import * as Messages from "./messages.js"
import * as Probes from "./probes.js"

const { hasOpened, same, succeeds } = Probes
const { hasDelivered, hasDeliveredAll, numbered } = Messages

const nothing: Case = {
  name: "opens nothing where there is nothing to send",
  needs: [],
  body: (probed) =>
    Effect.gen(function*() {
      yield* same("the entries of the report", [], (yield* Mail.sendAll([])).entries)
      yield* same("messages counted", 0, yield* succeeds("`sendMassMail`", Mail.sendMassMail(new Set())))
      yield* same("messages of the sink", 0, (yield* Stream.run(Stream.empty, Mail.sink)).sent)
      yield* Stream.runDrain(Mail.sendStream(Stream.empty))
      yield* hasOpened(probed, 0)
      yield* hasDelivered(probed)
    })
}

const noRecipients: Case = {
  name: "checks a message without recipients, and opens nothing for it",
  needs: [],
  body: (probed) =>
    Effect.gen(function*() {
      const message = numbered(1, { to: [] })
      yield* Probes.failsWith("no recipient", "InvalidMessageError", Mail.send(message))
      yield* same(
        "the entries of the report",
        ["InvalidMessageError", "InvalidMessageError"],
        tags(yield* Mail.sendAll([message, message]))
      )
      yield* same("messages counted", 0, yield* succeeds("`sendMassMail`", Mail.sendMassMail([message, message])))
      yield* Probes.failsWith(
        "a line break in the subject",
        "BadHeaderError",
        Mail.send(Message.subject(message, "a\nb"))
      )
      yield* hasOpened(probed, 0)
      yield* hasDelivered(probed)
    })
}

const refusesAll = (
  probed: Probes.Probed,
  tag: "BadHeaderError" | "InvalidAddressError",
  wrong: ReadonlyArray<readonly [detail: string, message: Message.Message]>
): Body =>
  Effect.gen(function*() {
    yield* Effect.forEach(wrong, ([detail, message]) => Probes.failsWith(detail, tag, Mail.send(message)))
    const report = yield* Mail.sendAll(wrong.map(([, message]) => message))
    yield* same("the entries of the report", wrong.map(() => tag), tags(report))
    yield* hasOpened(probed, 0)
    yield* hasDelivered(probed)
  })

const named = { name: injection, address: "eve@example.net" }

const attached = (options: Attachment.Options): Message.Options => ({
  attachments: [Attachment.bytes(new Uint8Array(3), options)]
})

const injections: ReadonlyArray<readonly [field: string, options: Message.Options]> = [
  ["the subject", { subject: injection }],
  ["the subject, as a lone line feed", { subject: "Hello\nBcc: eve@example.net" }],
  ["the subject, as a lone carriage return", { subject: "Hello\rBcc: eve@example.net" }],
  ["the subject, as NUL", { subject: "Hello\0" }],
  ["the name in From", { from: named }],
  ["the name in To", { to: named }],
  ["the name in Cc", { cc: named }],
  ["the name in Reply-To", { replyTo: named }],
  ["an address in To", { to: "eve@example.net\r\nBcc: eve" }],
  ["an address in Cc", { cc: "eve\nRCPT TO:<eve@example.net>" }],
  ["the Message-ID", { messageId: `<1@example.com>\r\n${injection}` }],
  ["In-Reply-To", { inReplyTo: `<1@example.com>\r\n${injection}` }],
  ["References", { references: `<1@example.com>\r\n${injection}` }],
  ["List-Id", { listId: injection }],
  ["List-Unsubscribe", { listUnsubscribe: `https://example.com/\r\n${injection}` }],
  ["the value of an extra header", { headers: { "X-Test": injection } }],
  ["the name of an extra header", { headers: { [injection]: "a value" } }],
  ["an extra header called Bcc", { headers: { Bcc: "eve@example.net" } }],
  ["the file name of an attachment", attached({ filename: injection })],
  ["the content type of an attachment", attached({ contentType: `image/png\r\n${injection}` })],
  ["the Content-ID of an attachment", attached({ contentId: injection })],
  ["an extra header of an attachment", attached({ headers: { "X-Test": injection } })]
]

const headerSafety: Case = {
  name: "refuses line breaks and control characters in every header before it opens anything",
  needs: [],
  body: (probed) =>
    refusesAll(
      probed,
      "BadHeaderError",
      injections.map(([field, options]) => [`an injection through ${field}`, numbered(1, options)])
    )
}

const noAddresses = [
  "eve@other.com@example.net",
  "eve@other.com <eve@example.net>",
  "eve@example.net, eve@other.com",
  "@",
  "eve@",
  "@example.net"
]

const splitAddresses = ["\"eve@example.net\r\nto\"@example.net", "eve\nRCPT TO:<eve@example.net>"]

const addressSafety: Case = {
  name: "refuses what is not one address before it opens anything",
  needs: [],
  body: (probed) =>
    refusesAll(
      probed,
      "InvalidAddressError",
      [
        ...noAddresses.flatMap((address) =>
          (["to", "cc", "bcc", "replyTo", "envelopeFrom"] as const).map((field) =>
            [`${address} in ${field}`, numbered(1, { [field]: address })] as const
          )
        ),
        ...splitAddresses.flatMap((address) =>
          // No header is made of these: the error is about the address.
          (["bcc", "envelopeFrom"] as const).map((field) =>
            [`${JSON.stringify(address)} in ${field}`, numbered(1, { [field]: address })] as const
          )
        )
      ]
    )
}

const hidden: Case = {
  name: "delivers to Bcc recipients, and names them in no message",
  needs: [],
  body: (probed) =>
    Effect.gen(function*() {
      const bcc = "Carol Hidden <carol@hidden.example>"
      const all = [numbered(1, { bcc }), numbered(2, { to: [], bcc })] as const
      yield* Messages.isAccepted(yield* send(all[0]), all[0], "bob@example.org", "carol@hidden.example")
      yield* Messages.isAccepted(yield* send(all[1]), all[1], "carol@hidden.example")
      for (const { bytes } of yield* probed.delivered ?? Effect.succeed([])) {
        const leaked = new TextDecoder().decode(bytes).split("\r\n").filter((line) => /^bcc|hidden/i.test(line))
        yield* same("lines that tell of Bcc", [], leaked)
      }
      yield* hasDeliveredAll(probed, all)
    })
}

export const all: ReadonlyArray<Case> = [
  nothing,
  noRecipients,
  headerSafety,
  addressSafety,
  hidden
]
