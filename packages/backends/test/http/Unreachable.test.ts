/**
 * Servers that no request may reach: with a certificate that cannot be trusted, and those that are not there.
 */
import { Mail, Message } from "@effect-mail/core"
import { TestCertificates } from "@effect-mail/testing"
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import * as net from "node:net"
import * as FaultServer from "./FaultServer.js"
import { type Provider, providers } from "./Providers.js"
import { byBoth, clients } from "./RealClients.js"

class Certificates extends Context.Tag("test/Certificates")<Certificates, {
  readonly known: TestCertificates.TestCertificates
  readonly other: TestCertificates.TestCertificates
}>() {}

const certificates = Layer.effect(
  Certificates,
  Effect.all({ known: TestCertificates.make, other: TestCertificates.make })
)

const message = Message.make({ from: "ada@example.com", to: "bob@example.org", text: "Hello", html: "<p>Hello</p>" })

type Client = keyof typeof clients

/** The error of a message for a server at this place, which must say that nothing was sent. */
const failure = (provider: Provider, baseUrl: string, client: Client, ca: string) =>
  Mail.send(message).pipe(
    Effect.flip,
    Effect.provide(provider.layer({ baseUrl }).pipe(Layer.provide(clients[client](ca)))),
    Effect.map((error) => {
      assert(error._tag === "ConnectionError", error._tag)
      assert.isFalse(error.keepsSession)
      assert.isTrue(error.mayFailOver)
      return error
    })
  )

const faults = [
  ["expired", "Expired"],
  ["notYetValid", "NotYetValid"],
  ["wrongHost", "WrongName"],
  ["selfSigned", "SelfSigned"]
] as const

/** A port on which nothing listens: it was just given back. */
const closedPort = Effect.async<number>((resume) => {
  const server = net.createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

layer(certificates, { excludeTestServices: true })("a server", (it) => {
  for (const provider of providers) {
    for (const client of ["fetch", "node"] as const) {
      if (client === "node" && !byBoth.has(provider)) continue
      const name = `${provider.names[0]}, by ${client}`

      for (const [certificate, detail] of faults) {
        it.effect(`whose certificate is ${certificate}: ${name}`, () =>
          Effect.gen(function*() {
            const { known } = yield* Certificates
            const server = yield* FaultServer.make(known[certificate], provider.success, {})
            const error = yield* failure(provider, server.url, client, known.ca)
            assert.deepStrictEqual([error.reason, error.detail, error.isTransient], ["Certificate", detail, false])
            assert.strictEqual(server.headed(), 0)
          }).pipe(Effect.scoped))
      }

      it.effect(`whose authority is another one: ${name}`, () =>
        Effect.gen(function*() {
          const { known, other } = yield* Certificates
          const server = yield* FaultServer.make(other.valid, provider.success, {})
          const error = yield* failure(provider, server.url, client, known.ca)
          assert.strictEqual(error.reason, "Certificate")
          assert.include(["PrivateAuthority", "Untrusted"], error.detail)
          assert.strictEqual(server.headed(), 0)
        }).pipe(Effect.scoped))

      it.effect(`that refuses the connection: ${name}`, () =>
        Effect.gen(function*() {
          const { known } = yield* Certificates
          const error = yield* failure(provider, `https://127.0.0.1:${yield* closedPort}`, client, known.ca)
          assert.deepStrictEqual([error.reason, error.detail, error.isTransient], ["Refused", "NotListening", true])
        }).pipe(Effect.scoped))

      it.effect(`whose name is not known: ${name}`, () =>
        Effect.gen(function*() {
          const { known } = yield* Certificates
          // RFC 6761 section 6.4: no name server knows it.
          const error = yield* failure(provider, "https://mail.invalid", client, known.ca)
          assert.strictEqual(error.reason, "Dns")
        }).pipe(Effect.scoped))
    }
  }
})
