import type { Behaviour } from "./Behaviour.js"

export const mailers: ReadonlyArray<Behaviour> = []
