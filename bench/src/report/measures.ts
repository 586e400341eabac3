/** What the goals and the history speak of: each number under a name of its own, which stays the same from run to run. */
import { Record } from "effect"
import { scale, type Summary } from "../harness/statistics.js"
import type * as FirstMessage from "../subjects/firstMessage.js"
import type * as Growth from "../subjects/growth.js"
import type * as Imports from "../subjects/imports.js"
import type * as Link from "../subjects/link.js"
import type * as Memory from "../subjects/memory.js"
import type * as Outbox from "../subjects/outbox.js"
import type * as Rendering from "../subjects/rendering.js"
import type * as Sending from "../subjects/sending.js"
import type * as Signing from "../subjects/signing.js"
import type { Results } from "./Results.js"

export type Measures = Readonly<Record<string, Summary>>

export const mebibyte = 2 ** 20

/** Puts the values of a record under names that begin alike. */
const named = (prefix: string, values: Measures): Measures => Record.mapKeys(values, (key) => `${prefix}.${key}`)

/** Nothing is measured against itself. */
const link = ({ rows }: Link.Results): Measures => ({
  ...named("link.roundTrips", Record.map(rows, ({ roundTrips }) => roundTrips)),
  ...named("link.againstPool", Record.map(Record.remove(rows, "pool"), ({ againstPool }) => againstPool))
})

const sending = ({ connections, senders }: Sending.Results): Measures => {
  const exceptBare = Record.remove(senders, "bare")
  return {
    ...named(
      `sending.${connections}.againstPool`,
      Record.map(Record.remove(senders, "pool"), ({ againstPool }) => againstPool)
    ),
    ...named(`sending.${connections}.againstBare`, Record.map(exceptBare, ({ againstBare }) => againstBare)),
    ...named(`sending.${connections}.beyondBareMicros`, Record.map(exceptBare, ({ beyondBare }) => beyondBare))
  }
}

const firstMessage = ({ newProcess, newSender }: FirstMessage.Results): Measures => ({
  "firstMessage.newSender.againstPool": newSender.againstPool,
  "firstMessage.newProcess.beyondPoolMillis": newProcess.beyondPool.ours,
  "firstMessage.newProcess.modulesBeyondPoolMillis": newProcess.beyondPool.modules
})

const imports = ({ beyondEffect, nodemailer }: Imports.Results): Measures => ({
  "imports.beyondEffectMillis": beyondEffect,
  "imports.nodemailerMillis": nodemailer
})

const rendering = ({ id, ratios }: Rendering.Results): Measures => named(`rendering.${id}`, ratios)

const signing = ({ againstRsa }: Signing.Results): Measures => ({ "signing.againstRsa": againstRsa })

/** How much more a message of the largest batch costs than one of 10^3. */
const growth = ({ rendered: { ours } }: Growth.Results): Measures => {
  const small = ours.get(1000)
  const large = ours.get(Math.max(...ours.keys()))
  if (small === undefined || large === undefined) return {}
  const percent = (large.median / small.median - 1) * 100
  return { "growth.percent": { median: percent, lower: percent, upper: percent, count: 1 } }
}

const memory = ({ attachment, streams }: Memory.Results): Measures => ({
  "memory.attachment.aboveIdleMebibytes": scale(attachment.senders.ours.aboveIdle, 1 / mebibyte),
  "memory.attachment.againstNodemailer": attachment.againstNodemailer,
  ...Record.fromEntries(
    streams.filter(({ sender }) => sender === "ours").map(({ aboveIdle, count }) =>
      [`memory.messages.${count}.aboveIdleMebibytes`, scale(aboveIdle, 1 / mebibyte)] as const
    )
  )
})

const outbox = ({ claim, cpuMicros, enqueueMillis, load, memory, rates, ratios }: Outbox.Results): Measures => {
  const growth = memory.peakMiB - memory.smallPeakMiB
  return {
    "outbox.load": load,
    ...named("outbox.perSecond", rates),
    ...named("outbox.ratio", ratios),
    ...named("outbox.cpuMicros", cpuMicros),
    ...named("outbox.enqueueMillis", enqueueMillis),
    [`outbox.claimMillis.${claim.queued}`]: claim.millis,
    "outbox.memoryGrowthMebibytes": { median: growth, lower: growth, upper: growth, count: 1 }
  }
}

const merge = (all: ReadonlyArray<Measures>): Measures =>
  all.reduce((merged, measures) => ({ ...merged, ...measures }), {})

export const measuresOf = (results: Results): Measures => ({
  ...results.link && link(results.link),
  ...results.sending && merge(results.sending.map(sending)),
  ...results.firstMessage && firstMessage(results.firstMessage),
  ...results.imports && imports(results.imports),
  ...results.rendering && merge(results.rendering.map(rendering)),
  ...results.signing && signing(results.signing),
  ...results.growth && growth(results.growth),
  ...results.memory && memory(results.memory),
  ...results.outbox && outbox(results.outbox)
})
