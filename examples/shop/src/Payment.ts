import { Context, Effect, Layer } from "effect"
import { CardRefused } from "./Api.js"

/** Takes the money. It is called within the transaction of the order, so that a refused card leaves nothing behind. */
export class Payment extends Context.Tag("shop/Payment")<Payment, {
  readonly charge: (card: string, cents: number) => Effect.Effect<void, CardRefused>
}>() {}

/** Refuses the cards whose number ends in 0002, as the test cards of payment providers do. */
export const layerTest: Layer.Layer<Payment> = Layer.succeed(Payment, {
  charge: (card) => card.endsWith("0002") ? Effect.fail(new CardRefused()) : Effect.void
})
