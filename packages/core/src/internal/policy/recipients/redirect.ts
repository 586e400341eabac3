import type * as Address from "../../../Address.js"
import * as Outgoing from "../../../Outgoing.js"
import { over, type Policy } from "../wrap.js"

export const redirectAll =
  (to: ReadonlyArray<Address.Address>, isExcepted: (recipient: string) => boolean): Policy => (backend) =>
    over(backend, (session) => ({
      deliver: (outgoing, options) => session.deliver(Outgoing.redirect(outgoing, to, isExcepted), options)
    }))
