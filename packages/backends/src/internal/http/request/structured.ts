import type { Address } from "@effect-mail/core/Address"
import { addrSpec } from "@effect-mail/core/Address"
import type { Capability } from "@effect-mail/core/Capability"
import { type AttachmentError, CapabilityError } from "@effect-mail/core/MailError"
import type { LetterAttachment } from "@effect-mail/core/Outgoing"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import mime from "mime"
import type { Addressed } from "../provider.js"
import * as Base64 from "./base64.js"

type Checked<A> = Either.Either<A, CapabilityError>

/** What a provider cannot say, although it carries the feature as such. */
export const lacks = (capability: Capability, description: string): Checked<never> =>
  Either.left(new CapabilityError({ capability, description }))

/** A JSON object without what is not there. */
export const object = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const present = Object.entries(fields).map((
    [key, value]
  ) => [key, Option.isOption(value) ? Option.getOrUndefined(value) : value])
  return Object.fromEntries(present.filter(([, value]) => value !== undefined))
}

/** A list that is left out where it is empty. */
export const some = <A>(list: ReadonlyArray<A>): ReadonlyArray<A> | undefined => list.length === 0 ? undefined : list

export const post = (url: string, json: unknown): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.bodyUnsafeJson(HttpClientRequest.post(url), json)

/** A mailbox as an object. */
export const person = (address: Address): Readonly<Record<string, unknown>> =>
  object({ email: addrSpec(address), name: address.name })

type Headers = ReadonlyArray<readonly [name: string, value: string]>

/** Fields as an object, which can hold each only once (RFC 5322 allows several of most). */
export const onceEach = (headers: Headers): Checked<Readonly<Record<string, string>> | undefined> => {
  const names = new Set(headers.map(([name]) => name.toLowerCase()))
  if (names.size < headers.length) return lacks("HEADERS", "a field cannot appear several times")
  return Either.right(headers.length === 0 ? undefined : Object.fromEntries(headers))
}

/** A file as APIs want it: with a name, and in base64. */
export interface EncodedFile {
  readonly name: string
  readonly type: string
  readonly essence: string
  readonly content: string
  readonly contentId: string | undefined
  readonly isInline: boolean
}

const essenceOf = (contentType: string): string => contentType.split(";", 1).join("").trim()

/** Where a file has no name it gets one that fits its type. */
export const nameOf = ({ contentType, filename }: LetterAttachment): string =>
  Option.getOrElse(filename, () => `attachment.${mime.getExtension(essenceOf(contentType)) ?? "bin"}`)

export const extensionOf = (name: string): string => /\.([^.]*)$/.exec(name)?.[1]?.toLowerCase() ?? ""

export const files = (
  attachments: ReadonlyArray<LetterAttachment>
): Effect.Effect<ReadonlyArray<EncodedFile>, AttachmentError> =>
  Effect.forEach(attachments, (attachment) =>
    Effect.map(attachment.content, (octets): EncodedFile => ({
      name: nameOf(attachment),
      type: attachment.contentType,
      essence: essenceOf(attachment.contentType),
      content: Base64.encode(octets),
      contentId: Option.getOrUndefined(attachment.contentId),
      isInline: attachment.disposition === "inline"
    })))

/** For APIs that show a file inline just where it has a Content-ID. */
export const inlineByContentId = (attachments: ReadonlyArray<LetterAttachment>): Checked<void> =>
  attachments.every(({ contentId, disposition }) => Option.isSome(contentId) === (disposition === "inline"))
    ? Either.void
    : lacks("INLINE", "a file is inline just where it has a Content-ID")

/** A name and a value by which a provider counts. */
export interface Pair {
  readonly name: string
  readonly value: string
}

/** One tag, and the metadata, as pairs with one name each. */
export const pairs = (
  { annotations: { metadata = {}, tags = [] } }: Addressed,
  allowed: RegExp
): Checked<ReadonlyArray<Pair>> => {
  if (tags.length > 1) return lacks("TAGS", "there may be one tag")
  if (!tags.every((tag) => allowed.test(tag))) return lacks("TAGS", `a tag has other characters than ${allowed.source}`)
  const data = Object.entries(metadata).map(([name, value]) => ({ name, value }))
  if (!data.every(({ name, value }) => allowed.test(name) && allowed.test(value))) {
    return lacks("METADATA", `metadata has other characters than ${allowed.source}`)
  }
  if (tags.length > 0 && data.some(({ name }) => name === "tag")) {
    return lacks("METADATA", "metadata has a name that the tag has already")
  }
  return Either.right([...tags.map((value) => ({ name: "tag", value })), ...data])
}

export const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text)
