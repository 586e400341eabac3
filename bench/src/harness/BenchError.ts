import { Data, Effect } from "effect"

/** Why there is no number. */
export class BenchError extends Data.TaggedError("BenchError")<{ readonly message: string; readonly cause?: unknown }> {
  static readonly because = (message: string) => (cause: unknown): BenchError => new BenchError({ message, cause })
}

/** What a promise gives. The loops of nodemailer are such promises, so that no fiber runs in them. */
export const attempt = <A>(message: string, run: () => Promise<A>): Effect.Effect<A, BenchError> =>
  Effect.tryPromise({ try: run, catch: BenchError.because(message) })
