class Value {
  readonly #typeId: string

  constructor(typeId: string) {
    this.#typeId = typeId
  }

  static isOf(typeId: string, u: unknown): boolean {
    return typeof u === "object" && u !== null && #typeId in u && u.#typeId === typeId
  }
}

/** Whether a value is of a kind. */
export const isOf = Value.isOf

/** Makes values of a kind, and reads what they hide. */
export interface Kind<A, Hidden> {
  readonly make: (fields: object, hidden: Hidden) => A
  /** Undefined for what is not of the kind. */
  readonly hiddenOf: (value: object) => Hidden | undefined
}

/**
 * A kind of values that no other code can make or change: what only looks like one, such as parsed JSON, a `Proxy` or an
 * object with the right prototype, is not of the kind. `prototype` holds what all values of the kind share. Each value
 * also carries something that only this library can read.
 */
export const kindHiding = <A, Hidden>(typeId: string, prototype: object): Kind<A, Hidden> => {
  class Kind extends Value {
    readonly #hidden: Hidden

    constructor(fields: object, hidden: Hidden) {
      super(typeId)
      this.#hidden = hidden
      Object.freeze(Object.assign(this, fields))
    }

    static hiddenOf(value: object): Hidden | undefined {
      return #hidden in value ? value.#hidden : undefined
    }
  }
  Object.setPrototypeOf(Kind.prototype, prototype)
  const isOfKind = (u: unknown): u is A => isOf(typeId, u)
  return {
    make: (fields, hidden) => {
      const value = new Kind(fields, hidden)
      if (isOfKind(value)) return value
      throw new TypeError("a value is not of the kind that it was made of")
    },
    hiddenOf: Kind.hiddenOf
  }
}

/** A kind of values that hide nothing. */
export const kind = <A>(typeId: string, prototype: object): (fields: object) => A => {
  const { make } = kindHiding<A, undefined>(typeId, prototype)
  return (fields) => make(fields, undefined)
}

const hashes = new WeakMap<object, number>()

/** The hash of a value, computed once: a frozen value cannot hold it itself. */
export const cachedHash = (self: object, compute: () => number): number => {
  const known = hashes.get(self)
  if (known !== undefined) return known
  const hash = compute()
  hashes.set(self, hash)
  return hash
}
