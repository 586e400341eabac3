import { Smtp } from "@effect-mail/backends"
import { Attachment, MailPolicy, Message } from "@effect-mail/core"
import { ScriptedSmtpServer, SmtpScript, TestCertificates } from "@effect-mail/testing"
import { assert, layer } from "@effect/vitest"
import { Context, type Duration, Effect, Exit, FastCheck as fc, Fiber, Layer, Schedule, Scope, Stream } from "effect"
import * as ClientSockets from "../faults/ClientSockets.js"
import { classOf, nameOf, type Outcome } from "../faults/Outcome.js"
import * as Laws from "./FuzzLaws.js"
import * as Scripts from "./Scripts.js"

const runs = Number(process.env["FUZZ_RUNS"] ?? 60)
const settings = { fastCheck: { numRuns: runs }, timeout: 1000 * Math.max(60, runs * 4) }

/** One set for all servers, to save time: no client checks them. */
class Certificates extends Context.Tag("test/Certificates")<Certificates, TestCertificates.TestCertificates>() {
  static readonly layer = Layer.effect(Certificates, TestCertificates.make)
}

const hostile = [
  "RCPT TO:<eve@example.com>",
  ".",
  "..",
  ".\rMAIL FROM:<eve@example.com>",
  "QUIT",
  "DATA",
  "RSET eve@example.com"
].join("\r\n")

const messageOf = (subject: string, recipients: number): Message.Message =>
  Message.make({
    from: "ada@example.com",
    to: Array.from({ length: recipients }, (_, i) => `bob${i}@example.com`),
    subject,
    text: `${hostile}\r\n${"x".repeat(3000)}\r\n${hostile}`
  })

interface Client {
  readonly messages: number
  readonly recipients: number
  readonly connections: number
  readonly isHeld: boolean
  readonly retries: number
  readonly interruptAfter: number | undefined
}

const client: fc.Arbitrary<Client> = fc.record({
  messages: fc.integer({ min: 1, max: 3 }),
  recipients: fc.integer({ min: 1, max: 3 }),
  connections: fc.integer({ min: 1, max: 2 }),
  isHeld: fc.boolean(),
  retries: fc.constantFrom(0, 0, 2),
  interruptAfter: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined, freq: 4 })
})

const delivery = fc.constantFrom("whole" as const, "line" as const, "byte" as const)

const makeServer = (script: SmtpScript.Script, delivery: "whole" | "line" | "byte" = "whole") =>
  Effect.flatMap(Certificates, (certificates) => ScriptedSmtpServer.make(script, { delivery, certificates }))

const makeBackend = (
  { host, port }: ScriptedSmtpServer.Service,
  connections = 1,
  limit: Duration.DurationInput = "150 millis"
) =>
  Effect.orDie(Smtp.make({
    host,
    port,
    tls: "none",
    timeouts: { connect: limit, greeting: limit, command: limit, reply: limit, send: "2 seconds", close: "50 millis" },
    pool: { maxConnections: connections }
  }))

/** Sends as the client does, and gives what was broken once everybody has gone. */
const play = (script: SmtpScript.Script, delivery: "whole" | "line" | "byte", client: Client) =>
  Effect.gen(function*() {
    const serverScope = yield* Scope.make()
    const server = yield* Scope.extend(makeServer(script, delivery), serverScope)
    const sockets = yield* ClientSockets.watch(server.port)
    const calls = yield* Effect.scoped(Effect.gen(function*() {
      const plain = yield* makeBackend(server, client.connections)
      const backend = client.retries === 0 ? plain : MailPolicy.retry(Schedule.recurs(client.retries))(plain)
      const scope = yield* Effect.scope
      const held = yield* Effect.cached(Scope.extend(backend.connect, scope))
      return yield* Effect.forEach(
        Array.from({ length: client.messages }, (_, i) => `call ${i + 1}`),
        (subject) =>
          Effect.gen(function*() {
            const message = messageOf(subject, client.recipients)
            const sending = yield* Effect.fork(
              client.isHeld ? Effect.flatMap(held, (connection) => connection.send(message)) : backend.send(message)
            )
            const outcome: Outcome = client.interruptAfter === undefined
              ? yield* Fiber.await(sending)
              : yield* Effect.zipRight(Effect.sleep(client.interruptAfter), Fiber.interrupt(sending))
            return { subject, outcome }
          }),
        { concurrency: client.isHeld ? 1 : client.connections }
      )
    }))
    const open = sockets.open
    yield* server.allClosed
    yield* Scope.close(serverScope, Exit.void)
    const broken = Laws.broken(calls, yield* server.ledger)
    return open === 0 ? broken : broken.concat("no socket is left")
  })

layer(Certificates.layer, { excludeTestServices: true })("Whatever a server does", (it) => {
  it.scoped.prop(
    "no law is broken",
    [Scripts.script, delivery, client],
    ([script, delivery, client]) =>
      Effect.map(play(script, delivery, client), (broken) => assert.deepStrictEqual(broken, [])),
    settings
  )

  it.scoped.prop(
    "an answer before the message was handed over is never a success, and unknown only where it claims the message",
    [Scripts.earlyReply, fc.integer({ min: 1, max: 60_000 }), delivery],
    ([[code, text], afterOctets, delivery]) =>
      Effect.gen(function*() {
        const server = yield* makeServer(
          SmtpScript.make({ rules: [SmtpScript.on({ event: "BODY", afterOctets }, SmtpScript.send(text))] }),
          delivery
        )
        const backend = yield* makeBackend(server, 1, "10 seconds")
        const content = Stream.concat(Stream.make(new Uint8Array(100_000)), Stream.never)
        const message = Message.attach(messageOf("early", 1), Attachment.stream(content))
        const outcome = yield* Effect.exit(backend.send(message))
        const expected = code >= 500
          ? "permanent"
          : code >= 400
          ? "transient"
          : code >= 300
          ? "configuration"
          : "ambiguous"
        assert.strictEqual(classOf(outcome), expected)
        assert.deepStrictEqual((yield* server.ledger).received, [])
      }),
    settings
  )

  it.scoped.prop(
    "it does not matter where its words are cut",
    [Scripts.replies, fc.array(Scripts.cuts, { minLength: 4, maxLength: 4 }), fc.boolean()],
    ([replies, cuts, isPipelined]) =>
      Effect.gen(function*() {
        const run = (isCut: boolean) =>
          Effect.gen(function*() {
            const rules = replies.map(([event, reply], i) => ruleOf(event, reply, isCut ? cuts[i] ?? [] : []))
            const server = yield* makeServer(
              SmtpScript.make({ rules, extensions: isPipelined ? ["PIPELINING"] : [] })
            )
            const backend = yield* makeBackend(server, 1, "10 seconds")
            return nameOf(yield* Effect.exit(backend.send(messageOf("cut", 2))))
          })
        assert.strictEqual(yield* run(true), yield* run(false))
      }),
    settings
  )
})

/** A reply in pieces, meant as it is said. */
const ruleOf = (event: SmtpScript.Event, reply: string, cuts: ReadonlyArray<number>): SmtpScript.Rule => {
  const places = [0, ...cuts.map((part) => Math.floor(part * reply.length)).sort((a, b) => a - b), reply.length]
  const pieces = places.slice(1).map((end, i) => reply.slice(places[i], end))
  const meaning = event === "RCPT"
    ? SmtpScript.acceptRecipient
    : event === "DATA"
    ? SmtpScript.beginData
    : SmtpScript.accept
  const isPositive = reply.startsWith("2") || reply.startsWith("3")
  return SmtpScript.on(
    event,
    ...isPositive && event !== "MAIL" ? [meaning] : [],
    ...pieces.flatMap((piece) => [SmtpScript.send(piece), SmtpScript.wait(2)])
  )
}
