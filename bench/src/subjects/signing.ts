/** What a DKIM signature costs beyond the RSA operation that it cannot do without. */
import { NodeCrypto } from "@effect-mail/backends"
import { Dkim, Mime, Outgoing } from "@effect-mail/core"
import { Effect, Option, Redacted } from "effect"
import { attempt, BenchError } from "../harness/BenchError.js"
import { interleave, type Run, timed } from "../harness/rounds.js"
import { ratio, summarize, type Summary } from "../harness/statistics.js"
import type { Context } from "./Context.js"
import { kinds } from "./messages.js"
import { wholeWay } from "./rendering.js"

export interface Results {
  readonly kind: string
  /** As `Smtp` signs, by `node:crypto`. */
  readonly againstRsa: Summary
  readonly againstRsaByWebCrypto: Summary
  readonly micros: { readonly rsa: Summary; readonly signed: Summary; readonly unsigned: Summary }
}

const failed = BenchError.because("A message cannot be signed")

const importedKey = (pem: string): Promise<CryptoKey> =>
  crypto.subtle.importKey(
    "pkcs8",
    Buffer.from(pem.replace(/-----[^-]*-----|\s/g, ""), "base64"),
    { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
    false,
    ["sign"]
  )

export const measure = ({ log, plan }: Context): Effect.Effect<Results, BenchError> =>
  Effect.gen(function*() {
    yield* log("signing")
    const [kind] = kinds
    if (kind === undefined) return yield* new BenchError({ message: "There is no message to sign" })
    const { privateKey } = yield* Dkim.generate()
    const key = yield* Effect.mapError(
      Dkim.key({ domain: "example.com", selector: "s", privateKey }),
      failed
    )
    const cryptoKey = yield* attempt("The key cannot be imported", () => importedKey(Redacted.value(privateKey)))
    const header = new Uint8Array(1000)
    const rsa: Run = (count) =>
      timed(attempt("WebCrypto does not sign", async () => {
        for (let n = 0; n < count; n++) await crypto.subtle.sign("RSASSA-PKCS1-v1_5", cryptoKey, header)
      }))
    const signed = (crypto: Option.Option<Dkim.CryptoProvider>): Run => (count) =>
      timed(Effect.gen(function*() {
        for (let n = 0; n < count; n++) {
          yield* Mime.render(yield* Dkim.signed(yield* Outgoing.prepare(kind.ours(n)), key, { unsigned: "refuse" }))
        }
      })).pipe(Effect.mapError(failed), Effect.provideService(Dkim.CryptoSetting, crypto))
    const times = yield* interleave({
      rsa,
      signed: signed(Option.some(NodeCrypto.provider)),
      signedByWebCrypto: signed(Option.none()),
      unsigned: wholeWay(kind)
    }, plan.rendering)
    // The message without a signature is no part of the cost of one.
    const costOf = (signed: ReadonlyArray<number>) => signed.map((each, i) => each - (times.unsigned[i] ?? 0))
    return {
      kind: kind.name,
      againstRsa: ratio(costOf(times.signed), times.rsa),
      againstRsaByWebCrypto: ratio(costOf(times.signedByWebCrypto), times.rsa),
      micros: { rsa: summarize(times.rsa), signed: summarize(times.signed), unsigned: summarize(times.unsigned) }
    }
  })
