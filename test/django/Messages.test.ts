import { Mime, Outgoing } from "@effect-mail/core"
import * as Meaning from "@effect-mail/test-kit/MessageMeaning"
import * as RfcLint from "@effect-mail/test-kit/RfcLint"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either } from "effect"
import { isDeepStrictEqual } from "node:util"
import * as MessageCase from "./MessageCase.js"
import * as MessageDecisions from "./MessageDecisions.js"

const expected = (compared: MessageCase.Compared): MessageCase.Outcome => {
  const [decision] = MessageDecisions.about(compared.given)
  return decision === undefined ? compared.django62 : decision.outcome(compared)
}

describe("Messages that Django renders", () => {
  for (const compared of MessageCase.all) {
    it.effect(compared.given.id, () =>
      Effect.gen(function*() {
        const outgoing = yield* Effect.either(Outgoing.prepare(MessageCase.messageOf(compared.given)))
        if (Either.isLeft(outgoing)) {
          return assert.deepStrictEqual({ _tag: outgoing.left._tag }, expected(compared))
        }
        const { envelope } = outgoing.right
        const bytes = yield* Mime.render(outgoing.right)
        assert.deepStrictEqual({ _tag: "Sent", meaning: Meaning.read(bytes), envelope }, expected(compared))
        assert.deepStrictEqual(RfcLint.lint(bytes, envelope), [])
      }))
  }
})

const idsOf = (compared: ReadonlyArray<MessageCase.Compared>): ReadonlyArray<string> =>
  compared.map(({ given }) => given.id)

describe("Decisions about messages", () => {
  for (const { isAbout, outcome, what } of MessageDecisions.all) {
    it(what, () => {
      const concerned = MessageCase.all.filter(({ given }) => isAbout(given))
      const matters = concerned.some((compared) =>
        [compared.django52, compared.django62].some((django) => !isDeepStrictEqual(outcome(compared), django))
      )
      assert.isTrue(matters, "it makes no difference to any message")
    })
  }

  it("are at most one for each message", () => {
    const several = MessageCase.all.filter(({ given }) => MessageDecisions.about(given).length > 1)
    assert.deepStrictEqual(idsOf(several), [])
  })

  it("are made wherever Django 5.2 and 6.2 do not agree", () => {
    const open = MessageCase.all.filter(({ django52, django62, given }) =>
      !isDeepStrictEqual(django52, django62) && MessageDecisions.about(given).length === 0
    )
    assert.deepStrictEqual(idsOf(open), [])
  })
})
