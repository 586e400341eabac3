/**
 * Clients that reach a server: `fetch`, and that of Node.
 */
import { FetchHttpClient, type HttpClient } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import * as Undici from "undici"
import { providers } from "./Providers.js"

/** `fetch` as it is, and who is to be trusted. */
const byFetch = (ca: string): Layer.Layer<HttpClient.HttpClient | FetchHttpClient.RequestInit> =>
  FetchHttpClient.layer.pipe(
    Layer.provideMerge(Layer.scoped(
      FetchHttpClient.RequestInit,
      Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => new Undici.Agent({ connect: { ca } })),
          (dispatcher) => Effect.promise(() => dispatcher.destroy())
        ),
        (dispatcher) => {
          const init = { redirect: "follow" as const, dispatcher }
          return init
        }
      )
    ))
  )

const byNode = (ca: string): Layer.Layer<HttpClient.HttpClient> =>
  Layer.provide(NodeHttpClient.layerWithoutAgent, NodeHttpClient.makeAgentLayer({ ca }))

/** One of each kind of body: JSON, a form, and text. */
export const byBoth = new Set(
  providers.filter(({ names: [name] }) => ["resend", "mailgun-mime", "graph-mime"].includes(name))
)

export const clients = { fetch: byFetch, node: byNode }
