/** The process of the sink. It tells its parent what it counted, and ends with it. */
import { portOf } from "./listening.js"
import { endWithParent, tell } from "./parent.js"
import { type Counts, listen } from "./SmtpSink.js"

const counts: Counts = { messages: 0, octets: 0, chunks: 0 }

endWithParent()
process.on("message", () => void tell(counts))
await tell({ port: await portOf(listen(counts, false)), chunkingPort: await portOf(listen(counts, true)) })
