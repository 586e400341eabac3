import * as Effect from "effect/Effect"
import type { Certificate } from "../../../TestCertificates.js"
import type { Connection, Piece } from "../connection.js"
import type { ResolvedLimits } from "../options.js"

/** What a client sends, within the idle time limit. After that the connection is closed, with 421 where that is in place. */
export class Input {
  constructor(private readonly connection: Connection, private readonly limits: ResolvedLimits) {}

  private within<A>(waiting: Effect.Effect<A>, otherwise: Effect.Effect<never>): Effect.Effect<A> {
    const { idleTimeout } = this.limits
    return idleTimeout === undefined
      ? waiting
      : Effect.flatten(Effect.timeoutTo(waiting, {
        duration: idleTimeout,
        onSuccess: (came): Effect.Effect<A> => Effect.succeed(came),
        onTimeout: () => otherwise
      }))
  }

  private readonly giveUp: Effect.Effect<never> = Effect.suspend(() =>
    Effect.zipRight(this.connection.write(Buffer.from("421 4.4.2 idle for too long\r\n")), this.connection.close)
  )

  readonly line: Effect.Effect<Uint8Array> = Effect.suspend(() =>
    this.within(this.connection.takeLine(this.limits.maxCommandOctets), this.giveUp)
  )

  data(isLineStart: boolean): Effect.Effect<Piece> {
    return this.within(this.connection.takeData(isLineStart), this.giveUp)
  }

  chunk(left: number): Effect.Effect<Uint8Array> {
    return this.within(this.connection.takeChunk(left), this.giveUp)
  }

  /** Drops octets. */
  skip(octets: number): Effect.Effect<void> {
    return octets === 0
      ? Effect.void
      : Effect.flatMap(this.chunk(octets), ({ length }) => this.skip(octets - length))
  }

  handshake(certificate: Certificate): Effect.Effect<void> {
    return this.within(this.connection.startTls(certificate), this.connection.close)
  }
}
