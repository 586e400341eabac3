import type * as OutboxApi from "../../src/OutboxApi.js"

export type Overview = typeof OutboxApi.Overview.Encoded
export type Pause = Overview["pauses"][number]
export type Summary = typeof OutboxApi.Summary.Encoded
export type Entry = typeof OutboxApi.Entry.Encoded
export type Attempt = Entry["history"][number]
export type Recipient = Entry["recipients"][number]
export type Page = typeof OutboxApi.Page.Encoded
export type MessageState = Summary["state"]
export type Resolution = "delivered" | "failed" | "resend"
type CancelResult = (typeof OutboxApi.Cancelled.Encoded)["result"]

/** A message that is not there any more. */
export class Gone extends Error {}

const request = async <A>(method: string, path: string, body?: unknown): Promise<A> => {
  const response = await fetch(path, {
    method,
    ...body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }
  })
  if (response.status === 404) throw new Gone(path)
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`)
  return response.json()
}

export const overview = (): Promise<Overview> => request("GET", "api/overview")

export const list = (filter: Readonly<Record<string, string>>): Promise<Page> =>
  request("GET", `api/messages?${new URLSearchParams(filter)}`)

export const get = (id: string): Promise<Entry> => request("GET", `api/messages/${id}`)

export const cancel = (id: string): Promise<{ readonly result: CancelResult }> =>
  request("POST", `api/messages/${id}/cancel`)

export const retry = (id: string): Promise<{ readonly done: boolean }> => request("POST", `api/messages/${id}/retry`)

export const resolve = (id: string, as: Resolution): Promise<{ readonly done: boolean }> =>
  request("POST", `api/messages/${id}/resolve`, { as })

export const pause = (mailer: string, seconds: number, reason: string): Promise<{ readonly done: boolean }> =>
  request("POST", "api/pause", { mailer, seconds, reason })

export const resume = (mailer: string): Promise<{ readonly done: boolean }> => request("POST", "api/resume", { mailer })
