import * as Outgoing from "../../Outgoing.js"
import { over, type Policy } from "./wrap.js"

export const without = (features: Iterable<Outgoing.Droppable>): Policy => {
  const drop = Outgoing.drop(Array.from(features))
  return (backend) =>
    over(backend, (session) => ({ deliver: (outgoing, options) => session.deliver(drop(outgoing), options) }))
}
