import { Notice } from "@effect-mail/inbound"
import * as Vectors from "@effect-mail/test-kit/Vectors"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"

const octetsOf = ({ raw, raw_base64 }: Vectors.BounceVector): Uint8Array =>
  new Uint8Array(raw_base64 === undefined ? Buffer.from(raw ?? "") : Buffer.from(raw_base64, "base64"))

const parse = (vector: Vectors.BounceVector) =>
  Effect.map(Notice.parse(octetsOf(vector)), (notice) => Option.getOrUndefined(notice))

const ofKind = (kind: Vectors.BounceVector["expect"]["kind"]) =>
  Vectors.bounces.filter(({ expect }) => expect.kind === kind)

/** Without what is undefined. */
const without = (fields: object): object => JSON.parse(JSON.stringify(fields))

/** Compares what the vector lists: where it lists nothing, its reader was not asked, or could not tell. */
const isAsListed = (actual: object, listed: object, what: string): void =>
  assert.deepInclude(actual, without(listed), what)

describe("Notice.parse", () => {
  for (const vector of ofKind("delivery-status")) {
    it.effect(`reads the report ${vector.id} exactly`, () =>
      Effect.gen(function*() {
        const notice = yield* parse(vector)
        assert.strictEqual(notice?._tag, "Bounced")
        if (notice?._tag !== "Bounced") return
        const { originalEnvelopeId, originalMessageId, recipients = [], reportingMta } = vector.expect
        assert.strictEqual(notice.isHeuristic, false)
        assert.strictEqual(notice.recipients.length, recipients.length)
        isAsListed(notice, { originalEnvelopeId, originalMessageId, reportingMta: reportingMta?.address }, "report")
        recipients.forEach(({ action, diagnostic, effectiveStatus, final, original, remoteMta }, i) =>
          isAsListed(notice.recipients[i] ?? {}, {
            recipient: final?.address ?? original?.address,
            originalRecipient: original?.address,
            action,
            status: effectiveStatus,
            diagnostic,
            remoteMta: remoteMta?.address
          }, `recipient ${i}`)
        )
      }))
  }

  for (const vector of ofKind("feedback")) {
    it.effect(`reads the complaint ${vector.id} exactly`, () =>
      Effect.gen(function*() {
        const notice = yield* parse(vector)
        assert.strictEqual(notice?._tag, "Complained")
        if (notice?._tag !== "Complained") return
        const { feedback, originalMessageId } = vector.expect
        assert.strictEqual(notice.originalMessageId, originalMessageId)
        const {
          arrivalDate,
          feedbackType,
          originalMailFrom,
          recipients,
          reportedDomains,
          sourceIp,
          userAgent,
          version
        } = notice
        assert.deepStrictEqual(
          without({
            type: feedbackType,
            userAgent,
            version,
            sourceIp,
            originalMailFrom,
            originalRcptTo: recipients.length === 0 ? undefined : recipients,
            reportedDomain: reportedDomains.length === 0 ? undefined : reportedDomains,
            arrivalDate
          }),
          without(feedback ?? {})
        )
      }))
  }

  it.effect("reads automatic answers, and nothing in ordinary mail, forwarded bounces and receipts", () =>
    Effect.gen(function*() {
      for (const vector of ofKind("auto-reply")) {
        const notice = yield* parse(vector)
        assert.strictEqual(notice?._tag, "AutoReplied", vector.id)
        isAsListed(notice ?? {}, { originalMessageId: vector.expect.originalMessageId }, vector.id)
      }
      for (const vector of ofKind("none")) assert.isUndefined(yield* parse(vector), vector.id)
    }))

  it.effect("never names an address that the reference does not, in what is in no standard form", () =>
    Effect.gen(function*() {
      let found = 0
      for (const vector of ofKind("heuristic")) {
        const notice = yield* parse(vector)
        const known = (vector.sisimai ?? []).map(({ recipient }) => recipient)
        const named = notice?._tag === "Bounced" ? notice.recipients.map(({ recipient }) => recipient) : []
        assert.includeMembers(known, named, vector.id)
        found += named.length
      }
      assert.isAbove(found, 3)
    }))

  it.effect("agrees with the reference in 90 % of all recipients on who is hard, also of reports in no standard form", () =>
    Effect.gen(function*() {
      const differing: Array<string> = []
      let count = 0
      for (const vector of Vectors.bounces) {
        const notice = yield* parse(vector)
        const named = notice?._tag === "Bounced" ? notice.recipients : []
        for (const known of vector.sisimai ?? []) {
          count++
          const own = named.find(({ originalRecipient, recipient }) =>
            [recipient, originalRecipient].some((each) => each?.toLowerCase() === known.recipient.toLowerCase())
          )
          if ((own?.kind === "Hard") !== known.hard) differing.push(`${vector.id} ${known.reason}`)
        }
      }
      assert.isAbove(count, 50)
      assert.isAtMost(differing.length / count, 0.1, differing.join("\n"))
    }))

  it.effect("agrees with the reference in 85 % on what is hard, and calls nothing hard that is soft", () =>
    Effect.gen(function*() {
      const differing: Array<string> = []
      let count = 0
      for (const vector of Vectors.bounces) {
        const notice = yield* parse(vector)
        if (notice?._tag !== "Bounced") continue
        for (const { kind, recipient } of notice.recipients) {
          const known = vector.sisimai?.find((each) => each.recipient.toLowerCase() === recipient.toLowerCase())
          if (known === undefined) continue
          count++
          const isHard = kind === "Hard"
          if (isHard !== known.hard) {
            differing.push(`${vector.id} ${known.reason} ${isHard ? "hard here" : "hard there"}`)
          }
        }
      }
      // "filtered" is a word of the reference for addresses that it thinks are there, whatever the server says.
      assert.deepStrictEqual(differing.filter((text) => / (?!filtered)\S+ hard here/.test(text)), [])
      assert.isAtMost(differing.length / count, 0.15, differing.join("\n"))
    }))
})
