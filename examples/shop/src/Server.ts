/** The shop, from the request to the receipt. */
import { Smtp } from "@effect-mail/backends"
import { Outbox, OutboxRunner, OutboxStore } from "@effect-mail/outbox"
import { HttpApiBuilder } from "@effect/platform"
import { Effect, Layer } from "effect"
import { Api } from "./Api.js"
import * as Orders from "./Orders.js"

const OrdersLive = HttpApiBuilder.group(
  Api,
  "orders",
  (handlers) =>
    Effect.map(
      Orders.Orders,
      ({ get, place }) =>
        handlers.handle("place", ({ payload }) => place(payload)).handle("get", ({ path: { id } }) => get(id))
    )
)

/** The API over a database that holds its orders and their receipts. */
export const ApiLive = HttpApiBuilder.api(Api).pipe(
  Layer.provide(OrdersLive),
  Layer.provide(Orders.layer),
  Layer.provideMerge(Outbox.layer),
  Layer.provideMerge(OutboxStore.layerSql())
)

/** Sends the receipts of a database, in this process or in another. */
export const RunnerLive = OutboxRunner.layer({ connections: 4, poll: "200 millis", dialogue: Smtp.transcript })
