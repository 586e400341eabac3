/** What the compiler says of common mistakes: these sentences are read by people. */
import { Attachment, Mail, type MailBackend, MailPolicy, Message } from "@effect-mail/core"
import type { Layer } from "effect"
import { Effect, Schedule, Stream } from "effect"
import { describe, expect, test } from "tstyche"

declare const layer: Layer.Layer<MailBackend.MailBackend>
declare const other: Layer.Layer<"Other">
declare const message: Message.Message
declare const maybe: string | undefined
declare const rows: Stream.Stream<Uint8Array, never, "Database">

const thrice = MailPolicy.retry(Schedule.recurs(3))

describe("a policy", () => {
  test("on a layer is no mistake", () => {
    expect(layer.pipe(thrice)).type.toBe<Layer.Layer<MailBackend.MailBackend>>()
  })

  test("on a layer without a backend", () => {
    // @ts-expect-error Type 'MailBackend' is not assignable to type '"Other"'.
    other.pipe(thrice)
  })

  test("on an effect", () => {
    // @ts-expect-error Type 'Effect<DeliveryReport, MailError, MailBackend>' is not assignable to type 'Service | BackendLayer'.
    Mail.send(message).pipe(thrice)
  })
})

describe("a program", () => {
  test("without a backend", () => {
    // @ts-expect-error Type 'MailBackend' is not assignable to type 'never'.
    Effect.runSync(Mail.send(message))
  })

  test("that sends a text", () => {
    // @ts-expect-error Argument of type 'string' is not assignable to parameter of type 'Message | Options'.
    Mail.send("Hello")
  })

  test("that sends a stream of texts", () => {
    // @ts-expect-error Type 'string' is not assignable to type 'Message | Options | readonly [key: unknown, message: Message | Options]'.
    Mail.sendStream(Stream.make("Hello"))
  })
})

describe("options", () => {
  test("with a wrong key", () => {
    // @ts-expect-error Object literal may only specify known properties, and 'form' does not exist in type 'Options'.
    Message.make({ form: "ada@example.com", to: "bob@example.com" })
    // @ts-expect-error Object literal may only specify known properties, and 'form' does not exist in type 'Message | Options'.
    Mail.send({ form: "ada@example.com", to: "bob@example.com" })
    // @ts-expect-error Object literal may only specify known properties, and 'body' does not exist in type 'SendMailOptions'.
    Mail.sendMail({ subject: "", body: "", to: "bob@example.com" })
  })

  test("without a recipient, where one is required", () => {
    // @ts-expect-error Type 'string | undefined' is not assignable to type 'OneOrMore<Input>'.
    Mail.sendMail({ subject: "", text: "", to: maybe })
  })

  test("without a recipient, where it may be missing", () => {
    expect(Mail.send).type.toBeCallableWith({ text: "", to: maybe })
  })

  test("without a body", () => {
    // @ts-expect-error Property 'text' is missing in type '{ subject: string; to: string; }'
    Mail.sendMail({ subject: "", to: "bob@example.com" })
  })
})

describe("an attachment", () => {
  test("of a stream that needs a service", () => {
    // @ts-expect-error Type '"Database"' is not assignable to type 'never'.
    Attachment.stream(rows)
  })
})
