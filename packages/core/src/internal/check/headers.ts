import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Address from "../../Address.js"
import { BadHeaderError } from "../../MailError.js"
import { control, splitList } from "../address/syntax.js"
import { notForAuthors } from "../error/advice.js"
import type { Message } from "../message/model.js"
import { type Field, tokens } from "../mime/field.js"
import type { Headers } from "../value/headers.js"
import * as Syntax from "./fields.js"
import { checkEach, type Checked } from "./result.js"

const writtenText = (input: Address.Input): string => {
  if (typeof input === "string") return input
  if (!Predicate.hasProperty(input, "address")) return ""
  return [input.address, input.name].filter((part) => typeof part === "string").join(" ")
}

/** An address in a header field: a control character in it is an attempt to add fields. */
export const checkAddress = (field: string, input: Address.Input): Checked<Address.Address> => {
  const address = Address.fromInput(input, field)
  return Either.isLeft(address) && field !== "Bcc" && control.test(writtenText(input))
    ? Either.left(new BadHeaderError({ field, reason: "the address holds a control character" }))
    : address
}

export const checkAddresses = (
  field: string,
  inputs: ReadonlyArray<Address.Input>
): Checked<ReadonlyArray<Address.Address>> => checkEach(inputs, (input) => checkAddress(field, input))

const checkAddressList = (field: string, value: string): Checked<ReadonlyArray<Address.Address>> =>
  Either.flatMap(Syntax.checkText(field, value), (text) => checkAddresses(field, splitList(text)))

/** The header fields that a program adds, sorted by their effect on the generated ones. */
export interface CustomFields {
  /** Fields that replace the generated one of the same name, by that name in lower case. */
  readonly replacing: ReadonlyMap<string, Field>
  readonly adding: ReadonlyArray<Field>
  readonly date: string | undefined
  readonly messageId: string | undefined
}

const replaceable = new Set(["from", "sender", "to", "cc", "reply-to"])

/** An empty group (RFC 5322 section 3.4), such as `undisclosed-recipients:;` where all copies are blind. */
const emptyGroup = /^[A-Za-z0-9_-]{1,60}:;$/

const checkCustomField = (name: string, lowerCaseName: string, value: string): Checked<Field> => {
  switch (Syntax.kindOf(lowerCaseName)) {
    case "refused":
      return Syntax.bad(name, notForAuthors)
    case "mailbox":
      return Either.map(checkAddress(name, value), (address) => ({ _tag: "Addresses", name, addresses: [address] }))
    case "addresses":
      if (emptyGroup.test(value)) return Either.right({ _tag: "Tokens", name, tokens: [value] })
      return Either.map(checkAddressList(name, value), (addresses) => ({ _tag: "Addresses", name, addresses }))
    case "date":
      return Either.map(Syntax.checkDate(name, value), (date) => ({ _tag: "Tokens", name, tokens: date.split(" ") }))
    case "messageId":
      return Either.map(Syntax.checkMessageId(name, value), (id) => ({ _tag: "Tokens", name, tokens: [id] }))
    case "messageIds":
      return Either.map(
        Either.flatMap(
          Syntax.checkText(name, value),
          (text) => Syntax.checkMessageIds(name, text.trim().split(/[\t ]+/))
        ),
        (tokens) => ({ _tag: "Tokens", name, tokens })
      )
    case "structured":
      return Either.map(Syntax.checkStructured(name, value), (tokens) => ({ _tag: "Tokens", name, tokens }))
    case "text":
      return Either.map(Syntax.checkText(name, value), (text) => ({ _tag: "Text", name, value: text }))
  }
}

const none: CustomFields = { replacing: new Map(), adding: [], date: undefined, messageId: undefined }

const unsubscribeFields = (written: ReadonlyArray<string>): Checked<ReadonlyArray<Field>> =>
  Either.map(checkEach(written, Syntax.checkUnsubscribeUrl), (urls) => {
    const field = tokens("List-Unsubscribe", urls.map((url, i) => i < urls.length - 1 ? `${url},` : url))
    return urls.some((url) => /^<https:/i.test(url))
      ? [field, tokens("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"])]
      : [field]
  })

/**
 * Fields that are generated from the message.
 *
 * - `names`: in lower case; a custom field may repeat none of them
 * - `isIn`: whether the message has them
 * - `check`: what they hold
 */
interface GeneratedFields {
  readonly names: ReadonlyArray<string>
  readonly isIn: (message: Message) => boolean
  readonly check: (message: Message) => Checked<ReadonlyArray<Field>>
}

const one = (name: string, ids: Checked<ReadonlyArray<string>>): Checked<ReadonlyArray<Field>> =>
  Either.map(ids, (ids) => [tokens(name, ids)])

/** A field of one value: without it, there is none. */
const optional = (
  name: string,
  of: (message: Message) => Option.Option<string>,
  check: (value: string) => Checked<string>
): GeneratedFields => ({
  names: [name.toLowerCase()],
  isIn: (message) => Option.isSome(of(message)),
  check: (message) => one(name, checkEach(Option.toArray(of(message)), check))
})

/** The fields of the conversation and of the mailing list that a message belongs to, in the order of the header. */
const threadAndListFields: ReadonlyArray<GeneratedFields> = [
  optional("In-Reply-To", ({ inReplyTo }) => inReplyTo, (id) => Syntax.checkMessageId("In-Reply-To", id)),
  {
    names: ["references"],
    isIn: ({ references }) => references.length > 0,
    check: ({ references }) => one("References", Syntax.checkMessageIds("References", references))
  },
  optional("List-Id", ({ listId }) => listId, Syntax.checkListId),
  {
    names: ["list-unsubscribe", "list-unsubscribe-post"],
    isIn: ({ listUnsubscribe }) => listUnsubscribe.length > 0,
    check: ({ listUnsubscribe }) => unsubscribeFields(listUnsubscribe)
  }
]

/** The names of the fields that are generated from the message, which no custom field may repeat. */
const generatedNames = (message: Message): ReadonlySet<string> =>
  new Set(threadAndListFields.flatMap(({ isIn, names }) => isIn(message) ? names : []))

export const checkCustomFields = (message: Message): Checked<CustomFields> => {
  if (message.headers.length === 0) return Either.right(none)
  return Either.gen(function*() {
    const generated = generatedNames(message)
    const seen = new Set<string>()
    const replacing = new Map<string, Field>()
    const adding: Array<Field> = []
    let date: string | undefined
    let messageId: string | undefined
    for (const [writtenName, value] of message.headers) {
      const name = yield* Syntax.checkName(writtenName)
      const key = name.toLowerCase()
      if (generated.has(key) || (seen.has(key) && !Syntax.mayRepeat(key))) {
        return yield* Syntax.bad(name, "the field would appear twice")
      }
      seen.add(key)
      const field = yield* checkCustomField(name, key, value)
      if (key === "date" && field._tag === "Tokens") date = field.tokens.join(" ")
      else if (key === "message-id" && field._tag === "Tokens") messageId = field.tokens[0]
      else if (replaceable.has(key)) replacing.set(key, field)
      else adding.push(field)
    }
    return { replacing, adding, date, messageId }
  })
}

export const checkThreadAndListFields = (message: Message): Checked<ReadonlyArray<Field>> => {
  const present = threadAndListFields.filter(({ isIn }) => isIn(message))
  return present.length === 0
    ? Either.right([])
    : Either.map(checkEach(present, ({ check }) => check(message)), (fields) => fields.flat())
}

/** Whether servers and signers put a field in front of a message in transit. */
const isTrace = (lowerCaseName: string): boolean =>
  traces.has(lowerCaseName.replace(/^x-/, "")) || lowerCaseName.startsWith("arc-")

const traces = new Set([
  "authentication-results",
  "dkim-signature",
  "domainkey-signature",
  "google-dkim-signature",
  "received",
  "received-spf"
])

const checkFrontField = (writtenName: string, value: string): Checked<Field> =>
  Either.flatMap(Syntax.checkName(writtenName), (name) => {
    const key = name.toLowerCase()
    if (isTrace(key)) return Either.map(Syntax.checkStructured(name, value), (list) => tokens(name, list))
    return Syntax.kindOf(key) === "refused" || Syntax.mayRepeat(key)
      ? checkCustomField(name, key, value)
      : Syntax.bad(name, "the field would appear twice")
  })

/** Fields in front of a checked message: those that a message may have more than once, and trace fields. */
export const checkFront = (
  headers: Headers
): Checked<ReadonlyArray<Field>> => checkEach(headers, ([name, value]) => checkFrontField(name, value))
