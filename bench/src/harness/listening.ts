import { once } from "node:events"
import type { Server } from "node:net"

/** The port of a server that is about to listen. */
export const portOf = async (server: Server): Promise<number> => {
  if (!server.listening) await once(server, "listening")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("The server listens at no port")
  return address.port
}
