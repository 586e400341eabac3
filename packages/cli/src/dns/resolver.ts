import * as SenderDomain from "@effect-mail/inbound/SenderDomain"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { Resolver } from "node:dns/promises"
import { type Failure, wrongUse } from "../command/Command.js"

const isNone = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && (cause.code === "ENOTFOUND" || cause.code === "ENODATA")

/** What asks the name servers of this machine, or the one that is given. */
export const resolver = (server: string | undefined): Either.Either<Layer.Layer<SenderDomain.Resolver>, Failure> => {
  const dns = new Resolver({ timeout: 3_000, tries: 2 })
  try {
    if (server !== undefined) dns.setServers([server])
  } catch {
    return Either.left(wrongUse(`--resolver is the address of a name server, such as 192.0.2.1 or 127.0.0.1:5353`))
  }
  return Either.right(Layer.succeed(SenderDomain.Resolver, {
    txt: (name) =>
      Effect.tryPromise(() => dns.resolveTxt(name)).pipe(
        Effect.map((records) => records.map((pieces) => pieces.join(""))),
        Effect.catchAll(({ error }) =>
          isNone(error) ? Effect.succeed([]) : Effect.fail(new SenderDomain.ResolverError({ name, cause: error }))
        )
      )
  }))
}
