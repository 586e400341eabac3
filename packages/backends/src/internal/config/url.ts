import * as Either from "effect/Either"

type Parsed<A> = Either.Either<A, string>

export const decode = (text: string): Parsed<string> =>
  Either.try({ try: () => decodeURIComponent(text), catch: () => "it holds a bad percent-encoding" })

/** A URL that is its scheme and no more. */
export const onlyScheme = (url: URL): Parsed<void> =>
  url.host === "" && url.pathname === "" && url.search === ""
    ? Either.right(undefined)
    : Either.left(`nothing follows ${url.protocol}`)
