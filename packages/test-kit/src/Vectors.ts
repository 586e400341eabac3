/**
 * The hostile inputs of `vectors`, each with the verdict that must come out. The values hold NUL and lone surrogates
 * as JSON escapes, so the files are read with `JSON.parse` and never as modules.
 */
import { readFileSync } from "node:fs"

export interface HeaderVector {
  readonly id: string
  readonly field: string
  readonly value: unknown
  readonly mustReject: boolean
  readonly why: string
}

export interface AddressVector {
  readonly id: string
  readonly kind: "addr-spec" | "mailbox"
  readonly input: string
  readonly expect: "accept" | "reject"
  readonly name?: string | null
  readonly envelope: string | null
  readonly smtputf8: boolean
  readonly why: string
}

export type BodyInput =
  | string
  | { readonly repeat: string; readonly times: number }
  | { readonly base64: string }
  | { readonly concat: ReadonlyArray<BodyInput> }

interface BodyVectorOf<Part extends string, Input> {
  readonly id: string
  readonly part: Part
  readonly title: string
  readonly input: Input
  readonly properties: ReadonlyArray<string>
  readonly expectedText?: string
  readonly contentType?: string
}

export type ContentVector = BodyVectorOf<"text" | "html" | "raw" | "attachment", BodyInput>

export type StructureVector = BodyVectorOf<"multipart", {
  readonly text?: string
  readonly html?: string
  readonly inline: number
  readonly attachments: number
}>

export type MemoryVector = BodyVectorOf<"attachment-memory", { readonly bytes: number }>

export type RecipientsVector = BodyVectorOf<"recipients", { readonly recipients: number }>

export type BodyVector = ContentVector | StructureVector | MemoryVector | RecipientsVector

/** The text of a file of vectors. */
export const json = (name: string): string => readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8")

const read = (name: string) => JSON.parse(json(name)).entries

export const headerInjection: ReadonlyArray<HeaderVector> = read("header_injection")

export const addresses: ReadonlyArray<AddressVector> = read("addresses")

export const bodies: ReadonlyArray<BodyVector> = read("bodies")
