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

export interface ProviderMessage {
  readonly id: string
  readonly date: string
  readonly sendAt?: string
  readonly envelopeTo?: ReadonlyArray<string>
  readonly tags?: ReadonlyArray<string>
  readonly metadata?: Readonly<Record<string, string>>
  readonly idempotencyKey?: string
  readonly alternatives?: ReadonlyArray<{ readonly contentType: string; readonly content: string }>
  readonly attachments?: ReadonlyArray<{
    readonly filename?: string
    readonly contentType?: string
    readonly disposition?: "attachment" | "inline"
    readonly contentId?: string
    readonly content: string
  }>
}

export interface FormPart {
  readonly name: string
  readonly value?: string
  readonly disposition?: string
  readonly contentType?: string
  readonly base64?: string
}

export interface ProviderRequest {
  readonly id: string
  readonly provider: string
  readonly message: string
  readonly cannot?: { readonly capability: string; readonly why: string }
  readonly request?: {
    readonly method: string
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    readonly json?: unknown
    readonly form?: ReadonlyArray<FormPart>
    readonly text?: string
  }
}

export interface ProviderAnswer {
  readonly id: string
  readonly provider: string
  readonly to: ReadonlyArray<string>
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
  readonly expect: {
    readonly tag: string
    readonly isTransient?: boolean
    readonly command?: string
    readonly recipients?: Readonly<Record<string, string>>
    readonly remoteId?: string
    readonly retryAfterSeconds?: number
    readonly reason?: string
  }
}

export interface ProviderVectors {
  readonly providers: Readonly<
    Record<string, {
      readonly host: string
      readonly answer: {
        readonly status: number
        readonly body: string
        readonly headers?: Readonly<Record<string, string>>
      }
    }>
  >
  readonly messages: ReadonlyArray<ProviderMessage>
  readonly requests: ReadonlyArray<ProviderRequest>
  readonly answers: ReadonlyArray<ProviderAnswer>
  readonly faults: ReadonlyArray<{ readonly id: string; readonly fault: string }>
}

/** What official SDKs put on the wire, and what providers answer: the file explains itself. */
export const providers = (): ProviderVectors => JSON.parse(json("providers"))
