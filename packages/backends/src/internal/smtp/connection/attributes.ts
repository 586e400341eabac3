import type { Resolved } from "../options.js"

/** Where the server is, for spans. A Unix domain socket has no port. */
export const ofPlace = ({ host, port }: Pick<Resolved, "host" | "port">) => ({
  "server.address": host,
  ...port === undefined ? {} : { "server.port": port }
})
