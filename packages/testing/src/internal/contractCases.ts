import * as Delivery from "./contractDelivery.js"
import type { Promised } from "./contractPromise.js"
import * as Safety from "./contractSafety.js"
import * as Sessions from "./contractSessions.js"

/**
 * What every backend promises.
 *
 * @internal
 */
export const all: ReadonlyArray<Promised> = [...Delivery.all, ...Safety.all, ...Sessions.all]
