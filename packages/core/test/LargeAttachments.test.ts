import { Attachment, Mail, MailBackend, Message, Mime, Outgoing } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Random, Stream } from "effect"

const mebibyte = 1024 * 1024
const letter = { from: "ada@example.com", to: "bob@example.com", subject: "Hello", text: "Hello" }

const carrying = (...attachments: ReadonlyArray<Attachment.Attachment>): Message.Message =>
  Message.make({ ...letter, attachments })

const read = (outgoing: Outgoing.Outgoing): Effect.Effect<Buffer, unknown> =>
  Effect.suspend(() => {
    const pieces: Array<Uint8Array> = []
    return Effect.map(
      Mime.runForEach(outgoing, (piece) => Effect.sync(() => void pieces.push(piece.slice()))),
      () => Buffer.concat(pieces)
    )
  })

/** The parts of a message, read by what is native: the strict reader is for messages that are not large. */
const partsOf = (bytes: Buffer) =>
  bytes.toString("latin1").split(/\r\n--=_[^\r]*\r\n/).slice(1, -1).map((part) => {
    const at = part.indexOf("\r\n\r\n")
    const body = part.slice(at + 4)
    return {
      type: /Content-Type: ([^;\r]*)/.exec(part.slice(0, at))?.[1],
      octets: Buffer.from(body, part.slice(0, at).includes("base64") ? "base64" : "latin1")
    }
  })

/** The longest time in milliseconds for which nobody else had a turn, while an effect ran. */
const longestTurn = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<number, E> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const watch = { longest: 0, last: performance.now(), isOver: false }
      const look = (): void => {
        const now = performance.now()
        watch.longest = Math.max(watch.longest, now - watch.last)
        watch.last = now
        if (!watch.isOver) setImmediate(look)
      }
      setImmediate(look)
      return watch
    }),
    (watch) => Effect.map(effect, () => Math.max(watch.longest, performance.now() - watch.last)),
    (watch) => Effect.sync(() => void (watch.isOver = true))
  )

/** The best of a few runs: a busy machine takes turns away as well. */
const bestTurn = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<number, E> => {
  const again = (left: number): Effect.Effect<number, E> =>
    Effect.flatMap(
      longestTurn(effect),
      (turn) =>
        turn <= 50 || left === 0 ? Effect.succeed(turn) : Effect.map(again(left - 1), (other) => Math.min(turn, other))
    )
  return again(4)
}

/** A backend that counts octets, and looks how much memory is taken while they come. */
const counting = () => {
  const inUse = () => process.memoryUsage().arrayBuffers
  const before = inUse()
  const seen = { octets: 0, mostMemory: 0 }
  const backend = MailBackend.make({
    name: "counting",
    open: Effect.succeed({
      deliver: (outgoing) =>
        Effect.as(
          Mime.runForEach(outgoing, (piece) =>
            Effect.sync(() => {
              seen.octets += piece.length
              seen.mostMemory = Math.max(seen.mostMemory, inUse() - before)
            })),
          MailBackend.acceptAll(outgoing)
        )
    })
  })
  const send = (message: Message.Message) => Effect.provideService(Mail.send(message), MailBackend.MailBackend, backend)
  return { seen, send }
}

const lines = (octets: number, end: string): Uint8Array => {
  const line = `a line of a text that goes on and on =_${end}`
  return Buffer.from(line.repeat(Math.ceil(octets / line.length)))
}

describe.sequential("a large attachment in memory", () => {
  const contents: ReadonlyArray<readonly [string, () => Attachment.Attachment]> = [
    ["200 MiB of octets", () => Attachment.bytes(new Uint8Array(200 * mebibyte), { filename: "a.bin" })],
    ["100 MiB of octets that are text", () => Attachment.bytes(lines(100 * mebibyte, "\n"), { filename: "a.txt" })],
    ["100 MiB of text", () => Attachment.text(lines(100 * mebibyte, "\n").toString(), { filename: "a.txt" })],
    [
      "that is a message",
      () =>
        Attachment.bytes(Buffer.concat([Buffer.from("Subject: x\r\n\r\n"), lines(100 * mebibyte, "\r\n")]), {
          filename: "a.eml"
        })
    ],
    [
      "that is a message in other line ends",
      () => Attachment.message(Buffer.concat([Buffer.from("Subject: x\n\n"), lines(100 * mebibyte, "\n")]))
    ]
  ]
  for (const [what, make] of contents) {
    it.live(
      `${what}: nobody waits for more than 50 ms while it is sent, and it is held once`,
      () =>
        Effect.gen(function*() {
          const message = carrying(make())
          const { seen, send } = counting()
          assert.isAtMost(yield* bestTurn(send(message)), 50)
          assert.isAbove(seen.octets, 100 * mebibyte)
          assert.isBelow(seen.mostMemory, 80 * mebibyte)
        }),
      240_000
    )
  }
})

describe("a large message in memory", () => {
  const octets = Uint8Array.from({ length: 11 * mebibyte + 5 }, (_, i) => i * 7)

  it.effect("has the same bytes in one piece, as a stream and piece by piece", () =>
    Effect.gen(function*() {
      for (
        const attachment of [
          Attachment.bytes(octets),
          Attachment.bytes(lines(11 * mebibyte, "\r"), { filename: "a.txt" }),
          Attachment.text("\u{1f600}".repeat(6 * mebibyte), { filename: "a.txt" }),
          Attachment.message(lines(11 * mebibyte, "\n"))
        ]
      ) {
        const outgoing = yield* Outgoing.prepare(carrying(attachment))
        assert.isTrue(outgoing.streamed)
        const whole = Buffer.from(yield* Mime.render(outgoing))
        assert.isTrue(whole.equals(yield* read(outgoing)))
        const streamed = yield* Stream.runCollect(Mime.stream(outgoing))
        assert.isTrue(whole.equals(Buffer.concat([...streamed])))
      }
    }), 60_000)

  it.effect("arrives octet by octet, beside what is small", () =>
    Effect.gen(function*() {
      const small = Attachment.text("x,y", { filename: "small.csv" })
      const text = "\ud83d\ude00a".repeat(500_001)
      const outgoing = yield* Outgoing.prepare(carrying(small, Attachment.bytes(octets), Attachment.text(text), small))
      const [, first, second, third, last] = partsOf(yield* read(outgoing))
      assert.strictEqual(first?.octets.toString(), "x,y")
      assert.isTrue(second?.octets.equals(octets))
      assert.strictEqual(third?.octets.toString(), text)
      assert.strictEqual(last?.octets.toString(), "x,y")
    }), 60_000)

  it.effect("is large as a sum, too", () =>
    Effect.gen(function*() {
      const one = Attachment.bytes(octets.subarray(0, 3 * mebibyte))
      assert.isFalse((yield* Outgoing.prepare(carrying(one, one))).streamed)
      assert.isTrue((yield* Outgoing.prepare(carrying(one, one, one, one))).streamed)
    }))

  it.effect("is checked as a small one is: text by its charset, messages by their lines", () =>
    Effect.gen(function*() {
      const text = (octets: Uint8Array) => Attachment.bytes(octets, { filename: "a.txt" })
      const typeOf = (attachment: Attachment.Attachment) =>
        Effect.map(
          Effect.flatMap(Outgoing.prepare(carrying(attachment)), read),
          (bytes) => partsOf(bytes)[1]?.type
        )
      const valid = Buffer.from("\u20ac".repeat(2 * mebibyte))
      assert.strictEqual(yield* typeOf(text(valid)), "text/plain")
      for (
        const wrong of [
          valid.subarray(0, -1),
          Buffer.concat([valid, Buffer.from([0xff])]),
          Buffer.concat([valid.subarray(1), valid])
        ]
      ) {
        assert.strictEqual(yield* typeOf(text(wrong)), "application/octet-stream")
      }
      const long = lines(5 * mebibyte, "\n")
      const nul = Uint8Array.from(long)
      nul[nul.length - 1] = 0
      for (const wrong of [nul, Buffer.concat([long, Buffer.alloc(999, 97)]), Buffer.alloc(5 * mebibyte, 97)]) {
        for (
          const make of [Attachment.message, (octets: Uint8Array) => Attachment.bytes(octets, { filename: "a.eml" })]
        ) {
          const message = carrying(make(wrong))
          assert.isTrue(Either.isLeft(Message.validate(message)))
          assert.strictEqual((yield* Effect.flip(Outgoing.prepare(message)))._tag, "InvalidMessageError")
          const around = carrying(Attachment.message(message))
          assert.strictEqual((yield* Effect.flip(Outgoing.prepare(around)))._tag, "InvalidMessageError")
        }
      }
    }), 60_000)

  it.effect(
    "that is a message gets its line ends whatever stands at the edge of a piece",
    () =>
      Effect.gen(function*() {
        for (const end of ["\r\n", "\n", "\r"]) {
          for (let shift = 0; shift < 4; shift++) {
            const raw = `Subject: x${"x".repeat(shift)}${end}${end}${`abc${end}`.repeat(1_100_000)}last`
            const outgoing = yield* Outgoing.prepare(carrying(Attachment.message(raw)))
            const [, leaf] = partsOf(yield* read(outgoing))
            const expected = `${raw.replaceAll(/\r\n|\r|\n/g, "\r\n")}\r\n`
            assert.isTrue(leaf?.octets.equals(Buffer.from(expected)), JSON.stringify([end, shift]))
          }
        }
      }),
    60_000
  )

  it.effect(
    "that is a message holds no boundary, even if its author knows what is drawn",
    () =>
      Effect.gen(function*() {
        const boundaryOf = (outgoing: Outgoing.Outgoing) =>
          Effect.map(read(outgoing), (bytes) => /boundary="(.*)\.m"/.exec(bytes.toString("latin1"))?.[1] ?? "")
        const known = yield* boundaryOf(yield* Outgoing.prepare(carrying(Attachment.text("x"))))
        for (const at of [0, 57 * 9216 - 5, 2 * mebibyte]) {
          const raw = Buffer.from("Subject: x\n\n" + "abc\n".repeat(2 * mebibyte))
          raw.write(`\n--${known}.m--\n`, 20 + at)
          const boundary = yield* boundaryOf(yield* Outgoing.prepare(carrying(Attachment.message(raw))))
          assert.notStrictEqual(boundary, known)
          assert.isFalse(raw.includes(boundary))
        }
      }).pipe(Effect.withRandom(Random.fixed([7]))),
    60_000
  )
})
