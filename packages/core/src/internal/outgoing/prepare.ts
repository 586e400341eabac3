import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as MailConfig from "../../MailConfig.js"
import type { MessageError } from "../../MailError.js"
import { scanLong } from "../check/content/scanLong.js"
import * as Check from "../check/message.js"
import type { Message } from "../message/model.js"
import { unusedBoundary, unusedBoundaryInLarge } from "../mime/boundary.js"
import { isLargeMessage } from "../mime/size.js"
import { formatTime } from "../mime/syntax/date.js"
import { messageIdDomain, someContent } from "../mime/tree.js"
import { CurrentMailer } from "./currentMailer.js"
import { Leniency } from "./leniency.js"
import * as Outgoing from "./outgoing.js"

/** 53 random bits in two halves: a number that is not a small integer takes many times as long to write. */
const randomWord = Effect.map(Random.next, (fraction) => {
  const high = Math.floor(fraction * 2 ** 27)
  const low = Math.floor((fraction * 2 ** 27 - high) * 2 ** 26)
  return high.toString(36).padStart(6, "0") + low.toString(36).padStart(6, "0")
})

/** Adds what only sending can: Message-ID, date and boundaries. */
const stamp = (
  message: Message,
  { eightBit, envelope, message: checked }: Check.CheckResult,
  mailer: Option.Option<string>,
  now: number,
  unique: string
): Effect.Effect<Outgoing.Outgoing> => {
  const messageId = checked.messageId ?? `<${unique}@${messageIdDomain(checked.from)}>`
  const isLarge = isLargeMessage(checked)
  const withBoundary = (boundary: string): Outgoing.Outgoing =>
    Outgoing.make({
      message,
      envelope,
      messageId,
      mailer,
      eightBit,
      requireTls: message.requireTls,
      notification: message.deliveryNotification,
      annotations: message.annotations,
      streamed: isLarge || someContent(checked.body, (content) => content._tag === "Streamed")
    }, {
      _tag: "Written",
      message: checked,
      stamp: { messageId, date: checked.date ?? formatTime(now), boundary },
      front: []
    })
  return isLarge
    ? Effect.map(unusedBoundaryInLarge(unique, checked), withBoundary)
    : Effect.succeed(withBoundary(unusedBoundary(unique, checked)))
}

const check = (message: Message): Effect.Effect<Outgoing.Outgoing, MessageError> =>
  Effect.contextWithEffect((context: Context.Context<never>) =>
    Either.match(Check.check(message, MailConfig.settingsOf(context)), {
      onLeft: Effect.fail,
      onRight: (checked) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.flatMap(
            randomWord,
            (word) => stamp(message, checked, Context.get(context, CurrentMailer), now, `${now}.${word}`)
          ))
    })
  )

/** Checks a message and stamps it. */
export const prepare = (message: Message): Effect.Effect<Outgoing.Outgoing, MessageError> =>
  Effect.suspend(() => {
    const scans = scanLong(message)
    return scans.length === 0
      ? check(message)
      : Effect.zipRight(Effect.forEach(scans, (scan) => scan, { discard: true }), check(message))
  })

/** Prepares a message for sending, which demands more than its bytes do. */
export const prepareToSend = (message: Message): Effect.Effect<Outgoing.Outgoing, MessageError> =>
  Effect.flatMap(
    prepare(message),
    (outgoing) =>
      Effect.contextWithEffect((context: Context.Context<never>) =>
        Context.get(context, Leniency)
          ? Effect.succeed(outgoing)
          : Either.map(
            Check.checkDemands(message, MailConfig.settingsOf(context), outgoing.envelope),
            () => outgoing
          )
      )
  )
