/**
 * Each provider against a real server that breaks off, is silent, or answers nonsense at each point of an exchange: one
 * message is never more than one request, and the error never says more than is proven.
 */
import type { MailError } from "@effect-mail/core"
import { Mail, Message } from "@effect-mail/core"
import { TestCertificates } from "@effect-mail/testing"
import { HttpClient } from "@effect/platform"
import { assert, layer } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Layer, Option, TestClock, TestContext } from "effect"
import * as FaultServer from "./FaultServer.js"
import { type Provider, providers } from "./Providers.js"
import { byBoth, clients } from "./RealClients.js"

class Certificates extends Context.Tag("test/Certificates")<Certificates, TestCertificates.TestCertificates>() {}

const certificates = Layer.effect(Certificates, TestCertificates.make)

type Expected = "taken" | "byStatus" | MailError.MailError["_tag"]

interface Fault {
  readonly name: string
  readonly script: FaultServer.Script
  /** What becomes of a message; `byStatus` where it depends on what decides for the provider. */
  readonly expected: Expected
  /** How many requests the server sees for each message. */
  readonly requests: 0 | 1
  /** What must have happened before time passes, where only that ends the exchange. */
  readonly silentAfter?: "connection" | "header" | "request" | "status"
  /** Whether the answer comes after all: within the time limit, or when the exchange is over. */
  readonly answersLate?: "in time" | "too late"
}

const half = (text: string): string => text.slice(0, Math.ceil(text.length / 2))

const answering = (status: number): FaultServer.Script => ({
  asked: (socket) => void socket.write(`HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`)
})

const faults: ReadonlyArray<Fault> = [
  { name: "answers", script: {}, expected: "taken", requests: 1 },
  {
    name: "answers, and closes",
    script: { asked: (socket, { whole }) => void socket.end(whole) },
    expected: "taken",
    requests: 1
  },
  {
    name: "answers octet by octet",
    script: {
      asked: (socket, { whole }) => {
        for (const octet of whole) socket.write(octet)
      }
    },
    expected: "taken",
    requests: 1
  },
  {
    name: "closes before TLS",
    script: { connected: (socket) => void socket.destroy() },
    expected: "OutcomeUnknownError",
    requests: 0
  },
  {
    name: "closes when the header has come",
    script: { headed: (socket) => void socket.destroy(), asked: () => undefined },
    expected: "OutcomeUnknownError",
    requests: 1
  },
  {
    name: "closes when all has come",
    script: { asked: (socket) => void socket.end() },
    expected: "OutcomeUnknownError",
    requests: 1
  },
  {
    name: "breaks off when all has come",
    script: { asked: (socket) => void socket.destroy() },
    expected: "OutcomeUnknownError",
    requests: 1
  },
  {
    name: "closes within the status line",
    script: { asked: (socket) => void socket.end("HTTP/1.1 2") },
    expected: "OutcomeUnknownError",
    requests: 1
  },
  {
    name: "closes within the header",
    script: { asked: (socket, { head }) => void socket.end(half(head)) },
    expected: "OutcomeUnknownError",
    requests: 1
  },
  {
    name: "closes within the body",
    script: {
      asked: (socket, { body, head }) => void socket.end(head.replace(/length: 0/, "length: 9") + half(body))
    },
    expected: "byStatus",
    requests: 1
  },
  {
    name: "closes when the header is answered",
    script: { asked: (socket, { head }) => void socket.end(head.replace(/length: 0/, "length: 9")) },
    expected: "byStatus",
    requests: 1
  },
  {
    name: "answers something that is not HTTP",
    script: { asked: (socket) => void socket.end("220 mail.example.com ESMTP\r\n") },
    expected: "OutcomeUnknownError",
    requests: 1
  },
  { name: "answers 500", script: answering(500), expected: "OutcomeUnknownError", requests: 1 },
  { name: "answers 502", script: answering(502), expected: "OutcomeUnknownError", requests: 1 },
  { name: "answers 503", script: answering(503), expected: "OutcomeUnknownError", requests: 1 },
  { name: "answers 504", script: answering(504), expected: "OutcomeUnknownError", requests: 1 },
  { name: "answers 429", script: answering(429), expected: "RejectedError", requests: 1 },
  {
    name: "sends it elsewhere",
    script: {
      asked: (socket) =>
        void socket.write("HTTP/1.1 307 X\r\nlocation: https://localhost:1/\r\ncontent-length: 0\r\n\r\n")
    },
    expected: "RejectedError",
    requests: 1
  },
  {
    name: "is silent when all has come",
    script: { asked: () => undefined },
    expected: "OutcomeUnknownError",
    requests: 1,
    silentAfter: "request"
  },
  {
    name: "is silent before TLS",
    script: { isMute: true },
    expected: "OutcomeUnknownError",
    requests: 0,
    silentAfter: "connection"
  },
  {
    name: "reads no further than the header, and is silent",
    script: { headed: (socket) => void socket.pause(), asked: () => undefined },
    expected: "OutcomeUnknownError",
    requests: 1,
    silentAfter: "header"
  },
  {
    name: "is silent within the status line",
    script: { asked: (socket) => void socket.write("HTTP/1.1 2") },
    expected: "OutcomeUnknownError",
    requests: 1,
    silentAfter: "request"
  },
  {
    name: "is silent within the header",
    script: { asked: (socket, { head }) => void socket.write(half(head)) },
    expected: "OutcomeUnknownError",
    requests: 1,
    silentAfter: "request"
  },
  {
    name: "answers late, but in time",
    script: { asked: () => undefined },
    expected: "taken",
    requests: 1,
    silentAfter: "request",
    answersLate: "in time"
  },
  {
    name: "answers when the time is over",
    script: { asked: () => undefined },
    expected: "OutcomeUnknownError",
    requests: 1,
    silentAfter: "request",
    answersLate: "too late"
  },
  {
    name: "says to wait, and is silent",
    script: { asked: (socket) => void socket.write("HTTP/1.1 102 Processing\r\n\r\n") },
    expected: "OutcomeUnknownError",
    requests: 1,
    silentAfter: "request"
  },
  {
    name: "is silent within the body",
    script: {
      asked: (socket, { body, head }) => void socket.write(head.replace(/length: 0/, "length: 9") + half(body))
    },
    expected: "byStatus",
    requests: 1,
    silentAfter: "status"
  }
]

const message = Message.make({ from: "ada@example.com", to: "bob@example.org", text: "Hello", html: "<p>Hello</p>" })

const send = Effect.either(Mail.send(message))

/** Lets time pass until the fiber has ended, which nothing else ends. */
const passTime = <A, E>(fiber: Fiber.Fiber<A, E>): Effect.Effect<A, E> =>
  TestClock.adjust("1 minute").pipe(
    Effect.zipRight(Effect.promise(() => new Promise((resume) => setImmediate(resume)))),
    Effect.zipRight(Fiber.poll(fiber)),
    Effect.repeat({ until: Option.isSome }),
    Effect.zipRight(Fiber.join(fiber))
  )

/** A client that tells when the status of the last of so many answers has come. */
const telling = (count: number, told: Deferred.Deferred<void>) =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (client) => {
      let answers = 0
      return HttpClient.tap(client, () => ++answers === count ? Deferred.succeed(told, undefined) : Effect.void)
    })
  )

const check = (
  provider: Provider,
  { answersLate, expected, requests, script, silentAfter }: Fault,
  client: keyof typeof clients,
  count: number
) =>
  Effect.gen(function*() {
    const { ca, valid } = yield* Certificates
    const server = yield* FaultServer.make(valid, provider.success, script)
    const told = yield* Deferred.make<void>()
    const backend = provider.layer({ baseUrl: server.url }).pipe(
      Layer.provide(telling(count, told)),
      Layer.provide(clients[client](ca))
    )
    const sending = yield* Effect.fork(
      Effect.all(Array.from({ length: count }, () => send), { concurrency: "unbounded" }).pipe(Effect.provide(backend))
    )
    if (silentAfter === "connection") yield* server.until(() => server.connected() === count)
    if (silentAfter === "header") yield* server.until(() => server.headed() === count)
    if (silentAfter === "request") yield* server.until(() => server.asked() === count)
    if (silentAfter === "status") yield* Deferred.await(told)
    if (answersLate === "in time") {
      yield* TestClock.adjust("59 seconds")
      server.answerAll()
    }
    const outcomes = yield* silentAfter === undefined || answersLate === "in time"
      ? Fiber.join(sending)
      : passTime(sending)
    if (answersLate === "too late") server.answerAll()
    const decided = provider.decides === "status" ? "taken" : "OutcomeUnknownError"
    for (const outcome of outcomes) {
      const actual = outcome._tag === "Right" ? "taken" : outcome.left._tag
      assert.strictEqual(actual, expected === "byStatus" ? decided : expected)
    }
    assert.strictEqual(server.headed(), count * requests)
  }).pipe(Effect.scoped, Effect.provide(TestContext.TestContext))

// Certificates have the time of the wall, which is what OpenSSL goes by; each exchange has a clock of its own.
layer(certificates, { excludeTestServices: true })("a server that", (it) => {
  for (const provider of providers) {
    for (const fault of faults) {
      // What has no body cannot be silent within it.
      if (fault.silentAfter === "status" && provider.success.body === "") continue
      const name = `${fault.name}: ${provider.names[0]}`
      it.effect(name, () => check(provider, fault, "fetch", 1))
      it.effect(`${name}, three at once`, () => check(provider, fault, "fetch", 3))
      if (byBoth.has(provider)) it.effect(`${name}, by Node's client`, () => check(provider, fault, "node", 1))
    }
  }
})
