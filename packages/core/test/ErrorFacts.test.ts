import type { DeliveryReport } from "@effect-mail/core"
import { Mail, MailBackend, MailError, MailPolicy, Message } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Either, Option, Schema } from "effect"

const reply = (code: number): DeliveryReport.Reply => ({ code, text: "said" })
const deferred: DeliveryReport.RecipientStatus = { _tag: "Deferred", recipient: "a@example.com", reply: reply(450) }
const rejected: DeliveryReport.RecipientStatus = { _tag: "Rejected", recipient: "b@example.com", reply: reply(550) }
const notSent: DeliveryReport.RecipientStatus = { _tag: "NotSent", recipient: "c@example.com" }
const unknown: DeliveryReport.RecipientStatus = { _tag: "Unknown", recipient: "d@example.com" }

const connection = (
  reason: MailError.ConnectionErrorReason,
  more: { readonly code?: number; readonly detail?: MailError.ConnectionErrorDetail } = {}
) => new MailError.ConnectionError({ reason, description: "it failed", ...more })

const rejection = (...recipients: ReadonlyArray<DeliveryReport.RecipientStatus>) =>
  new MailError.RejectedError({ command: "RCPT", recipients, code: 550, response: "no" })

const yes = true
const no = false

/** Transient, keeps the session, is the relay's fault, may fail over, recipients. */
type Row = readonly [boolean, boolean, boolean, boolean, ReadonlyArray<DeliveryReport.RecipientStatus>]

const table: ReadonlyArray<readonly [error: MailError.MailError, facts: Row]> = [
  [new MailError.BadHeaderError({ field: "Subject", reason: "it is bad" }), [no, no, no, no, []]],
  [new MailError.InvalidAddressError({ field: "To", input: "x", reason: "it is bad" }), [no, no, no, no, []]],
  [new MailError.InvalidMessageError({ reason: "it is bad" }), [no, no, no, no, []]],
  [new MailError.AttachmentError({ filename: Option.none(), cause: "gone" }), [yes, no, no, no, []]],
  [
    new MailError.AttachmentError({ filename: Option.none(), cause: "no octets", reason: "Invalid" }),
    [no, no, no, no, []]
  ],
  [connection("Dns"), [yes, no, yes, yes, []]],
  [connection("Refused"), [yes, no, yes, yes, []]],
  [connection("Timeout"), [yes, no, yes, yes, []]],
  [connection("Tls"), [yes, no, yes, yes, []]],
  [connection("Tls", { detail: "ClientCertificate" }), [no, no, yes, yes, []]],
  [connection("Certificate"), [no, no, yes, yes, []]],
  [connection("Greeting", { code: 421 }), [yes, no, yes, yes, []]],
  [connection("Greeting", { code: 554 }), [no, no, yes, yes, []]],
  [connection("Unavailable", { code: 421 }), [yes, no, yes, yes, []]],
  [connection("Protocol"), [no, no, yes, yes, []]],
  [connection("Lost"), [yes, no, yes, yes, []]],
  [connection("Io"), [yes, no, yes, yes, []]],
  [connection("Configuration"), [no, no, no, no, []]],
  [new MailError.AuthenticationError({ reason: "Refused", code: 535 }), [no, no, yes, yes, []]],
  [new MailError.AuthenticationError({ reason: "Refused", code: 454 }), [yes, no, yes, yes, []]],
  [new MailError.AuthenticationError({ reason: "NotOffered" }), [no, no, yes, yes, []]],
  [new MailError.AuthenticationError({ reason: "Credentials" }), [no, no, yes, yes, []]],
  [new MailError.CapabilityError({ capability: "SIZE", description: "too large" }), [no, yes, no, yes, []]],
  [rejection(rejected), [no, yes, no, no, [rejected]]],
  [rejection(deferred, rejected), [yes, yes, no, no, [deferred, rejected]]],
  [rejection(rejected, notSent), [yes, yes, no, no, [rejected, notSent]]],
  [new MailError.CapabilityError({ capability: "TAGS", description: "it is not carried" }), [no, yes, no, yes, []]],
  [
    new MailError.RejectedError({
      command: "message",
      recipients: [deferred],
      code: 451,
      response: "later",
      retryAfter: Duration.seconds(30)
    }),
    [yes, yes, no, no, [deferred]]
  ],
  [
    new MailError.OutcomeUnknownError({ recipients: [rejected, unknown], description: "it was lost" }),
    [no, no, no, no, [rejected, unknown]]
  ],
  [
    new MailError.OutcomeUnknownError({ recipients: [unknown], description: "no answer", repeatableUntil: 1000 }),
    [no, no, no, no, [unknown]]
  ]
]

const factsOf = (error: MailError.MailError): Row => [
  error.isTransient,
  error.keepsSession,
  error.isRelayFault,
  error.mayFailOver,
  error.recipients
]

describe("Facts of errors", () => {
  for (const [error, facts] of table) {
    const name = `${error._tag} ${"reason" in error ? error.reason : ""} ${error.recipients.map(({ _tag }) => _tag)}`
    it(`say what a program may do next: ${name}`, () => {
      assert.deepStrictEqual(factsOf(error), facts)
      assert.isTrue(error.message.endsWith(`. ${error.advice}`))
      assert.isTrue(MailError.isMailError(error))
    })
  }

  it("are there for every error", () => {
    const tags = new Set(table.map(([{ _tag }]) => _tag))
    const classes = Object.keys(MailError).filter((name) => name.endsWith("Error") && !name.startsWith("is"))
    assert.deepStrictEqual(Array.from(tags).sort(), classes.sort())
    const reasons = table.map(([error]) => error).filter((error) => error._tag === "ConnectionError")
      .map(({ reason }) => reason)
    assert.deepStrictEqual(
      Array.from(new Set(reasons)).sort(),
      Array.from(MailError.ConnectionErrorReason.literals).sort()
    )
  })

  it("are no fields: they neither are stored nor can be given", () => {
    const error = connection("Refused")
    assert.deepStrictEqual(Schema.encodeSync(MailError.ConnectionError)(error), {
      _tag: "ConnectionError",
      reason: "Refused",
      description: "it failed"
    })
    assert.deepStrictEqual(Object.keys(new MailError.InvalidMessageError({ reason: "x" })), ["reason", "_tag"])
  })

  const message = Message.make({ from: "ada@example.com", to: "bob@example.com", text: "Hello" })

  const backendErrors = table.map(([error]) => error).filter(MailError.isBackendError)

  for (const error of backendErrors) {
    it.effect(`decide whether a session goes on: ${error.message}`, () =>
      Effect.gen(function*() {
        let opened = 0
        const backend = MailBackend.make({
          name: "failing",
          open: Effect.sync(() => {
            opened++
            return { deliver: () => Effect.fail(error) }
          })
        })
        yield* Effect.scoped(Effect.flatMap(backend.connect, ({ send }) =>
          Effect.zipRight(Effect.either(send(message)), Effect.either(send(message)))))
        assert.strictEqual(opened, error.keepsSession ? 1 : 2)
      }))

    it.effect(`decide whether the next relay is tried, and this one skipped: ${error.message}`, () =>
      Effect.gen(function*() {
        const failing = MailBackend.make({
          name: "failing",
          open: Effect.succeed({ deliver: () => Effect.fail(error) })
        })
        const other = MailBackend.make({
          name: "other",
          open: Effect.succeed({ deliver: (outgoing) => Effect.succeed(MailBackend.acceptAll(outgoing)) })
        })
        const backend = MailPolicy.failover([failing, other])
        const sent = yield* Mail.send(message).pipe(
          Effect.provideService(MailBackend.MailBackend, backend),
          Effect.either
        )
        assert.strictEqual(Either.isRight(sent), error.mayFailOver)
        const [first] = yield* backend.relays
        assert.strictEqual(first !== undefined && Option.isSome(first.outUntil), error.isRelayFault)
      }))
  }
})
