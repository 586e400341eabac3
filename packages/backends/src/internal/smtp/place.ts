import { isIP } from "node:net"

export const hostName =
  /^(?=.{1,255}$)[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?)*$/

export const isHost = (text: string): boolean => hostName.test(text) || isIP(text) !== 0

/** Whether a host is the path of a Unix domain socket. */
export const isPath = (host: string): boolean => host.startsWith("/")

/** The longest path of a socket on Linux, in octets (`sun_path` without the NUL at its end). */
const maxPath = 107

const smtpPort = 25

/** What is not valid of a host and its port: the option, and why. */
export const faultOf = (
  { host, port: written }: { readonly host: string; readonly port?: number | undefined },
  protocol: "smtp" | "lmtp",
  port: number
): readonly [option: string, reason: string] | undefined => {
  if (isPath(host)) {
    if (host.includes("\0") || Buffer.byteLength(host) > maxPath) {
      return ["host", `it is not the path of a Unix domain socket, which has ${maxPath} octets at most`]
    }
    return written === undefined ? undefined : ["port", "a Unix domain socket has no port"]
  }
  if (!isHost(host)) return ["host", "it is not a host name or address"]
  if (!Number.isInteger(port) || port < 1 || port > 65535) return ["port", "it is not between 1 and 65535"]
  return protocol === "lmtp" && port === smtpPort ? ["port", "it is 25, which is for SMTP alone"] : undefined
}
