/**
 * The SMTP server that everything is sent to: a process of its own that accepts every message, keeps none, and does as
 * little as it can about it. It tells its parent what it counted, and ends with it.
 */
import { createServer } from "node:net"

const endOfData = Buffer.from("\r\n.\r\n")
const greeting = "220 sink ESMTP\r\n"
const extensions = "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 0\r\n"

const counted = { messages: 0, octets: 0 }

const replies = {
  EHLO: extensions,
  HELO: "250 sink\r\n",
  MAIL: "250 2.1.0 Ok\r\n",
  RCPT: "250 2.1.5 Ok\r\n",
  DATA: "354 End data with <CR><LF>.<CR><LF>\r\n",
  RSET: "250 2.0.0 Ok\r\n",
  NOOP: "250 2.0.0 Ok\r\n",
  QUIT: "221 2.0.0 Bye\r\n"
}

class Session {
  isData = false
  /** A command that has not come to its end, or what may be the beginning of the end of a message. */
  rest = Buffer.alloc(0)

  constructor(socket) {
    this.socket = socket
  }

  take(chunk) {
    let octets = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk])
    let answer = ""
    while (octets.length > 0) {
      const end = this.isData ? octets.indexOf(endOfData) : octets.indexOf("\r\n")
      if (end < 0) break
      answer += this.isData ? this.endMessage(end) : this.command(octets, end)
      octets = octets.subarray(end + (this.isDataEnd ? endOfData.length : 2))
    }
    this.keep(octets)
    if (answer !== "") this.socket.write(answer)
    if (this.isOver) this.socket.end()
  }

  endMessage(length) {
    counted.messages++
    counted.octets += length
    this.isData = false
    this.isDataEnd = true
    return "250 2.0.0 Ok\r\n"
  }

  command(octets, end) {
    const verb = octets.latin1Slice(0, Math.min(end, 4)).toUpperCase()
    this.isDataEnd = false
    this.isData = verb === "DATA"
    this.isOver = verb === "QUIT"
    return replies[verb] ?? "500 5.5.1 What?\r\n"
  }

  /** Of a message only what may turn out to be the beginning of its end. */
  keep(octets) {
    const kept = this.isData ? Math.min(octets.length, endOfData.length - 1) : octets.length
    if (this.isData) counted.octets += octets.length - kept
    this.rest = kept === 0 ? octets.subarray(0, 0) : Buffer.from(octets.subarray(octets.length - kept))
  }
}

const server = createServer({ noDelay: true }, (socket) => {
  const session = new Session(socket)
  socket.on("error", () => socket.destroy())
  socket.on("data", (chunk) => session.take(chunk))
  socket.write(greeting)
})

server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }))
process.on("message", () => process.send({ ...counted }))
process.on("disconnect", () => process.exit())
// Ctrl-C reaches the whole group of processes: the parent may still want to say good-bye.
process.on("SIGINT", () => undefined)
