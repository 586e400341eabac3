import * as Kept from "../render/kept.js"
import { type Outgoing, sourceOf } from "./outgoing.js"

/** Keeps the octets of a message for its next use, so that what reads them first need not render them twice. */
export const keepOctets = (outgoing: Outgoing, octets: Uint8Array): void => {
  const source = sourceOf(outgoing)
  if (source !== undefined) Kept.keep(source, [octets])
}
