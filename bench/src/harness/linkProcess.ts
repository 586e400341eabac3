/** The process of a link: its timers are not to share the event loop of what is measured. */
import { listen } from "./DelayedLink.js"
import { portOf } from "./listening.js"
import { endWithParent, tell } from "./parent.js"

const [host = "", port, roundTripMillis] = process.argv.slice(2)

endWithParent()
await tell({ port: await portOf(listen({ host, port: Number(port) }, Number(roundTripMillis))) })
