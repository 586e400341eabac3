import type { MailPolicy } from "@effect-mail/core"
import { Dkim, MailBackend, Mime, type Outgoing } from "@effect-mail/core"
import * as Vectors from "@effect-mail/test-kit/Vectors"
import { Effect, Redacted } from "effect"

const { dns, keys } = Vectors.dkim

export { dns }

export const rsa = Dkim.key({ ...keys.rsa, privateKey: Redacted.make(keys.rsa.pkcs8) })

export const ed25519 = Dkim.key({ ...keys.ed25519, privateKey: Redacted.make(keys.ed25519.pkcs8) })

export const both = Effect.all([rsa, ed25519])

/** A backend that keeps what it was given, and the octets of it. */
export const keeping = (policy: MailPolicy.Policy) => {
  const octets: Array<Uint8Array> = []
  const delivered: Array<Outgoing.Outgoing> = []
  const inner = MailBackend.make({
    name: "keeping",
    open: Effect.succeed({
      deliver: (outgoing) =>
        Effect.map(Mime.render(outgoing), (bytes) => {
          delivered.push(outgoing)
          octets.push(bytes)
          return MailBackend.acceptAll(outgoing)
        })
    })
  })
  return { octets, delivered, backend: policy(inner) }
}

/** The value of a tag of the signatures of a message, in their order. */
export const tags = (octets: Uint8Array, tag: string): ReadonlyArray<string> => {
  const text = Buffer.from(octets).toString("latin1")
  const header = text.slice(0, text.indexOf("\r\n\r\n") + 2).replace(/\r\n[\t ]+/g, " ")
  return Array.from(
    header.matchAll(/^DKIM-Signature: (.*)$/gm),
    ([, value = ""]) => (new RegExp(`(?:^|;)\\s*${tag}=([^;]*)`).exec(value)?.[1] ?? "").replace(/\s+/g, "")
  )
}
