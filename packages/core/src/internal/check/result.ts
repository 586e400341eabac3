import * as Either from "effect/Either"
import { InvalidMessageError, type MessageError } from "../../MailError.js"

/** The result of a check. */
export type Checked<A> = Either.Either<A, MessageError>

/** The failure of a message that is wrong as a whole. */
export const invalid = (reason: string): Checked<never> => Either.left(new InvalidMessageError({ reason }))

/**
 * Checks items in order, up to the first that is wrong. Every message has many lists, most of them empty or short:
 * `Either.all` costs several times as much.
 */
export const checkEach = <A, B>(
  items: ReadonlyArray<A>,
  check: (item: A) => Checked<B>
): Checked<ReadonlyArray<B>> => {
  const results: Array<B> = []
  for (const item of items) {
    const checked = check(item)
    if (Either.isLeft(checked)) return Either.left(checked.left)
    results.push(checked.right)
  }
  return Either.right(results)
}

type Results<Checks> = { readonly [K in keyof Checks]: Checks[K] extends Checked<infer A> ? A : never }

/** The results of several checks, or the first failure. Several times as fast as `Either.all` and `Either.gen`. */
export const checkAll = <Checks extends Readonly<Record<string, Checked<unknown>>>>(
  checks: Checks
): Checked<Results<Checks>> => {
  const results: Record<string, unknown> = {}
  for (const key in checks) {
    const checked = checks[key]
    if (Either.isLeft(checked)) return Either.left(checked.left)
    results[key] = checked.right
  }
  return Either.right(results as Results<Checks>)
}
