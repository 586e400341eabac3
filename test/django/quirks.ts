import type { Behaviour } from "./Behaviour.js"

export const quirks: ReadonlyArray<Behaviour> = []
