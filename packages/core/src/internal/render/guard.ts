import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { AttachmentError } from "../../MailError.js"

/**
 * Sees the octets of a message each time that they are rendered. A piece is valid until `update` returns: its buffer is
 * reused. `finish` returns the reason why the message must not be sent, or undefined.
 *
 * @since 0.1.0
 * @category models
 */
export interface Guard {
  readonly update: (octets: Uint8Array) => void
  readonly finish: () => string | undefined
}

export type MakeGuard = () => Guard

const verdict = (guards: ReadonlyArray<Guard>): Effect.Effect<void, AttachmentError> =>
  Effect.suspend(() => {
    for (const guard of guards) {
      const reason = guard.finish()
      if (reason !== undefined) {
        return Effect.fail(new AttachmentError({ filename: Option.none(), cause: new Error(reason) }))
      }
    }
    return Effect.void
  })

const show = (guards: ReadonlyArray<Guard>, octets: Uint8Array): void => {
  for (const guard of guards) guard.update(octets)
}

/** The same octets, failing at their end where a guard refuses them. */
export const guardStream = (
  makers: ReadonlyArray<MakeGuard> | undefined,
  octets: Stream.Stream<Uint8Array, AttachmentError>
): Stream.Stream<Uint8Array, AttachmentError> =>
  makers === undefined ? octets : Stream.suspend(() => {
    const guards = makers.map((make) => make())
    return octets.pipe(
      Stream.tap((piece) => Effect.sync(() => show(guards, piece))),
      Stream.concat(Stream.execute(verdict(guards)))
    )
  })

/** The same for octets that are all there. */
export const guardOctets = (
  makers: ReadonlyArray<MakeGuard> | undefined,
  octets: Effect.Effect<Uint8Array, AttachmentError>
): Effect.Effect<Uint8Array, AttachmentError> =>
  makers === undefined ? octets : Effect.tap(octets, (whole) =>
    Effect.suspend(() => {
      const guards = makers.map((make) => make())
      show(guards, whole)
      return verdict(guards)
    }))

/** The same for octets that are handed on piece by piece. */
export const guardEach = <E, R>(
  makers: ReadonlyArray<MakeGuard> | undefined,
  f: (piece: Uint8Array) => Effect.Effect<unknown, E, R>,
  run: (f: (piece: Uint8Array) => Effect.Effect<unknown, E, R>) => Effect.Effect<void, AttachmentError | E, R>
): Effect.Effect<void, AttachmentError | E, R> =>
  makers === undefined ? run(f) : Effect.suspend(() => {
    const guards = makers.map((make) => make())
    return Effect.zipRight(
      run((piece) =>
        Effect.suspend(() => {
          show(guards, piece)
          return f(piece)
        })
      ),
      verdict(guards)
    )
  })
