/**
 * The requests to SES: their signatures (Signature Version 4), by another signer, and the options.
 */
import { Ses } from "@effect-mail/backends"
import { Mail, Message } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import Aws4 from "aws4"
import { Effect, FastCheck as fc, Layer, Redacted, TestClock } from "effect"
import * as RecordingClient from "./RecordingClient.js"

interface Signed {
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | undefined
  readonly baseUrl: string | undefined
  readonly configurationSetName: string | undefined
  /** In milliseconds since 1970. */
  readonly time: number
  readonly text: string
}

const visible = fc.stringMatching(/^[!-~]{1,40}$/)

const signed: fc.Arbitrary<Signed> = fc.record({
  region: fc.constantFrom("eu-central-1", "us-east-1", "ap-southeast-2", "us-gov-west-1", "cn-north-1"),
  accessKeyId: fc.stringMatching(/^[A-Z0-9]{16,20}$/),
  secretAccessKey: visible,
  sessionToken: fc.option(visible, { nil: undefined }),
  baseUrl: fc.constantFrom(
    undefined,
    "http://localhost:4566",
    "https://proxy.example.com/aws",
    "https://a.example:8443"
  ),
  configurationSetName: fc.option(fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/), { nil: undefined }),
  time: fc.integer({ min: 0, max: 4_102_444_800_000 }),
  text: fc.string({ unit: "grapheme", maxLength: 60 }).filter((text) => !/\p{Cc}/u.test(text))
})

const client = RecordingClient.layer(() => RecordingClient.response(200, JSON.stringify({ MessageId: "0102" })))

const requestOf = ({ accessKeyId, secretAccessKey, sessionToken, text, time, ...options }: Signed) =>
  Effect.gen(function*() {
    yield* TestClock.setTime(time)
    yield* Mail.send(Message.make({ from: "ada@example.com", to: "bob@example.org", subject: text, text }))
    const [request] = yield* RecordingClient.Requests
    assert(request !== undefined)
    return request
  }).pipe(
    Effect.provide(Layer.provideMerge(
      Ses.layer({
        credentials: {
          accessKeyId,
          secretAccessKey: Redacted.make(secretAccessKey),
          sessionToken: sessionToken === undefined ? undefined : Redacted.make(sessionToken)
        },
        ...options
      }),
      client
    ))
  )

/** The headers that a signature covers, with the values that go out. */
const coveredBy = (authorization: string, request: RecordingClient.Recorded): Record<string, string> => {
  const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(";") ?? []
  return Object.fromEntries(names.map((name) => {
    const value = name === "host" ? request.url.host : request.headers[name]
    assert.isString(value, name)
    return [name, value ?? ""]
  }))
}

/** What another signer says of the same request, which must be the same. */
const expected = (
  { accessKeyId, region, secretAccessKey, sessionToken }: Signed,
  request: RecordingClient.Recorded,
  { "x-amz-date": date = "", ...covered }: Record<string, string>
): string => {
  const unsigned = {
    service: "ses",
    region,
    method: request.method,
    path: request.url.pathname,
    body: RecordingClient.textOf(request),
    headers: { ...covered, "X-Amz-Date": date },
    // The signer adds it, and `fetch` writes it by itself.
    extraHeadersToIgnore: { "content-length": true }
  }
  const { headers } = Aws4.sign(unsigned, { accessKeyId, secretAccessKey, sessionToken: sessionToken ?? "" })
  return String(headers?.["Authorization"])
}

describe("a request to SES", () => {
  it.effect.prop(
    "is signed as another signer signs it, at the time of Clock",
    [signed],
    ([options]) =>
      Effect.gen(function*() {
        const request = yield* requestOf(options)
        const { authorization = "" } = request.headers
        const covered = coveredBy(authorization, request)
        assert.includeMembers(Object.keys(covered), ["content-type", "host", "x-amz-date"])
        assert.strictEqual(request.headers["x-amz-security-token"], options.sessionToken)
        if (options.sessionToken !== undefined) assert.property(covered, "x-amz-security-token")
        assert.strictEqual(
          covered["x-amz-date"],
          new Date(options.time).toISOString().replace(/[:-]|\.\d{3}/g, "")
        )
        assert.strictEqual(authorization, expected(options, request, covered))
      })
  )

  it.effect.prop(
    "names its configuration set, and goes to its region",
    [signed],
    ([options]) =>
      Effect.gen(function*() {
        const request = yield* requestOf(options)
        assert.strictEqual(
          JSON.parse(RecordingClient.textOf(request)).ConfigurationSetName,
          options.configurationSetName
        )
        assert.strictEqual(
          String(request.url),
          `${options.baseUrl ?? `https://email.${options.region}.amazonaws.com`}/v2/email/outbound-emails`
        )
      }),
    { fastCheck: { numRuns: 20 } }
  )
})
