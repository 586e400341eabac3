import { Smtp } from "@effect-mail/backends"
import { TestCertificates } from "@effect-mail/testing"
import { Context, Effect, Layer, Redacted } from "effect"
import type { AddressInfo } from "node:net"
import { SMTPServer } from "smtp-server"

/** A message as the server took it. */
export interface Received {
  readonly from: string
  readonly to: ReadonlyArray<string>
  readonly bytes: Uint8Array
}

/** An SMTP server on loopback that wants STARTTLS and a login, and refuses `nobody@...`. */
export class LocalServer extends Context.Tag("quickstart/LocalServer")<LocalServer, {
  readonly options: Smtp.Options
  readonly received: Effect.Effect<ReadonlyArray<Received>>
  readonly connectionCount: Effect.Effect<number>
}>() {}

const user = "shop"
const password = "correct horse battery staple"

const refusal = Object.assign(new Error("5.1.1 no such user here"), { responseCode: 550 })

export const layer: Layer.Layer<LocalServer> = Layer.scoped(
  LocalServer,
  Effect.gen(function*() {
    const certificates = yield* TestCertificates.make
    const received: Array<Received> = []
    let connections = 0

    const server = new SMTPServer({
      ...certificates.valid,
      logger: false,
      onConnect: (_, done) => {
        connections++
        done()
      },
      onAuth: (auth, _, done) =>
        auth.username === user && auth.password === password
          ? done(null, { user })
          : done(new Error("wrong user or password")),
      onRcptTo: ({ address }, _, done) => done(address.startsWith("nobody@") ? refusal : null),
      onData: (stream, session, done) => {
        const chunks: Array<Uint8Array> = []
        stream.on("data", (chunk: Uint8Array) => chunks.push(chunk))
        stream.on("end", () => {
          const { mailFrom, rcptTo } = session.envelope
          received.push({
            from: mailFrom === false ? "" : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            bytes: Buffer.concat(chunks)
          })
          done(null, `2.0.0 queued as ${received.length}`)
        })
      }
    })
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.void))
      }),
      () =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
        })
    )
    const { port } = server.server.address() as AddressInfo

    return {
      options: {
        host: "localhost",
        port,
        tls: "required",
        auth: { user, password: Redacted.make(password) },
        certificates: { ca: certificates.ca }
      },
      received: Effect.sync(() => received.slice()),
      connectionCount: Effect.sync(() => connections)
    }
  })
)

/** Sends to the local server, as to any other. */
export const backend = Layer.unwrapEffect(Effect.map(LocalServer, ({ options }) => Smtp.layer(options)))
