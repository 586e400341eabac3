import * as Address from "./address.js"
import { type Field, readGroups, valueOf } from "./header.js"
import * as Verdict from "./verdict.js"

/** What a report says of one recipient. */
export interface Recipient {
  readonly recipient: string
  readonly originalRecipient?: string
  readonly action?: string
  readonly status?: string
  readonly reply?: string
  readonly diagnostic?: string
  readonly remoteMta?: string
  readonly kind: Verdict.Kind
}

export interface Report {
  readonly reportingMta?: string
  readonly originalEnvelopeId?: string
  readonly arrivalDate?: string
  readonly recipients: ReadonlyArray<Recipient>
}

/** Leaves out what is not there. */
export const defined = <A extends object>(fields: { readonly [K in keyof A]: A[K] | undefined }): A => {
  const present: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) present[key] = value
  return present as A
}

/** `failed (comment)` is `failed`. */
const actionOf = (value: string | undefined): string | undefined => /^[a-z-]+/.exec(value?.toLowerCase() ?? "")?.[0]

const kindOf = (
  action: string | undefined,
  status: string | undefined,
  diagnostic: string | undefined
): Verdict.Kind => {
  switch (action) {
    case "delayed":
      return "Delayed"
    case "delivered":
    case "relayed":
    case "expanded":
      return "Delivered"
    case "failed":
      return Verdict.failed(status, diagnostic)
    default:
      return status?.startsWith("2") === true
        ? "Delivered"
        : status?.startsWith("5") === true
        ? Verdict.failed(status, diagnostic)
        : "Soft"
  }
}

const withoutType = (value: string | undefined): string | undefined => {
  if (value === undefined) return undefined
  const semicolon = value.indexOf(";")
  return (semicolon < 0 ? value : value.slice(semicolon + 1)).trim()
}

const recipientOf = (fields: ReadonlyArray<Field>): ReadonlyArray<Recipient> => {
  const originalRecipient = Address.typed(valueOf(fields, "original-recipient"))
  const recipient = Address.typed(valueOf(fields, "final-recipient")) ?? originalRecipient
  if (recipient === undefined) return []
  const diagnostic = valueOf(fields, "diagnostic-code")
  const action = actionOf(valueOf(fields, "action"))
  const status = Verdict.effectiveStatus(valueOf(fields, "status"), diagnostic)
  return [defined<Recipient>({
    recipient,
    originalRecipient,
    action,
    status,
    reply: Verdict.replyIn(withoutType(diagnostic)),
    diagnostic,
    remoteMta: withoutType(valueOf(fields, "remote-mta")),
    kind: kindOf(action, status, diagnostic)
  })]
}

const isOfMessage = (fields: ReadonlyArray<Field>): boolean =>
  fields.some(({ name }) => name === "reporting-mta" || name === "original-envelope-id" || name === "arrival-date") &&
  fields.every(({ name }) => name !== "final-recipient" && name !== "original-recipient")

/** Reads the fields of a report (RFC 3464). `mostRecipients` is how many are read. */
export const read = (text: string, mostRecipients: number): Report => {
  const groups = readGroups(text, mostRecipients + 1)
  const first = groups[0]
  const message = first !== undefined && isOfMessage(first) ? first : []
  return defined<Report>({
    reportingMta: withoutType(valueOf(message, "reporting-mta")),
    originalEnvelopeId: valueOf(message, "original-envelope-id"),
    arrivalDate: valueOf(message, "arrival-date"),
    recipients: groups.flatMap(recipientOf).slice(0, mostRecipients)
  })
}
