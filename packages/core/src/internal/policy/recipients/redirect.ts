import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Address from "../../../Address.js"
import { ConnectionError } from "../../../MailError.js"
import * as Outgoing from "../../../Outgoing.js"
import { over, type Policy } from "../wrap.js"

export const redirectAll = (
  to: ReadonlyArray<Address.Input>,
  isExcepted: (recipient: string) => boolean
): Policy => {
  const addresses = Either.all(to.map((input) => Address.fromInput(input)))
  if (Either.isRight(addresses)) {
    return (backend) =>
      over(backend, (session) => ({
        deliver: (outgoing, options) =>
          session.deliver(Outgoing.redirect(outgoing, addresses.right, isExcepted), options)
      }))
  }
  // Nothing goes out: neither to the recipients, which staging must not reach, nor to some of the addresses.
  const failure = Effect.fail(
    new ConnectionError({
      reason: "Configuration",
      description: `an address to redirect to is not one: ${addresses.left.reason}`
    })
  )
  return (backend) => over(backend, () => ({ openFor: () => failure, deliver: () => failure }), "lazy")
}
