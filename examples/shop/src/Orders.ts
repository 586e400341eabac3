import { Outbox, OutboxMessage } from "@effect-mail/outbox"
import { SqlClient, type SqlError } from "@effect/sql"
import { Context, Effect, Layer, Option, Schema } from "effect"
import {
  type CardRefused,
  InvalidOrder,
  type NewOrder,
  type Order,
  OrderExists,
  OrderNotFound,
  ShopUnavailable
} from "./Api.js"
import { Payment } from "./Payment.js"
import * as Receipt from "./Receipt.js"

/** Orders, each with its receipt. */
export class Orders extends Context.Tag("shop/Orders")<Orders, {
  readonly place: (
    order: NewOrder
  ) => Effect.Effect<Order, InvalidOrder | CardRefused | OrderExists | ShopUnavailable>
  readonly get: (id: string) => Effect.Effect<Order, OrderNotFound | ShopUnavailable>
}>() {}

/** An order as it is in the table. */
const Row = Schema.Struct({ id: Schema.String, cents: Schema.Int, receipt: OutboxMessage.TicketId })

const unavailable = (cause: unknown): Effect.Effect<never, ShopUnavailable> =>
  Effect.zipRight(Effect.logError("The database failed", cause), new ShopUnavailable())

/** What customers type ends in the header of the receipt: whatever is wrong with that is told to them by its field. */
const prepare = (order: NewOrder) =>
  Outbox.prepare(Receipt.make(order)).pipe(Effect.catchTags({
    BadHeaderError: ({ field, reason }) => new InvalidOrder({ field, reason }),
    InvalidAddressError: ({ field, reason }) => new InvalidOrder({ field, reason }),
    InvalidMessageError: ({ reason }) => new InvalidOrder({ field: "order", reason }),
    // The invoice is a text in memory: if it cannot be read, the program is wrong.
    AttachmentError: Effect.die
  }))

const make = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const outbox = yield* Outbox.Outbox
  const payment = yield* Payment
  yield* sql`CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, cents INTEGER NOT NULL, receipt TEXT NOT NULL)`

  const withReceipt = ({ cents, id, receipt }: typeof Row.Type): Effect.Effect<Order, ShopUnavailable> =>
    Effect.flatMap(
      Effect.catchTag(outbox.get(receipt), "OutboxError", unavailable),
      Option.match({
        onNone: () => Effect.die(`the order ${id} has no receipt`),
        onSome: ({ recipients, state }) => Effect.succeed({ id, cents, receipt: { state, recipients } })
      })
    )

  return Orders.of({
    place: (order) =>
      Effect.gen(function*() {
        // Before the transaction, which is short then: a message that cannot be sent is not an order that can be placed.
        const receipt = yield* prepare(order)
        const { id } = yield* sql.withTransaction(Effect.gen(function*() {
          const ticket = yield* outbox.enqueue(receipt, { key: `receipt-${order.id}`, onDuplicate: "fail" })
          yield* sql`INSERT INTO orders (id, cents, receipt) VALUES (${order.id}, ${order.cents}, ${ticket.id})`
          yield* payment.charge(order.card, order.cents)
          return ticket
        }))
        return yield* withReceipt({ id: order.id, cents: order.cents, receipt: id })
      }).pipe(Effect.catchTags({
        AttachmentError: Effect.die,
        BadHeaderError: Effect.die,
        InvalidAddressError: Effect.die,
        InvalidMessageError: Effect.die,
        DuplicateKeyError: () => new OrderExists({ id: order.id }),
        OutboxError: unavailable,
        SqlError: unavailable
      })),
    get: (id) =>
      Effect.gen(function*() {
        const [found] = yield* Effect.catchTag(
          sql`SELECT id, cents, receipt FROM orders WHERE id = ${id}`,
          "SqlError",
          unavailable
        )
        if (found === undefined) return yield* new OrderNotFound({ id })
        // The table is the shop's own: a row that cannot be read is a mistake of the program.
        return yield* withReceipt(yield* Effect.orDie(Schema.decodeUnknown(Row)(found)))
      })
  })
})

export const layer: Layer.Layer<
  Orders,
  SqlError.SqlError,
  SqlClient.SqlClient | Outbox.Outbox | Payment
> = Layer.effect(Orders, make)
