import * as Effect from "effect/Effect"
import { over, type Policy } from "./wrap.js"

export const concurrency = (permits: number): Policy => (backend) => {
  const semaphore = Effect.unsafeMakeSemaphore(permits)
  return over(backend, (session) => ({
    deliver: (outgoing, options) => semaphore.withPermits(1)(session.deliver(outgoing, options))
  }))
}
