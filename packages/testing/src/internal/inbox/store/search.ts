import type { Summary } from "../model/message.js"

/** What is searched of a message beside its summary, in lower case. */
export interface Searchable {
  readonly from: string
  readonly to: string
  readonly cc: string
  readonly bcc: string
  readonly messageId: string
  readonly text: string
}

export interface Candidate {
  readonly summary: Summary
  readonly searchable: Searchable
}

type Test = (candidate: Candidate) => boolean

const maxTerms = 50
const maxQuery = 1_000
const day = 86_400_000

const states: Readonly<Record<string, Test>> = {
  accepted: ({ summary }) => summary.counts.accepted > 0,
  deferred: ({ summary }) => summary.counts.deferred > 0,
  refused: ({ summary }) => summary.counts.refused > 0,
  unknown: ({ summary }) => summary.counts.unknown > 0,
  failed: ({ summary }) => summary.counts.failed > 0,
  waiting: ({ summary }) => summary.counts.waiting > 0,
  read: ({ summary }) => summary.isRead,
  unread: ({ summary }) => !summary.isRead,
  tagged: ({ summary }) => summary.tags.length > 0
}

const sizeOf = (text: string): number | undefined => {
  const match = /^(\d+(?:\.\d+)?)(k|m)?b?$/.exec(text)
  if (match === null) return undefined
  return Number(match[1]) * (match[2] === "m" ? 1024 * 1024 : match[2] === "k" ? 1024 : 1)
}

/** A moment: `2026-11-24`, with a time or not, or a number of milliseconds. */
const timeOf = (text: string): number | undefined => {
  const parsed = /^\d{8,}$/.test(text) ? Number(text) : Date.parse(text)
  return Number.isNaN(parsed) ? undefined : parsed
}

const never: Test = () => false

/** The tests of `name:value`; undefined where that is no operator, but a word. */
const operator = (name: string, value: string): Test | undefined => {
  const contains = (pick: (candidate: Candidate) => string): Test => (candidate) => pick(candidate).includes(value)
  switch (name) {
    case "from":
      return contains(({ searchable }) => searchable.from)
    case "to":
      return contains(({ searchable }) => searchable.to)
    case "cc":
      return contains(({ searchable }) => searchable.cc)
    case "bcc":
      return contains(({ searchable }) => searchable.bcc)
    case "addressed":
      return contains(({ searchable: { bcc, cc, from, to } }) => `${from}\n${to}\n${cc}\n${bcc}`)
    case "subject":
      return contains(({ summary }) => summary.subject.toLowerCase())
    case "message-id":
      return contains(({ searchable }) => searchable.messageId)
    case "tag":
      return ({ summary }) => summary.tags.some((tag) => tag.toLowerCase() === value)
    case "has":
      return /^(?:attachment|file)s?$/.test(value) ? ({ summary }) => summary.files > 0 : never
    case "is":
      return states[value] ?? never
    case "larger":
    case "smaller": {
      const size = sizeOf(value)
      if (size === undefined) return never
      return ({ summary }) => name === "larger" ? summary.size > size : summary.size < size
    }
    case "before":
    case "after": {
      const time = timeOf(value)
      if (time === undefined) return never
      const isDay = value.length === 10
      return ({ summary }) => name === "before" ? summary.time < time : summary.time >= (isDay ? time + day : time)
    }
    default:
      return undefined
  }
}

const word = (value: string): Test => ({ searchable, summary }) =>
  summary.subject.toLowerCase().includes(value) || searchable.from.includes(value) || searchable.to.includes(value) ||
  searchable.cc.includes(value) || searchable.bcc.includes(value) || searchable.text.includes(value)

const termPattern = /([-!])?(?:([a-z-]+):)?(?:"([^"]*)"?|(\S+))/gi

/** A query as a test of messages; all of its terms have to hold. */
export const compile = (query: string): Test => {
  const tests: Array<Test> = []
  for (const [whole, negation, name, quoted, plain] of query.slice(0, maxQuery).matchAll(termPattern)) {
    if (tests.length >= maxTerms) break
    const value = (quoted ?? plain ?? "").toLowerCase()
    if (value === "") continue
    const bare = negation === undefined ? whole : whole.slice(1)
    const test = (name === undefined ? undefined : operator(name.toLowerCase(), value)) ??
      word(name === undefined ? value : bare.toLowerCase())
    tests.push(negation === undefined ? test : (candidate) => !test(candidate))
  }
  return (candidate) => tests.every((test) => test(candidate))
}
