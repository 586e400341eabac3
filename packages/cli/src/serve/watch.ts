import { DevInboxApi } from "@effect-mail/testing"
import type { DevInbox } from "@effect-mail/testing"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { widthOf } from "../command/width.js"
import { coloursOf } from "../terminal/colours.js"
import { jsonLine } from "../terminal/json.js"
import { printed } from "../terminal/printer.js"
import { visibleLines } from "../terminal/visible.js"

export interface Options {
  readonly url: string
  readonly isJson: boolean
  readonly isQuiet: boolean
  readonly isRaw: boolean
}

type Summary = typeof DevInboxApi.Summary.Type

const encode = Schema.encodeSync(DevInboxApi.Summary)

const width = (): number => widthOf(process.stdout, 120)

const isSettled = ({ counts }: Summary): boolean => counts.waiting === 0

/** Prints each message once its verdicts are known, until it is interrupted. */
export const watch = (
  inbox: DevInbox.Service,
  { isJson, isQuiet, isRaw, url }: Options,
  onMessage: () => void
): Effect.Effect<void> => {
  const waiting = new Set<number>()
  const print = (summary: Summary) =>
    Effect.gen(function*() {
      onMessage()
      if (isJson) process.stdout.write(jsonLine(encode(summary)))
      if (isJson || isQuiet) return
      const octets = yield* inbox.source(summary.id)
      if (isRaw) process.stdout.write(`${visibleLines(Buffer.from(octets).toString("utf8"))}\n`)
      const detail = yield* inbox.get(summary.id)
      const findings = (yield* inbox.checks(summary.id)).findings
      process.stdout.write(
        `${printed(detail, { width: width(), colours: coloursOf(process.stdout), url, findings })}\n`
      )
    }).pipe(Effect.catchAll(() => Effect.void))
  return Stream.runForEach(inbox.events(), (numbered) => {
    const event = numbered?.event
    if (event?._tag === "Received") {
      if (isSettled(event.message)) return print(event.message)
      waiting.add(event.message.id)
    } else if (event?._tag === "Changed" && isSettled(event.message) && waiting.delete(event.message.id)) {
      return print(event.message)
    }
    return Effect.void
  })
}
