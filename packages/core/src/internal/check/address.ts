import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Address from "../../Address.js"
import { BadHeaderError } from "../../MailError.js"
import { control, splitList } from "../address/syntax.js"
import * as Syntax from "./fields.js"
import { checkEach, type Checked } from "./result.js"

const writtenText = (input: Address.Input): string => {
  if (typeof input === "string") return input
  if (!Predicate.hasProperty(input, "address")) return ""
  return [input.address, input.name].filter((part) => typeof part === "string").join(" ")
}

/**
 * An address that stands in a header field: a control character in it is an attack on the header.
 *
 * @internal
 */
export const checkAddress = (field: string, input: Address.Input): Checked<Address.Address> => {
  const address = Address.fromInput(input, field)
  return Either.isLeft(address) && field !== "Bcc" && control.test(writtenText(input))
    ? Either.left(new BadHeaderError({ field, reason: "the address holds a control character" }))
    : address
}

/**
 * @internal
 */
export const checkAddresses = (
  field: string,
  inputs: ReadonlyArray<Address.Input>
): Checked<ReadonlyArray<Address.Address>> => checkEach(inputs, (input) => checkAddress(field, input))

/**
 * @internal
 */
export const checkAddressList = (field: string, value: string): Checked<ReadonlyArray<Address.Address>> =>
  Either.flatMap(Syntax.checkText(field, value), (text) => checkAddresses(field, splitList(text)))
