import { addressParser } from "postal-mime"
import { decoded, type Header } from "./header.js"

/** An address of a header field. `name` is empty where there is none. */
export interface HeaderAddress {
  readonly name: string
  readonly address: string
}

/** What is longer is not an address list that a person reads. */
const maxLength = 256 * 1024

const flatten = (parsed: ReturnType<typeof addressParser>): ReadonlyArray<HeaderAddress> =>
  parsed.flatMap((entry): ReadonlyArray<HeaderAddress> =>
    entry.group === undefined
      ? [{ name: decoded(entry.name ?? ""), address: entry.address ?? "" }]
      : entry.group.map(({ address, name }) => ({ name: decoded(name ?? ""), address: address ?? "" }))
  )

/** The addresses of all fields of a name, groups resolved. */
export const addressesOf = (headers: ReadonlyArray<Header>, name: string): ReadonlyArray<HeaderAddress> =>
  headers.filter((header) => header.name.toLowerCase() === name).flatMap(({ value }) => {
    try {
      return flatten(addressParser(value.slice(0, maxLength)))
    } catch {
      return [{ name: "", address: value.slice(0, maxLength) }]
    }
  })
