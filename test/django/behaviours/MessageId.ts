import * as MimeReader from "@effect-mail/test-kit/MimeReader"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type Behaviour, closedHole, each, notWanted, passed } from "../Behaviour.js"
import { hasFields, letter, readBack, refused } from "../RoundTrip.js"

export const messageId: ReadonlyArray<Behaviour> = [
  closedHole(
    98,
    "no Message-ID: one is made for each sending",
    "in the domain of the author, where Django shows the name of the machine",
    Effect.gen(function*() {
      const message = letter({ from: "ada@shop.example" })
      const first = yield* readBack(message)
      const second = yield* readBack(message)
      assert.match(MimeReader.header(first.entity, "Message-ID") ?? "", /^<[^<>@ ]+@shop\.example>$/)
      assert.strictEqual(MimeReader.header(first.entity, "Message-ID"), first.outgoing.messageId)
      assert.notStrictEqual(first.outgoing.messageId, second.outgoing.messageId)
    })
  ),

  passed(
    99,
    "a host name beyond ASCII, also in a message of ISO-8859-1",
    each(
      ["utf-8", "iso-8859-1"] as const,
      (charset) =>
        Effect.map(readBack(letter({ charset, from: "ada@\u6f22\u5b57.example" })), ({ entity }) => {
          assert.match(MimeReader.header(entity, "Message-ID") ?? "", /^<[^<>@ ]+@xn--p8s937b\.example>$/)
        })
    )
  ),

  closedHole(
    100,
    "a Message-ID as an extra field",
    "used as it is given where it is one; what no answer could refer to is refused",
    Effect.gen(function*() {
      yield* hasFields(letter({ headers: { "Message-ID": "<own@example.com>" } }), {
        "Message-ID": "<own@example.com>"
      })
      yield* each(
        ["own", "", "<own>", "<a@b> <c@d>", "<a@b"],
        (id) =>
          Effect.map(refused(letter({ headers: { "Message-ID": id } })), (error) => {
            assert.strictEqual(error._tag, "BadHeaderError")
          })
      )
    })
  ),

  notWanted(
    101,
    "the name of the machine, looked up once",
    "it is not looked up: the Message-ID takes the author's domain, EHLO takes `clientName` or the address literal"
  )
]
