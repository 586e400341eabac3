import * as Option from "effect/Option"
import * as Address from "../../Address.js"
import * as Annotations from "../../Annotations.js"
import type { Capability } from "../../Capability.js"
import type * as Envelope from "../../Envelope.js"
import { textKey } from "../address/key.js"
import { fitsName } from "../mime/fileType.js"

/** The parts of a message that decide what it needs, beside its envelope. */
export interface Content {
  readonly from: Address.Address
  readonly isWhole: boolean
  readonly replyTo: ReadonlyArray<unknown>
  readonly html: Option.Option<string>
  readonly alternatives: ReadonlyArray<unknown>
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly attachments: ReadonlyArray<{
    readonly filename: Option.Option<string>
    readonly contentType: string
    readonly disposition: "attachment" | "inline"
    readonly contentId: Option.Option<string>
  }>
}

const signatures = /^(?:dkim-signature|arc-|domainkey-signature)/i

const isInline = ({ contentId, disposition }: Content["attachments"][number]): boolean =>
  disposition === "inline" || Option.isSome(contentId)

/** A file without a name gets one that fits from the provider. */
const isMisnamed = ({ contentType, filename }: Content["attachments"][number]): boolean =>
  Option.isSome(filename) && !fitsName(contentType.split(";", 1).join("").trim(), filename.value)

const ofEnvelope = (
  { from, requireTls, smtpUtf8 }: Envelope.Envelope,
  author: string,
  isWhole: boolean,
  annotations: Annotations.Annotations
): ReadonlyArray<Capability> => [
  ...isWhole ? [] : ["ENVELOPE" as const],
  ...textKey(from) === textKey(author) ? [] : ["RETURN-PATH" as const],
  ...smtpUtf8 ? ["SMTPUTF8" as const] : [],
  ...requireTls ? ["REQUIRETLS" as const] : [],
  ...Annotations.needs(annotations)
]

/** The needs of a message that was prepared here. */
export const ofContent = (
  { alternatives, attachments, from, headers, html, isWhole, replyTo }: Content,
  envelope: Envelope.Envelope,
  annotations: Annotations.Annotations
): ReadonlySet<Capability> =>
  new Set<Capability>([
    ...ofEnvelope(envelope, Address.addrSpec(from), isWhole, annotations),
    ...headers.some(([name]) => signatures.test(name)) ? ["MIME" as const] : [],
    ...Option.isNone(html) ? ["HTML" as const] : [],
    ...headers.length > 0 ? ["HEADERS" as const] : [],
    ...replyTo.length > 1 ? ["REPLY-TO" as const] : [],
    ...alternatives.length > 0 ? ["ALTERNATIVES" as const] : [],
    ...attachments.some(isInline) ? ["INLINE" as const] : [],
    ...attachments.some(isMisnamed) ? ["ATTACHMENT-TYPE" as const] : []
  ])

/** The needs of a stored message, which has only its bytes. */
export const ofReady = (
  author: string | undefined,
  isWhole: boolean,
  envelope: Envelope.Envelope,
  annotations: Annotations.Annotations
): ReadonlySet<Capability> => new Set<Capability>(["MIME", ...ofEnvelope(envelope, author ?? "", isWhole, annotations)])
