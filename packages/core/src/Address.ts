/**
 * A mailbox: an optional display name and an address, parsed strictly (RFC 5321 section 4.1.2, RFC 6531) and once.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import * as EffectSchema from "effect/Schema"
import * as Syntax from "./internal/address/syntax.js"
import { severalMailboxes } from "./internal/error/advice.js"
import * as Value from "./internal/value/kind.js"
import { InvalidAddressError } from "./MailError.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~@effect-mail/core/Address"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~@effect-mail/core/Address"

/**
 * A mailbox. `local` is the local part without quotes or escapes, in NFC; `domain` is in A-label form, or an address
 * literal in brackets. Two addresses are equal when all three parts are.
 *
 * @since 0.1.0
 * @category models
 */
export interface Address extends Equal.Equal, Inspectable.Inspectable, Pipeable {
  readonly [TypeId]: TypeId
  readonly name: Option.Option<string>
  readonly local: string
  readonly domain: string
}

/**
 * The forms in which an address can be given: an `Address`, one mailbox as text (`"ada@example.com"` or
 * `"Ada Lovelace <ada@example.com>"`), or name and address apart. Give them apart when either is user input: then no name
 * can become an address.
 *
 * @since 0.1.0
 * @category models
 */
export type Input = Address | string | { readonly address: string; readonly name?: string | undefined }

const Proto = {
  [TypeId]: TypeId,
  ...Inspectable.BaseProto,
  [Equal.symbol](this: Address, that: unknown): boolean {
    return isAddress(that) && this.local === that.local && this.domain === that.domain &&
      Equal.equals(this.name, that.name)
  },
  [Hash.symbol](this: Address): number {
    return Value.cachedHash(this, () => Hash.string(format(this)))
  },
  toJSON(this: Address) {
    return { _id: "@effect-mail/core/Address", name: Option.getOrNull(this.name), address: addrSpec(this) }
  },
  pipe() {
    return pipeArguments(this, arguments)
  }
}

const make = Value.kind<Address>(TypeId, Proto)

const fromMailbox = (mailbox: Syntax.Mailbox): Address =>
  make({
    name: mailbox.name === "" ? Option.none() : Option.some(mailbox.name),
    local: mailbox.local,
    domain: mailbox.domain
  })

const finish = (
  parsed: Either.Either<Syntax.Mailbox, string>,
  field: string,
  input: string
): Either.Either<Address, InvalidAddressError> =>
  Either.mapBoth(parsed, {
    onLeft: (reason) =>
      new InvalidAddressError({ field, input, reason: Syntax.areSeveral(input) ? severalMailboxes : reason }),
    onRight: fromMailbox
  })

/**
 * Whether this module made the value. Parsed JSON in the shape of an `Address` is not one.
 *
 * @since 0.1.0
 * @category guards
 */
export const isAddress = (u: unknown): u is Address => Value.isOf(TypeId, u)

/** An object of name and address; each part is read once. */
interface Parts {
  readonly address: unknown
  readonly name: unknown
}

const readParts = (input: unknown): Parts | undefined => {
  try {
    return typeof input === "object" && input !== null && "address" in input
      ? { address: input.address, name: "name" in input ? input.name : undefined }
      : undefined
  } catch {
    return undefined
  }
}

/** The input as an error shows it; empty where it cannot be shown. */
const written = (input: unknown): string => {
  try {
    return Inspectable.toStringUnknown(input)
  } catch {
    return ""
  }
}

/**
 * Parses one mailbox: `address`, `<address>`, `Name <address>` or `"Name" <address>`. The domain becomes A-labels by
 * UTS-46 (non-transitional); an A-label does not change.
 *
 * Fails with `InvalidAddressError` for anything else: lists, groups, comments, source routes, encoded-words, control
 * characters, blanks at either end.
 *
 * @example
 * ```ts
 * import { Address } from "@effect-mail/core"
 * import { Either } from "effect"
 *
 * const ada = Either.getOrThrow(Address.parse("Ada Lovelace <ada@bücher.example>"))
 * ada.domain // "xn--bcher-kva.example"
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const parse = (text: string): Either.Either<Address, InvalidAddressError> => fromInput(text)

/**
 * Makes an `Address` of any `Input`. `field` is the name of its place in the error. Default: `address`.
 *
 * Fails with `InvalidAddressError` for what is not one mailbox.
 *
 * @example
 * ```ts
 * import { Address } from "@effect-mail/core"
 *
 * Address.fromInput({ name: "Lovelace, Ada <evil@example.org>", address: "ada@example.com" })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromInput = (input: Input, field = "address"): Either.Either<Address, InvalidAddressError> => {
  if (typeof input === "string") return finish(Syntax.parseMailbox(input), field, input)
  if (isAddress(input)) return Either.right(input)
  const { address, name } = readParts(input) ?? {}
  if (typeof address !== "string") {
    return Either.left(new InvalidAddressError({ field, input: written(input), reason: "it is not an address" }))
  }
  const parsed = Syntax.parseAddrSpec(address)
  return finish(
    name === undefined ? parsed : Either.flatMap(
      parsed,
      (mailbox) => Either.map(Syntax.checkName(name), (checked) => ({ ...mailbox, name: checked }))
    ),
    field,
    address
  )
}

/**
 * The address without its name, as written between `<` and `>` in an SMTP command: `local@domain`, the local part quoted
 * only where necessary.
 *
 * @since 0.1.0
 * @category getters
 */
export const addrSpec = (self: Address): string => Syntax.formatAddrSpec(self.local, self.domain)

/**
 * The mailbox as a person writes it. `parse` reads the same `Address` back.
 *
 * @example
 * ```ts
 * import { Address } from "@effect-mail/core"
 * import { Either } from "effect"
 *
 * Either.map(Address.fromInput({ name: "Lovelace, Ada", address: "ada@example.com" }), Address.format)
 * // Right(`"Lovelace, Ada" <ada@example.com>`)
 * ```
 *
 * @since 0.1.0
 * @category getters
 */
export const format = (self: Address): string =>
  Syntax.formatMailbox({ name: Option.getOrElse(self.name, () => ""), local: self.local, domain: self.domain })

/**
 * Whether the local part is not ASCII, so that a server must offer SMTPUTF8 (RFC 6531).
 *
 * @since 0.1.0
 * @category getters
 */
export const needsSmtpUtf8 = (self: Address): boolean => !/^[\x00-\x7f]*$/.test(self.local)

/**
 * @since 0.1.0
 * @category schemas
 */
export const AddressFromSelf: EffectSchema.Schema<Address> = EffectSchema.declare(isAddress, {
  identifier: "Address",
  pretty: () => format,
  equivalence: () => Equal.equals
})

/**
 * A codec between an `Address` and its text.
 *
 * @example
 * ```ts
 * import { Address } from "@effect-mail/core"
 * import { Schema } from "effect"
 *
 * const Signup = Schema.Struct({ email: Address.Schema })
 * Schema.decodeUnknownEither(Signup)({ email: "ada@example.com" })
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const Schema: EffectSchema.Schema<Address, string> = EffectSchema.transformOrFail(
  EffectSchema.String,
  AddressFromSelf,
  {
    strict: true,
    decode: (text, _, ast) => Either.mapLeft(parse(text), (error) => new ParseResult.Type(ast, text, error.message)),
    encode: (address) => ParseResult.succeed(format(address))
  }
)
