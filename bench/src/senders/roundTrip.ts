/** The least that a command and its reply take: NOOP after NOOP, over a socket and nothing else. */
import { Effect, type Scope } from "effect"
import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { attempt, type BenchError } from "../harness/BenchError.js"
import { type Run, timed } from "../harness/rounds.js"
import type { Target } from "../harness/Sink.js"

/** The greeting and each reply come in one piece: nothing else is on its way. */
const open = async ({ host, port }: Target): Promise<Socket> => {
  const socket = connect({ host, port, noDelay: true })
  await once(socket, "data")
  return socket
}

const ask = async (socket: Socket, count: number): Promise<void> => {
  for (let n = 0; n < count; n++) {
    const reply = once(socket, "data")
    socket.write("NOOP\r\n")
    await reply
  }
}

export const roundTrip = (target: Target): Effect.Effect<Run, BenchError, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      attempt("The sink cannot be reached", () => open(target)),
      (socket) => Effect.sync(() => socket.destroy())
    ),
    (socket) => (count) => timed(attempt("The sink does not answer", () => ask(socket, count)))
  )
