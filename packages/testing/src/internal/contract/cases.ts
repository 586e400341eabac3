import type { Case } from "./case.js"
import * as Delivery from "./delivery.js"
import * as Safety from "./safety.js"
import * as Sessions from "./sessions.js"

/** All cases of the contract. */
export const all: ReadonlyArray<Case> = [...Delivery.all, ...Safety.all, ...Sessions.all]
