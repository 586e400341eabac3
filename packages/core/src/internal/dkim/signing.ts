import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { BackendError } from "../../MailError.js"
import { ConnectionError } from "../../MailError.js"
import * as Mime from "../../Mime.js"
import * as Outgoing from "../../Outgoing.js"
import { keepOctets } from "../outgoing/rendered.js"
import type { CryptoProvider } from "../value/crypto.js"
import { isSame, MessageReader } from "./bodyHash.js"
import { relaxedBody } from "./canonical.js"
import * as Header from "./header.js"
import * as Signature from "./signature.js"

export interface Settings {
  readonly signers: ReadonlyArray<Signature.Signer>
  readonly unsigned: "refuse" | "send"
  readonly except: ReadonlySet<string>
}

interface Measured extends Signature.Digest {
  /** Whether the octets came from a stream, which may give others the next time. */
  readonly isStreamed: boolean
}

const inMemory = (octets: Uint8Array, crypto: CryptoProvider): Effect.Effect<Measured> => {
  const start = Header.bodyStart(octets)
  const end = start < 0 ? octets.length : start
  const fields = Header.readFields(octets.subarray(0, end))
  return Effect.map(
    crypto.digest(relaxedBody(octets.subarray(end))),
    (bodyHash) => ({ fields, bodyHash, isStreamed: false })
  )
}

const streamed = (outgoing: Outgoing.Outgoing, { hash }: CryptoProvider): Effect.Effect<Measured, BackendError> =>
  Effect.suspend(() => {
    const reader = new MessageReader(hash())
    return Effect.map(
      Mime.runForEach(outgoing, (piece) => Effect.sync(() => reader.update(piece))),
      () => {
        const { bodyHash, header } = reader.finish()
        return { fields: Header.readFields(header), bodyHash, isStreamed: true }
      }
    )
  })

const changed = "a streamed attachment gave other octets than those that were signed"

const guardOf = (bodyHash: Uint8Array, { hash }: CryptoProvider) => (): Outgoing.Guard => {
  const reader = new MessageReader(hash())
  return {
    update: (octets) => reader.update(octets),
    finish: () => isSame(reader.finish().bodyHash, bodyHash) ? undefined : changed
  }
}

/** The keys of the domain that is closest to the author's: the same, or a parent of it. */
const signersFor = (
  signers: ReadonlyArray<Signature.Signer>,
  author: string | undefined
): ReadonlyArray<Signature.Signer> => {
  const isParent = (domain: string) => author === domain || author?.endsWith(`.${domain}`) === true
  const candidates = signers.filter(({ domain }) => isParent(domain))
  const longest = candidates.reduce((length, { domain }) => Math.max(length, domain.length), 0)
  return candidates.filter(({ domain }) => domain.length === longest)
}

const noKey = new ConnectionError({
  reason: "Configuration",
  description: "no DKIM key is for the domain of the message's author"
})

/** Gives a message the signatures of another one that has the same bytes. */
export type Apply = (outgoing: Outgoing.Outgoing) => Outgoing.Outgoing

const unchanged: Apply = (outgoing) => outgoing

/** What signs the message, and all that have its bytes. Signatures that it has already stay as they are. */
export const sign = (
  outgoing: Outgoing.Outgoing,
  { except, signers, unsigned }: Settings,
  crypto: CryptoProvider
): Effect.Effect<Apply, BackendError> =>
  Effect.flatMap(
    outgoing.streamed
      ? streamed(outgoing, crypto)
      : Effect.flatMap(Mime.render(outgoing), (octets) => {
        keepOctets(outgoing, octets)
        return inMemory(octets, crypto)
      }),
    (measured) => {
      const { bodyHash, fields, isStreamed } = measured
      const chosen = signersFor(signers, Header.authorDomain(fields))
      if (chosen.length === 0) return unsigned === "send" ? Effect.succeed(unchanged) : Effect.fail(noKey)
      const missing = chosen.filter((signer) => !Header.isSignedBy(fields, signer))
      if (missing.length === 0) return Effect.succeed(unchanged)
      // One after the other: for a second, short signature a fiber of its own costs more than it saves.
      const values = Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Effect.forEach(missing, (signer) =>
          Signature.value(measured, signer, except, Math.floor(now / 1000), crypto)))
      return Effect.map(values, (values): Apply => {
        const prepended = Outgoing.prepend(values.map((value) =>
          ["DKIM-Signature", value] as const
        ))
        const guard = guardOf(bodyHash, crypto)
        return (outgoing) => {
          const signed = Either.getOrElse(prepended(outgoing), () => outgoing)
          return isStreamed ? Outgoing.guard(signed, guard) : signed
        }
      })
    }
  )
