import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { checkMessageId } from "./fields.js"

/**
 * The message that is answered: a `Message`, or the same fields of a received one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parent {
  readonly messageId?: Option.Option<string> | string | undefined
  readonly inReplyTo?: Option.Option<string> | string | undefined
  readonly references?: ReadonlyArray<string> | undefined
  readonly subject?: string | undefined
}

const mostReferences = 50
const longestSubject = 500
const control = /[\x00-\x1f\x7f-\x9f]+/g
const isAnswer = /^re(?:\[\d{1,3}\])?:/i

const text = (input: Option.Option<string> | string | undefined): string | undefined =>
  Option.isOption(input) ? Option.getOrUndefined(input) : input

const ids = (inputs: ReadonlyArray<string | undefined>): ReadonlyArray<string> =>
  inputs.flatMap((input) =>
    input === undefined ? [] : Either.match(checkMessageId("References", input.trim()), {
      onLeft: () => [],
      onRight: (id) => [id]
    })
  )

const shortened = (list: ReadonlyArray<string>): ReadonlyArray<string> =>
  list.length <= mostReferences ? list : [...list.slice(0, 1), ...list.slice(1 - mostReferences)]

const subjectOf = (subject: string): string => {
  const plain = subject.slice(0, longestSubject).replace(control, " ").toWellFormed().trim()
  return plain === "" || isAnswer.test(plain) ? plain : `Re: ${plain}`
}

/** The fields of an answer (RFC 5322 section 3.6.4). */
export const of = (parent: Parent) => {
  const own = ids([text(parent.messageId)])
  const before = ids(parent.references ?? [])
  const references = shortened([...before.length > 0 ? before : ids([text(parent.inReplyTo)]), ...own])
  return {
    inReplyTo: Option.fromNullable(own[0]),
    references: Array.from(new Set(references)),
    subject: subjectOf(parent.subject ?? "")
  }
}
