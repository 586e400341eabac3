import * as Address from "../../Address.js"

/**
 * A header field whose content was checked:
 *
 * - `Addresses`: mailboxes, whose names may become encoded-words
 * - `Text`: unstructured text for people, encoded where necessary
 * - `Tokens`: structured ASCII, folded only between its tokens and never encoded
 */
export type Field =
  | { readonly _tag: "Addresses"; readonly name: string; readonly addresses: ReadonlyArray<Address.Address> }
  | { readonly _tag: "Text"; readonly name: string; readonly value: string }
  | { readonly _tag: "Tokens"; readonly name: string; readonly tokens: ReadonlyArray<string> }

export const tokens = (name: string, list: ReadonlyArray<string>): Field => ({ _tag: "Tokens", name, tokens: list })

/** Whether a field holds an address that only UTF-8 can write. */
export const isUtf8 = (field: Field): boolean =>
  field._tag === "Addresses" && field.addresses.some(Address.needsSmtpUtf8)
