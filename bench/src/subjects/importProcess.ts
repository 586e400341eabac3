/** A process that imports modules, and tells how many milliseconds each group of them took; `--` begins another group. */
import { endWithParent, tell } from "../harness/parent.js"

endWithParent()
const millis: Array<number> = []
let start = performance.now()
for (const specifier of [...process.argv.slice(2), "--"]) {
  if (specifier === "--") {
    millis.push(performance.now() - start)
    start = performance.now()
  } else {
    await import(specifier)
  }
}
await tell(millis)
