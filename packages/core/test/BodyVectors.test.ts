import { Attachment, Message, Mime, Outgoing } from "@effect-mail/core"
import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { render, type Rendered } from "@effect-mail/test-kit/RenderedMessage"
import * as Vectors from "@effect-mail/test-kit/Vectors"
import * as WireReader from "@effect-mail/test-kit/WireReader"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"

const options = { from: "ada@example.com", to: "bob@example.com", subject: "Hello" }

const textOf = (input: Vectors.BodyInput): string => {
  if (typeof input === "string") return input
  if ("repeat" in input) return input.repeat.repeat(input.times)
  if ("concat" in input) return input.concat.map(textOf).join("")
  throw new Error("these are octets")
}

const octetsOf = (input: Vectors.BodyInput): Uint8Array =>
  typeof input !== "string" && "base64" in input
    ? new Uint8Array(Buffer.from(input.base64, "base64"))
    : new TextEncoder().encode(textOf(input))

const withLineFeeds = (text: string): string => text.replace(/\r\n|\r|\n/g, "\n")

const withoutLastLineEnd = (text: string): string => text.replace(/\n$/, "")

const messageOf = ({ contentType, input, part }: Vectors.ContentVector): Message.Message => {
  switch (part) {
    case "text":
      return Message.make({ ...options, text: textOf(input) })
    case "html":
      return Message.make({ ...options, html: textOf(input) })
    case "raw":
      return Message.make({ ...options, attachments: [Attachment.message(textOf(input))] })
    case "attachment":
      return Message.make({
        ...options,
        text: "See the attachment",
        attachments: [Attachment.bytes(octetsOf(input), { filename: "data.bin", contentType })]
      })
  }
}

const structured = ({ input }: Vectors.StructureVector): Message.Message => {
  const image = Attachment.inline(new Uint8Array([1]), { filename: "a.png", contentId: "a@b" })
  const file = Attachment.bytes(new Uint8Array([2]), { filename: "b.bin" })
  return Message.make({
    ...options,
    text: input.text,
    html: input.html,
    attachments: [...Array(input.inline).fill(image), ...Array(input.attachments).fill(file)]
  })
}

/** The part that the input went to. */
const contentOf = ({ part }: Vectors.ContentVector, { entity }: Rendered): MimeReader.Entity => {
  const leaves = MimeReader.leaves(entity)
  assert.strictEqual(leaves.length, part === "attachment" ? 2 : 1)
  return leaves.at(-1) ?? entity
}

const oneMessage = ({ bytes }: Rendered) => {
  const { commands, message } = WireReader.receiveStrictly(WireReader.dotStuff(bytes))
  assert.strictEqual(commands, "")
  assert.strictEqual(message, WireReader.binary(bytes))
}

const noDefects = (_: Vectors.ContentVector, { bytes, outgoing }: Rendered) =>
  assert.deepStrictEqual(
    WireReader.defects(bytes).filter((defect) => !(outgoing.eightBit && defect === "an octet above 127")),
    []
  )

const encoded = (vector: Vectors.ContentVector, rendered: Rendered) => {
  const content = contentOf(vector, rendered)
  assert.notInclude(["7bit", "8bit"], content.encoding)
  assert.strictEqual(MimeReader.textOf(content), textOf(vector.input))
}

const checks: Readonly<Record<string, (vector: Vectors.ContentVector, rendered: Rendered) => void>> = {
  "one-message": (_, rendered) => oneMessage(rendered),
  "no-command-leak": (_, { bytes }) =>
    assert.strictEqual(WireReader.receiveSloppily(WireReader.dotStuff(bytes)).commands, ""),
  "crlf-only": noDefects,
  "line<=998": noDefects,
  "no-nul": noDefects,
  "ascii-or-8BITMIME": noDefects,
  "8BITMIME-or-reject": (_, { bytes, outgoing }) => {
    assert.isTrue(outgoing.eightBit)
    assert.deepStrictEqual(WireReader.defects(bytes), ["an octet above 127"])
  },
  "roundtrip-text": (vector, rendered) => {
    const content = contentOf(vector, rendered)
    const text = vector.part === "raw" ? new TextDecoder().decode(content.octets) : MimeReader.textOf(content)
    const expected = vector.expectedText ?? withLineFeeds(textOf(vector.input))
    assert.strictEqual(withoutLastLineEnd(withLineFeeds(text)), withoutLastLineEnd(expected))
  },
  "roundtrip-bytes": (vector, rendered) =>
    assert.deepStrictEqual(contentOf(vector, rendered).octets, octetsOf(vector.input)),
  "reject-or-encode": encoded,
  // Only a NUL in a text gets here: it is encoded, and nothing is lost. See docs/decisions.
  "reject": encoded
}

const isRefused = ({ input, part, properties }: Vectors.ContentVector): boolean =>
  properties.includes("reject") && !(part === "text" && textOf(input).includes("\0"))

const isContent = (vector: Vectors.BodyVector): vector is Vectors.ContentVector =>
  ["text", "html", "raw", "attachment"].includes(vector.part)

describe("bodies", () => {
  for (const vector of Vectors.bodies.filter(isContent)) {
    const { id, part, properties, title } = vector
    if (isRefused(vector)) {
      it.effect(`${id} ${part} is refused: ${title}`, () =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(Outgoing.prepare(messageOf(vector)))
          assert.strictEqual(error._tag, "InvalidMessageError")
        }))
    } else {
      it.effect(`${id} ${part}: ${title}`, () =>
        Effect.gen(function*() {
          const rendered = yield* render(messageOf(vector))
          for (const property of properties) {
            const check = checks[property]
            if (check === undefined) return assert.fail(`no check for ${property}`)
            check(vector, rendered)
          }
        }))
    }
  }

  for (const vector of Vectors.bodies.filter((vector) => vector.part === "multipart")) {
    it.effect(`${vector.id} ${vector.part}: ${vector.title}`, () =>
      Effect.gen(function*() {
        const rendered = yield* render(structured(vector))
        oneMessage(rendered)
        const alternative = vector.input.text === undefined ? "text/html" : "alternative(text/plain, text/html)"
        const attachments = ", application/octet-stream".repeat(vector.input.attachments)
        assert.strictEqual(
          MimeReader.structure(rendered.entity),
          `mixed(related(${alternative}, image/png)${attachments})`
        )
        const boundaries = MimeReader.boundaries(rendered.entity)
        for (const one of boundaries) {
          assert.deepStrictEqual(boundaries.filter((other) => other.startsWith(one)), [one])
        }
      }))
  }

  for (const vector of Vectors.bodies.filter((vector) => vector.part === "recipients")) {
    it.effect(`${vector.id} is refused: ${vector.title}`, () =>
      Effect.gen(function*() {
        const to = Array.from({ length: vector.input.recipients }, (_, i) => `r${i}@example.com`)
        const error = yield* Effect.flip(Outgoing.prepare(Message.make({ ...options, to })))
        assert.strictEqual(error._tag, "InvalidMessageError")
        assert.include(error.message, `${vector.input.recipients} recipients`)
      }))
  }

  for (const vector of Vectors.bodies.filter((vector) => vector.part === "attachment-memory")) {
    it.effect(`${vector.id} ${vector.title}, here of 8 MiB: no chunk holds more than one of the source does`, () =>
      Effect.gen(function*() {
        const source = Stream.take(Stream.repeatEffect(Effect.sync(() => new Uint8Array(65_536))), 128)
        const outgoing = yield* Outgoing.prepare(
          Message.make({ ...options, attachments: [Attachment.stream(source)] })
        )
        const sizes = Array.from(yield* Stream.runCollect(Stream.map(Mime.stream(outgoing), (chunk) => chunk.length)))
        assert.isAbove(sizes.length, 128)
        assert.isBelow(Math.max(...sizes), 65_536 * 1.4)
        assert.isAbove(sizes.reduce((sum, size) => sum + size, 0), 8 * 1024 * 1024 * 4 / 3)
      }))
  }
})
