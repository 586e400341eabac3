import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

const field = "List-Unsubscribe"
const value = "One-Click"
const largestBody = 64 * 1024

const inForm = (body: string): boolean => new URLSearchParams(body).getAll(field).includes(value)

/** A part of multipart/form-data (RFC 7578) with the field and the value. */
const inMultipart = (body: string): boolean =>
  body.split("\r\n--").some((part) => {
    const end = part.indexOf("\r\n\r\n")
    const header = part.slice(0, Math.max(end, 0))
    return /content-disposition:[^\r]*\bname="?list-unsubscribe"?/i.test(header) && part.slice(end + 4).trim() === value
  })

/** Whether the body of a POST is that of RFC 8058 section 3.1. A body that is too large, or cannot be read, is not. */
export const isAsked = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<boolean> =>
  request.text.pipe(
    HttpServerRequest.withMaxBodySize(Option.some(largestBody)),
    Effect.map((body) => {
      const type = (request.headers["content-type"] ?? "").toLowerCase()
      if (body.length > largestBody) return false
      return type.startsWith("multipart/form-data") ? inMultipart(body) : inForm(body)
    }),
    Effect.orElseSucceed(() => false)
  )
