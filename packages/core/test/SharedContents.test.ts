import { Attachment, Message, Mime, Outgoing } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Random } from "effect"

/** The same stamp for every message, so that their bytes can be compared. */
const rendered = (message: Message.Message) =>
  Effect.flatMap(Outgoing.prepare(message), Mime.render).pipe(Effect.withRandom(Random.make("the same each time")))

const text = fc.array(fc.constantFrom("Grüße", " ", "\n", "=", "plain", "日本語", ".", "\r\n"), { maxLength: 30 }).map(
  (pieces) => pieces.join("")
)

interface Common {
  readonly text: string
  readonly html: string
  readonly octets: Uint8Array
  readonly csv: string
}

const common: fc.Arbitrary<Common> = fc.record({
  text,
  html: text,
  octets: fc.uint8Array({ maxLength: 300 }),
  csv: text
})

const attachmentsOf = ({ csv, octets }: Common) => [
  Attachment.bytes(octets, { filename: "a.bin" }),
  Attachment.bytes(octets, { filename: "a.txt", contentType: "text/plain; charset=iso-8859-1" }),
  Attachment.text(csv, { filename: "a.csv" })
]

const messageOf = ({ html, text }: Common, attachments: ReadonlyArray<Attachment.Attachment>) =>
  Message.make({ from: "ada@example.com", to: "bob@example.com", subject: "News", text, html, attachments })

describe("what messages have in common", () => {
  it.effect.prop(
    "is in each of them what it would be if it were in one only",
    [fc.array(common, { minLength: 1, maxLength: 12 })],
    ([mailings]) =>
      Effect.gen(function*() {
        const shared = mailings.map((mailing) => ({ mailing, attachments: attachmentsOf(mailing) }))
        const first = yield* Effect.forEach(shared, ({ attachments, mailing }) =>
          rendered(messageOf(mailing, attachments)))
        for (let time = 0; time < 3; time++) {
          for (const [i, { attachments, mailing }] of shared.entries()) {
            assert.deepStrictEqual(yield* rendered(messageOf(mailing, attachments)), first[i])
            assert.deepStrictEqual(yield* rendered(messageOf(mailing, attachmentsOf(mailing))), first[i])
          }
        }
      }),
    { fastCheck: { numRuns: 40 }, timeout: 60_000 }
  )

  it.effect("is not what one of them does to its bytes", () =>
    Effect.gen(function*() {
      const attachments = [Attachment.bytes(new Uint8Array(100).fill(7), { filename: "a.bin" })]
      const message = Message.make({ from: "ada@example.com", text: "Grüße", html: "<p>Grüße</p>", attachments })
      const expected = (yield* rendered(message)).slice()
      for (let time = 0; time < 4; time++) {
        const bytes = yield* rendered(message)
        assert.deepStrictEqual(bytes, expected)
        bytes.fill(0)
      }
    }))

  it.effect("may be written in another charset by one of them", () =>
    Effect.gen(function*() {
      const message = Message.make({ from: "ada@example.com", text: "Grüße aus Köln" })
      const latin = Message.charset(message, "iso-8859-1")
      const expected = [yield* rendered(message), yield* rendered(latin)]
      for (let time = 0; time < 3; time++) {
        assert.deepStrictEqual([yield* rendered(message), yield* rendered(latin)], expected)
      }
      assert.notDeepEqual(expected[0], expected[1])
    }))
})
