import * as Effect from "effect/Effect"
import type { BackendError } from "../../MailError.js"
import type { Outgoing } from "../../Outgoing.js"
import { over, type Policy } from "./wrap.js"

export const mapOutgoing =
  (change: (outgoing: Outgoing) => Effect.Effect<Outgoing, BackendError>): Policy => (backend) =>
    over(
      backend,
      (session) => ({
        openFor: (outgoing) => Effect.flatMap(change(outgoing), session.openFor),
        deliver: (outgoing, options) => Effect.flatMap(change(outgoing), (changed) => session.deliver(changed, options))
      }),
      "lazy"
    )
