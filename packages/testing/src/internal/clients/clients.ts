/**
 * Which clients do not support a feature of html or CSS, by the names of caniemail.com. It is made at build time of its
 * data, so that a bundler takes it along.
 */
export interface ClientSupport {
  /** When the data was last changed: `2025-09`. */
  readonly updated: string
  /** The names of the clients: `gmail` is Gmail. */
  readonly clients: Readonly<Record<string, string>>
  readonly features: Readonly<Record<string, Feature>>
}

/** `none`, `partly`: the platforms of a client that do not support it, or only in part. */
export interface Feature {
  readonly title: string
  readonly none: Readonly<Record<string, ReadonlyArray<string>>>
  readonly partly: Readonly<Record<string, ReadonlyArray<string>>>
}
