import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { octetsOfBody } from "./decode.js"

/** Takes off a transfer encoding piece by piece; gives what `octetsOfBody` gives for the whole. */
interface Decoder {
  readonly push: (piece: Uint8Array) => Uint8Array
  readonly end: () => Uint8Array
}

const nothing = new Uint8Array(0)
/** White space that may follow a `=` before its line ends. What is longer is no soft line break. */
const maxHeld = 4_096

const base64 = (): Decoder => {
  let held = ""
  let isOver = false
  return {
    push: (piece) => {
      if (isOver) return nothing
      const text = held + Buffer.from(piece).toString("latin1").replace(/[^A-Za-z0-9+/=_-]+/g, "")
      const padding = text.indexOf("=")
      isOver = padding >= 0
      const end = isOver ? padding : text.length - text.length % 4
      held = isOver ? "" : text.slice(end)
      return Buffer.from(text.slice(0, end), "base64")
    },
    end: () => Buffer.from(held, "base64")
  }
}

const quotedPrintable = (): Decoder => {
  let held: Uint8Array = nothing
  return {
    push: (piece) => {
      const whole = Buffer.concat([held, piece])
      const equals = whole.lastIndexOf(61)
      const tail = equals < 0 || whole.length - equals > maxHeld ? "" : whole.toString("latin1", equals)
      const isOpen = /^=(?:[0-9A-Fa-f]?|[ \t]*\r?)$/.test(tail)
      held = isOpen ? whole.subarray(equals) : nothing
      return octetsOfBody("quoted-printable", isOpen ? whole.subarray(0, equals) : whole)
    },
    end: () => octetsOfBody("quoted-printable", Buffer.from(held))
  }
}

const plain = (): Decoder => ({ push: (piece) => piece, end: () => nothing })

/** The octets of a body without its transfer encoding, as they come. */
export const decoded = <E, R>(
  body: Stream.Stream<Uint8Array, E, R>,
  encoding: string
): Stream.Stream<Uint8Array, E, R> =>
  Stream.unwrap(Effect.sync(() => {
    const decoder = encoding === "base64" ? base64() : encoding === "quoted-printable" ? quotedPrintable() : plain()
    return Stream.concat(Stream.map(body, decoder.push), Stream.suspend(() => Stream.make(decoder.end()))).pipe(
      Stream.filter(({ length }) => length > 0)
    )
  }))
