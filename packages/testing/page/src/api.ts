import type { Event } from "../../src/internal/inbox/model/event.js"
import type { Checks, Detail, Summary } from "../../src/internal/inbox/model/message.js"
import type { Preview } from "../../src/internal/inbox/model/preview.js"
import type { Released } from "../../src/internal/inbox/model/release.js"
import type { Rule, Spec } from "../../src/internal/inbox/model/rule.js"

export type { Checks, Detail, Event, Preview, Released, Rule, Spec, Summary }
export type { Finding, Line, Part, Recipient, Verdict } from "../../src/internal/inbox/model/message.js"

export interface Page {
  readonly total: number
  readonly unread: number
  readonly matched: number
  readonly event: number
  readonly messages: ReadonlyArray<Summary>
}

export interface Status {
  readonly version: string
  readonly smtp: { readonly host: string; readonly port: number } | null
  readonly maxMessages: number
  readonly keeps: string
  readonly canFail: boolean
  readonly relay: { readonly allow: ReadonlyArray<string> } | null
}

export interface SourceLine {
  readonly text: string
  readonly octets: number
  readonly end: string
}

export interface SourceLines {
  readonly from: number
  readonly lines: ReadonlyArray<SourceLine>
  readonly isLast: boolean
}

/** A message that is not there any more. */
export class Gone extends Error {}

/** The API refused, and said why. */
export class Refused extends Error {
  static async of(response: Response): Promise<Refused> {
    const text = await response.text()
    try {
      const { description, reason }: { readonly reason?: string; readonly description?: string } = JSON.parse(text)
      return new Refused(
        reason === "NotAllowed"
          ? `Not allowed: ${description}`
          : description ?? `The inbox answered ${response.status}.`
      )
    } catch {
      return new Refused(`The inbox answered ${response.status}.`)
    }
  }
}

const request = async <A>(method: string, path: string, body?: unknown): Promise<A> => {
  const response = await fetch(path, {
    method,
    ...body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }
  })
  if (response.status === 404) throw new Gone(path)
  if (!response.ok) throw await Refused.of(response)
  return response.json()
}

export const list = (query: string, start: number, limit: number): Promise<Page> =>
  request("GET", `api/messages?${new URLSearchParams({ query, start: String(start), limit: String(limit) })}`)

export const get = (id: number): Promise<Detail> => request("GET", `api/messages/${id}`)

export const checks = (id: number): Promise<Checks> => request("GET", `api/messages/${id}/checks`)

export const lines = (id: number, from: number): Promise<SourceLines> =>
  request("GET", `api/messages/${id}/lines?from=${from}&count=1000`)

export const status = (): Promise<Status> => request("GET", "api/status")

export const mark = (ids: ReadonlyArray<number>, isRead: boolean): Promise<unknown> =>
  request("POST", "api/messages/mark", { ids, isRead })

/** Sent even when the page is being left. */
export const remove = (ids: ReadonlyArray<number>): Promise<unknown> =>
  fetch("api/messages/remove", {
    method: "POST",
    keepalive: true,
    body: JSON.stringify({ ids }),
    headers: { "content-type": "application/json" }
  })

export const clear = (): Promise<unknown> => request("POST", "api/messages/clear")

export const release = (id: number, to: ReadonlyArray<string>): Promise<Released> =>
  request("POST", `api/messages/${id}/release`, { to })

export const previews = (): Promise<ReadonlyArray<Preview>> => request("GET", "api/previews")

export const render = (id: string, params: unknown, locale: string | null): Promise<Preview> =>
  request("POST", "api/previews/render", { id, params, locale })

export const copy = (id: number): Promise<Summary> => request("POST", `api/messages/${id}/copy`)

export const sendTest = (): Promise<Summary> => request("POST", "api/messages/test")

export const rules = (): Promise<ReadonlyArray<Rule>> => request("GET", "api/rules")

export const addRule = (spec: Spec): Promise<ReadonlyArray<Rule>> => request("POST", "api/rules", spec)

export const switchRule = (id: number, isOn: boolean): Promise<ReadonlyArray<Rule>> =>
  request("PUT", `api/rules/${id}`, { isOn })

export const rulesOff = (): Promise<ReadonlyArray<Rule>> => request("POST", "api/rules/off")
