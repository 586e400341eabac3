import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type BackendError, ConnectionError } from "../../MailError.js"
import * as Mime from "../../Mime.js"
import type * as Outgoing from "../../Outgoing.js"
import { textKey } from "../address/key.js"
import { relaxedValue } from "../dkim/canonical.js"
import * as Header from "../dkim/header.js"
import { over, type Policy } from "./wrap.js"

/**
 * The options of `bulk`.
 *
 * - `recipientOf`: the recipient whom a link unsubscribes, where the link tells it: see `Unsubscribe.recipientOf` of
 *   `@effect-mail/inbound`. Without it, or where it returns none, links are compared with those of the last 10,000 messages
 * - `organizationalDomain`: that of a domain, by the public suffix list: see `SenderDomain.organizationalDomain` of
 *   `@effect-mail/inbound`. With it a signature counts as DMARC has it, where its domain and the author's are of one
 *   organization; without it, where its domain is the author's or a parent of it
 *
 * @since 0.1.0
 * @category models
 */
export interface Bulk {
  readonly recipientOf?: ((url: string) => Effect.Effect<Option.Option<string>>) | undefined
  readonly organizationalDomain?: ((domain: string) => string) | undefined
}

/** The number of links that are remembered with their recipients. */
const mostLinks = 10_000

const listFields = ["list-unsubscribe", "list-unsubscribe-post"]

type Fields = ReadonlyArray<Header.RawField>

/** The first piece of a message holds its header. */
const fieldsOf = (outgoing: Outgoing.Outgoing): Effect.Effect<Fields, BackendError> =>
  Effect.map(
    Stream.runHead(Mime.stream(outgoing)),
    Option.match({
      onNone: () => [],
      onSome: (octets) => {
        const end = Header.bodyStart(octets)
        return Header.readFields(octets.subarray(0, end < 0 ? octets.length : end))
      }
    })
  )

const valuesOf = (fields: Fields, name: string): ReadonlyArray<string> =>
  fields.flatMap((field) => field.name === name ? [relaxedValue(field.value)] : [])

const tagsOf = (signature: string): ReadonlyMap<string, string> =>
  new Map(
    signature.split(";").map((part) => {
      const at = part.indexOf("=")
      return [part.slice(0, Math.max(at, 0)).trim(), part.slice(at + 1).replaceAll(" ", "").toLowerCase()] as const
    })
  )

type IsAligned = (signing: string, author: string) => boolean

/** Without the public suffix list a child of the author's domain may be of anyone. */
const isParent: IsAligned = (signing, author) =>
  signing.includes(".") && (author === signing || author.endsWith(`.${signing}`))

/** What DKIM, DMARC and RFC 8058 ask of the header. */
const headerFault = (fields: Fields, isAligned: IsAligned): string | undefined => {
  const unsubscribe = valuesOf(fields, "list-unsubscribe").join(" ")
  if (unsubscribe === "") return "there is no List-Unsubscribe: give the message `listUnsubscribe`"
  if (!/<https:[^>]+>/i.test(unsubscribe)) return "List-Unsubscribe holds no https: URL"
  if (!valuesOf(fields, "list-unsubscribe-post").includes("List-Unsubscribe=One-Click")) {
    return "there is no List-Unsubscribe-Post with one-click"
  }
  const signatures = valuesOf(fields, "dkim-signature").map(tagsOf)
  if (signatures.length === 0) return "there is no DKIM signature: put `Dkim.sign` over this policy"
  const author = Header.authorDomain(fields) ?? ""
  const aligned = signatures.filter((tags) => isAligned(tags.get("d") ?? "", author))
  if (aligned.length === 0) return "no DKIM signature is of the author's domain"
  return aligned.some((tags) => listFields.every((name) => tags.get("h")?.split(":").includes(name)))
    ? undefined
    : "the DKIM signature does not cover the List-Unsubscribe fields (RFC 8058 section 4)"
}

const linksOf = (fields: Fields): ReadonlyArray<string> =>
  valuesOf(fields, "list-unsubscribe").flatMap((value) =>
    Array.from(value.matchAll(/<(https:[^<>]{1,2000})>/gi), ([, url = ""]) => url)
  )

export const bulk = ({ organizationalDomain, recipientOf = () => Effect.succeedNone }: Bulk): Policy => {
  const isAligned: IsAligned = organizationalDomain === undefined
    ? isParent
    : (signing, author) => signing !== "" && organizationalDomain(signing) === organizationalDomain(author)
  const owners = new Map<string, string>()

  /** The fault of a link that belongs to another recipient, whom it would unsubscribe. */
  const linkFault = (url: string, recipient: string): Effect.Effect<string | undefined> =>
    Effect.map(recipientOf(url), (named) => {
      const key = textKey(recipient)
      const isOther = Option.match(named, {
        onNone: () => (owners.get(url) ?? key) !== key,
        onSome: (owner) => textKey(owner).toLowerCase() !== key.toLowerCase()
      })
      if (isOther) return "the link to unsubscribe is that of another recipient"
      owners.delete(url)
      owners.set(url, key)
      const [oldest] = owners.keys()
      if (owners.size > mostLinks && oldest !== undefined) owners.delete(oldest)
      return undefined
    })

  const fault = (outgoing: Outgoing.Outgoing): Effect.Effect<string | undefined, BackendError> => {
    const [recipient] = outgoing.envelope.to
    if (recipient === undefined || outgoing.envelope.to.length > 1) {
      return Effect.succeed("it has more than one recipient: send one message to each")
    }
    return Effect.flatMap(fieldsOf(outgoing), (fields) => {
      const ofHeader = headerFault(fields, isAligned)
      return ofHeader === undefined
        ? Effect.reduce(
          linksOf(fields),
          ofHeader,
          (found: string | undefined, url) => found === undefined ? linkFault(url, recipient) : Effect.succeed(found)
        )
        : Effect.succeed(ofHeader)
    })
  }

  const refused = (reason: string): BackendError =>
    new ConnectionError({ reason: "Configuration", description: `not sent as bulk mail: ${reason}` })

  return (backend) =>
    over(
      backend,
      (session) => ({
        // A refused message needs no connection. It must not fail here, since that would end the batch.
        openFor: (outgoing) =>
          Effect.flatMap(fault(outgoing), (reason) => reason === undefined ? session.openFor(outgoing) : Effect.void),
        deliver: (outgoing, options) =>
          Effect.flatMap(
            fault(outgoing),
            (reason) => reason === undefined ? session.deliver(outgoing, options) : Effect.fail(refused(reason))
          )
      }),
      "lazy"
    )
}
