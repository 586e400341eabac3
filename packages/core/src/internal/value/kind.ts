class Value {
  readonly #typeId: string

  constructor(typeId: string, fields: object) {
    this.#typeId = typeId
    Object.freeze(Object.assign(this, fields))
  }

  static isOf(typeId: string, u: unknown): boolean {
    return typeof u === "object" && u !== null && #typeId in u && u.#typeId === typeId
  }
}

/**
 * Whether a value is of a kind.
 *
 * @internal
 */
export const isOf = Value.isOf

/**
 * Makes values of a kind, which nobody else can make or change: what only looks like one, be it out of JSON, a `Proxy` or
 * of the right prototype, is none. `prototype` holds what all of the kind have in common.
 *
 * @internal
 */
export const kind = <A>(typeId: string, prototype: object): (fields: object) => A => {
  class Kind extends Value {
    constructor(fields: object) {
      super(typeId, fields)
    }
  }
  Object.setPrototypeOf(Kind.prototype, prototype)
  const isOfKind = (u: unknown): u is A => isOf(typeId, u)
  return (fields) => {
    const value = new Kind(fields)
    if (isOfKind(value)) return value
    throw new TypeError("a value is not of the kind that it was made of")
  }
}

const hashes = new WeakMap<object, number>()

/**
 * The hash of a value, which is computed once: a frozen value cannot hold it itself.
 *
 * @internal
 */
export const cachedHash = (self: object, compute: () => number): number => {
  const known = hashes.get(self)
  if (known !== undefined) return known
  const hash = compute()
  hashes.set(self, hash)
  return hash
}
