import type { Behaviour } from "./Behaviour.js"

export const settings: ReadonlyArray<Behaviour> = []
