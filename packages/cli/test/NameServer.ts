/** A name server on loopback that knows TXT records (RFC 1035). */
import type { Scope } from "effect"
import { Effect } from "effect"
import { createSocket } from "node:dgram"

const txtType = 16
const nameError = 3

/** The name of the question, and where it ends. */
const questionOf = (packet: Buffer): { readonly name: string; readonly end: number } => {
  const labels: Array<string> = []
  let at = 12
  for (let length = packet[at] ?? 0; length > 0; length = packet[at] ?? 0) {
    labels.push(packet.toString("latin1", at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join(".").toLowerCase(), end: at + 5 }
}

/** Strings of at most 255 octets, each with its length before it. */
const strings = (text: string): Buffer => {
  const octets = Buffer.from(text, "utf8")
  const pieces: Array<Buffer> = []
  for (let i = 0; i < octets.length; i += 255) {
    const piece = octets.subarray(i, i + 255)
    pieces.push(Buffer.from([piece.length]), piece)
  }
  return Buffer.concat(pieces)
}

const answerOf = (packet: Buffer, records: ReadonlyArray<string> | undefined): Buffer => {
  const { end } = questionOf(packet)
  const header = Buffer.alloc(12)
  packet.copy(header, 0, 0, 2)
  header.writeUInt16BE(0x8580 | (records === undefined ? nameError : 0), 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(records?.length ?? 0, 6)
  const answers = (records ?? []).map((record) => {
    const data = strings(record)
    const head = Buffer.alloc(12)
    head.writeUInt16BE(0xc00c, 0)
    head.writeUInt16BE(txtType, 2)
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(data.length, 10)
    return Buffer.concat([head, data])
  })
  return Buffer.concat([header, packet.subarray(12, end), ...answers])
}

/** Answers for these names, for others that there is no such name, and for silent ones that it cannot tell now. */
export const make = (
  records: Readonly<Record<string, ReadonlyArray<string>>>,
  silent: ReadonlyArray<string> = []
): Effect.Effect<{ readonly address: string }, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<ReturnType<typeof createSocket>>((resume) => {
        const socket = createSocket("udp4")
        socket.on("message", (packet, { address, port }) => {
          const { name } = questionOf(packet)
          const answer = answerOf(packet, Object.hasOwn(records, name) ? records[name] : undefined)
          // SERVFAIL
          if (silent.includes(name)) answer.writeUInt16BE(0x8582, 2)
          socket.send(answer, port, address)
        })
        socket.bind(0, "127.0.0.1", () => resume(Effect.succeed(socket)))
      }),
      (socket) => Effect.sync(() => socket.close())
    ),
    (socket) => ({ address: `127.0.0.1:${socket.address().port}` })
  )
