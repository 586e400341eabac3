/**
 * What a provider that takes MIME has received: the octets, without the blind copies that it removes, and the recipients.
 */
import type { BackendContract } from "@effect-mail/testing"
import { Effect } from "effect"
import * as RecordingClient from "./RecordingClient.js"

const octetsOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"))

/** The octets that a request holds. */
export const mime = (request: RecordingClient.Recorded): Effect.Effect<Uint8Array> =>
  Effect.promise(async () => {
    const { body } = request
    if (body._tag === "FormData") {
      const message = body.formData.get("message")
      return message instanceof Blob ? new Uint8Array(await message.arrayBuffer()) : new Uint8Array(0)
    }
    const text = RecordingClient.textOf(request)
    if (!text.startsWith("{")) return octetsOf(text)
    const json = JSON.parse(text)
    return octetsOf(json.raw?.replaceAll("-", "+").replaceAll("_", "/") ?? json.Content.Raw.Data)
  })

/** The recipients that a request names beside the octets. */
const recipients = ({ body, ...rest }: RecordingClient.Recorded): ReadonlyArray<string> | undefined => {
  if (body._tag === "FormData") return body.formData.getAll("to").map(String)
  const text = RecordingClient.textOf({ body, ...rest })
  return text.startsWith("{") ? JSON.parse(text).Destination?.ToAddresses : undefined
}

const withoutBcc = (octets: Uint8Array): Uint8Array => {
  const text = Buffer.from(octets).toString("latin1")
  return new Uint8Array(Buffer.from(text.replace(/^Bcc:(?:[^\r]|\r\n )*\r\n/, ""), "latin1"))
}

export const delivered: Effect.Effect<ReadonlyArray<BackendContract.Delivered>, never, RecordingClient.Requests> =
  Effect.flatMap(
    RecordingClient.Requests,
    (requests) =>
      Effect.forEach(requests, (request) =>
        Effect.map(mime(request), (octets) => {
          const to = recipients(request)
          return {
            bytes: withoutBcc(octets),
            envelope: to === undefined ? undefined : { from: "ada@example.com", to }
          }
        }))
  )
