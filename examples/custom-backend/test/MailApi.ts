/**
 * The API behind an `HttpClient` that reaches nothing else.
 */
import { HttpClient, HttpClientError, HttpClientResponse } from "@effect/platform"
import { Context, Effect, Layer, Schema } from "effect"

const Mail = Schema.parseJson(Schema.Struct({
  from: Schema.String,
  to: Schema.Array(Schema.String),
  mime: Schema.Uint8ArrayFromBase64
}))

export class MailApi extends Context.Tag("test/MailApi")<MailApi, {
  /** What the API took. */
  readonly received: Array<typeof Mail.Type>
  /** How the clients said who they are. */
  readonly authorizations: Array<string | undefined>
}>() {}

/** An API that answers with a status, or fails to answer. */
export const layer = (
  answer: Effect.Effect<number, unknown> = Effect.succeed(202)
): Layer.Layer<MailApi | HttpClient.HttpClient> =>
  Layer.effectContext(Effect.sync(() => {
    const api = MailApi.of({ received: [], authorizations: [] })
    const client = HttpClient.make((request) =>
      Effect.gen(function*() {
        api.authorizations.push(request.headers["authorization"])
        const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
        const mail = yield* Effect.orDie(Schema.decode(Mail)(body))
        const status = yield* Effect.mapError(
          answer,
          (cause) => new HttpClientError.RequestError({ request, reason: "Transport", cause })
        )
        if (status < 300) api.received.push(mail)
        return HttpClientResponse.fromWeb(request, new Response(null, { status }))
      })
    )
    return Context.make(MailApi, api).pipe(Context.add(HttpClient.HttpClient, client))
  }))
