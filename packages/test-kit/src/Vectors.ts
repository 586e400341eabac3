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

/** Text that is long: pieces to be joined. */
export type LongText = string | ReadonlyArray<string | { readonly text: string; readonly times: number }>

/** A message that wants to harm who looks at it. See `about` in the file. */
export interface HostileVector {
  readonly id: string
  readonly title: string
  readonly html?: LongText
  readonly raw?: LongText
  readonly serve?: Readonly<Record<string, string>>
  readonly expect: {
    readonly outside: number
    readonly popups: number
    readonly text?: ReadonlyArray<string>
    readonly click?: string
    readonly frame?: string
    readonly focus?: string
    readonly onlyTo?: ReadonlyArray<string>
    readonly opener?: null
    readonly referrer?: string
    readonly shownLiterally?: ReadonlyArray<string>
    readonly images?: number
    readonly imagesAtLeast?: number
    readonly frames?: number
    readonly names?: number
    readonly contained?: boolean
    readonly withinMs?: number
    readonly lint?: string
    readonly terminal?: string
    readonly terminalContains?: ReadonlyArray<string>
    readonly attachmentCount?: number
    readonly attachments?: ReadonlyArray<{
      readonly filename?: string
      readonly contains?: string
      readonly notContains?: ReadonlyArray<string>
      readonly endsWith?: string
      readonly headers?: Readonly<Record<string, string>>
    }>
  }
}

/** The text of a file of vectors. */
export const json = (name: string): string => readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8")

const read = (name: string) => JSON.parse(json(name)).entries

export const headerInjection: ReadonlyArray<HeaderVector> = read("header_injection")

export const addresses: ReadonlyArray<AddressVector> = read("addresses")

export const bodies: ReadonlyArray<BodyVector> = read("bodies")

export const hostileMail: ReadonlyArray<HostileVector> = [...read("hostile_html"), ...read("hostile_html_more")]

const joined = (text: LongText): string =>
  typeof text === "string"
    ? text
    : text.map((piece) => typeof piece === "string" ? piece : piece.text.repeat(piece.times)).join("")

/** The octets of a hostile message: one character of `raw` is one octet, `html` is the body of a message in UTF-8. */
export const hostileOctets = ({ html, id, raw }: HostileVector): Uint8Array =>
  raw === undefined
    ? new TextEncoder().encode(
      "From: Mallory <mallory@outside.example>\r\nTo: Dev <dev@example.com>\r\n" +
        `Subject: ${id}\r\nMessage-ID: <${id}@outside.example>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n` +
        "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" +
        `${joined(html ?? "")}\r\n`
    )
    : Uint8Array.from(joined(raw), (char) => char.charCodeAt(0))

/** The html of a hostile message, where it is given as such. */
export const hostileHtml = ({ html }: HostileVector): string | undefined =>
  html === undefined ? undefined : joined(html)
export interface DkimVectors {
  readonly dns: Readonly<Record<string, string>>
  readonly keys: Readonly<
    Record<"rsa" | "ed25519", {
      readonly domain: string
      readonly selector: string
      readonly pkcs8: string
      readonly pkcs1?: string
      readonly seed_base64?: string
    }>
  >
  readonly bodies: ReadonlyArray<
    {
      readonly name: string
      readonly body_base64?: unknown
      readonly relaxed_base64?: string
      readonly bh_relaxed: string
    }
  >
  readonly headers: ReadonlyArray<{ readonly raw: string; readonly relaxed: string }>
  readonly signatures: ReadonlyArray<{
    readonly id: string
    readonly raw_base64: string
    readonly rsa: { readonly h: ReadonlyArray<string>; readonly bh: string }
  }>
  readonly rfc: ReadonlyArray<{ readonly id: string; readonly signed_base64: string }>
  readonly mutations: ReadonlyArray<
    { readonly name: string; readonly of: string; readonly expect: "pass" | "fail"; readonly mutated_base64: string }
  >
}

export const dkim: DkimVectors = JSON.parse(json("dkim"))

export interface BounceVector {
  readonly id: string
  readonly raw?: string
  readonly raw_base64?: string
  readonly expect: {
    readonly kind: "delivery-status" | "feedback" | "auto-reply" | "none" | "heuristic"
    readonly originalEnvelopeId?: string
    readonly originalMessageId?: string
    readonly reportingMta?: { readonly address: string }
    readonly recipients?: ReadonlyArray<{
      readonly final?: { readonly address: string }
      readonly original?: { readonly address: string }
      readonly action?: string
      readonly effectiveStatus?: string
      readonly diagnostic?: string
      readonly remoteMta?: { readonly address: string }
    }>
    readonly feedback?: {
      readonly type: string
      readonly userAgent?: string
      readonly version?: string
      readonly sourceIp?: string
      readonly originalMailFrom?: string
      readonly originalRcptTo?: ReadonlyArray<string>
      readonly reportedDomain?: ReadonlyArray<string>
      readonly arrivalDate?: string
    }
  }
  readonly sisimai?:
    | ReadonlyArray<{ readonly recipient: string; readonly reason?: string; readonly hard: boolean }>
    | null
}

export const bounces: ReadonlyArray<BounceVector> = read("bounces")

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
