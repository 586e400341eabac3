/** More messages than an inbox keeps. Limits are counted, not times. */
import { Smtp } from "@effect-mail/backends"
import { Mail, MailBackend, Message } from "@effect-mail/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { served } from "./InboxServer.js"

const kept = 500
const count = 10_000
const events = 1_024

describe("A flood", () => {
  it.live(
    "of 10,000 messages over SMTP leaves the newest 500, and the rest of the inbox as bounded",
    () =>
      Effect.scoped(Effect.gen(function*() {
        const { inbox, url } = yield* served
        const backend = yield* Smtp.make({
          host: "127.0.0.1",
          port: inbox.smtp?.port,
          tls: "none",
          pool: { maxConnections: 4 }
        })
        const messages = Stream.range(1, count).pipe(
          Stream.map((n) =>
            Message.make({ from: "a@example.com", to: "b@example.com", subject: `number ${n}`, text: "x" })
          )
        )
        const results = yield* Mail.sendStream(messages, { concurrency: 4 }).pipe(
          Stream.runCount,
          Effect.provideService(MailBackend.MailBackend, backend)
        )
        assert.strictEqual(results, count)
        assert.lengthOf(yield* inbox.list(), kept)
        const newest = yield* inbox.wait("-is:waiting")
        assert.isAbove(newest.id, count - 10)
        const page = yield* Effect.promise(async () => (await fetch(`${url}/api/messages?limit=200`)).json())
        assert.deepStrictEqual([page.total, page.matched, page.messages.length], [kept, kept, 200])
        assert.strictEqual((yield* Effect.flip(inbox.get(1)))._tag, "MessageNotFound")
        // A reader that was away is told to begin again: not all events are kept.
        const first = yield* Stream.runHead(inbox.events(1))
        assert.deepStrictEqual(first._tag === "Some" ? first.value : "none", undefined)
        const missed = yield* inbox.events(page.event - events).pipe(Stream.take(events), Stream.runCount)
        assert.strictEqual(missed, events)
        yield* inbox.clear
        assert.lengthOf(yield* inbox.list(), 0)
      })),
    300_000
  )
})
