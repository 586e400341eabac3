import type { Promised } from "./case.js"
import * as Delivery from "./delivery.js"
import * as Safety from "./safety.js"
import * as Sessions from "./sessions.js"

/** What every backend promises. */
export const all: ReadonlyArray<Promised> = [...Delivery.all, ...Safety.all, ...Sessions.all]
