import { backendConsole } from "./backendConsole.js"
import { backendContract } from "./backendContract.js"
import { backendFile } from "./backendFile.js"
import { backendMemory } from "./backendMemory.js"
import type { Behaviour } from "./Behaviour.js"

export const backends: ReadonlyArray<Behaviour> = [
  ...backendContract,
  ...backendMemory,
  ...backendConsole,
  ...backendFile
]
