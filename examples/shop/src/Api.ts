/** What the shop offers over HTTP. Each error says what the caller can do. */
import { OutboxMessage } from "@effect-mail/outbox"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "@effect/platform"
import { Schema } from "effect"

export const NewOrder = Schema.Struct({
  id: Schema.NonEmptyString.pipe(Schema.maxLength(64)),
  name: Schema.NonEmptyString.pipe(Schema.maxLength(200)),
  email: Schema.String,
  cents: Schema.Int.pipe(Schema.positive()),
  card: Schema.String
})
export type NewOrder = typeof NewOrder.Type

/** An order, and what became of its receipt. */
export const Order = Schema.Struct({
  id: Schema.String,
  cents: Schema.Int,
  receipt: Schema.Struct({
    state: OutboxMessage.State,
    recipients: Schema.Array(OutboxMessage.Recipient)
  })
})
export type Order = typeof Order.Type

/** The receipt cannot be written to the customer: the order must be corrected. */
export class InvalidOrder extends Schema.TaggedError<InvalidOrder>()(
  "InvalidOrder",
  { field: Schema.String, reason: Schema.String },
  HttpApiSchema.annotations({ status: 422 })
) {}

/** Nothing was bought: another card may do. */
export class CardRefused extends Schema.TaggedError<CardRefused>()(
  "CardRefused",
  {},
  HttpApiSchema.annotations({ status: 402 })
) {}

/** An order with this id was placed before. */
export class OrderExists extends Schema.TaggedError<OrderExists>()(
  "OrderExists",
  { id: Schema.String },
  HttpApiSchema.annotations({ status: 409 })
) {}

export class OrderNotFound extends Schema.TaggedError<OrderNotFound>()(
  "OrderNotFound",
  { id: Schema.String },
  HttpApiSchema.annotations({ status: 404 })
) {}

/** The database does not answer: the same request, with the same id, may be made again. */
export class ShopUnavailable extends Schema.TaggedError<ShopUnavailable>()(
  "ShopUnavailable",
  {},
  HttpApiSchema.annotations({ status: 503 })
) {}

export class Api extends HttpApi.make("shop").add(
  HttpApiGroup.make("orders").add(
    HttpApiEndpoint.post("place", "/orders")
      .setPayload(NewOrder)
      .addSuccess(Order, { status: 201 })
      .addError(InvalidOrder)
      .addError(CardRefused)
      .addError(OrderExists)
      .addError(ShopUnavailable)
  ).add(
    HttpApiEndpoint.get("get", "/orders/:id")
      .setPath(Schema.Struct({ id: Schema.String }))
      .addSuccess(Order)
      .addError(OrderNotFound)
      .addError(ShopUnavailable)
  )
) {}
