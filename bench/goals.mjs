/** What the numbers are to be, and whether they are. */
import { letter } from "./messages.mjs"

const mebibyte = 2 ** 20

const atLeast = (name, bound, value, unit) => ({
  name,
  bound: `at least ${bound}${unit}`,
  value,
  unit,
  isReached: value.median >= bound
})

const under = (name, bound, value, unit) => ({
  name,
  bound: `under ${bound}${unit}`,
  value,
  unit,
  isReached: value.median < bound
})

const rendering = (results) => {
  const { ratios } = results.find(({ kind }) => kind === letter.name)
  return [
    atLeast("Mime.render, 2 KB letter, against nodemailer's composer", 20, ratios.render, "x"),
    atLeast("make, prepare, render, against the same", 12, ratios.wholeWay, "x")
  ]
}

const sending = (results) => {
  const one = results.find(({ connections }) => connections === 1)
  const five = results.find(({ connections }) => connections === 5)
  return [
    atLeast("sendAll, 5 connections, against nodemailer's pool", 4, five.againstPool.sendAll, "x"),
    atLeast("sendAll, 5 connections, against ready bytes on bare connections", 0.6, five.againstBare.sendAll, "x"),
    under("one Mail.send over a warm pool, time beyond the bare connection", 150, one.beyondBare.send, " us")
  ]
}

/** One number that stands for itself. */
const single = (value) => ({ median: value, lower: value, upper: value, min: value, max: value, count: 1 })

const growth = ({ rendered: { ours } }) => {
  const most = Math.max(...Object.keys(ours).map(Number))
  const percent = (ours[most].median / ours[1000].median - 1) * 100
  return [
    under(`growth of the cost per message from 10^3 to 10^${Math.log10(most)} rendered`, 10, single(percent), " %")
  ]
}

const inMebibytes = (summary) =>
  Object.fromEntries(
    Object.entries(summary).map(([key, value]) => [key, key === "count" ? value : value / mebibyte])
  )

const memory = ({ attachment, stream }) => [
  under(
    `memory above idle, ${attachment.octets / mebibyte} MiB attachment streamed`,
    64,
    inMebibytes(attachment.senders.ours.aboveIdle),
    " MiB"
  ),
  under(
    `memory above idle, ${stream.ours.count} messages through sendStream`,
    64,
    inMebibytes(stream.ours.aboveIdle),
    " MiB"
  ),
  atLeast(
    `${attachment.octets / mebibyte} MiB attachment, against nodemailer streaming the same file`,
    1.5,
    attachment.againstNodemailer,
    "x"
  )
]

/** The goals that the results speak of. */
export const judge = (results) => [
  ...results.rendering === undefined ? [] : rendering(results.rendering),
  ...results.sending === undefined ? [] : sending(results.sending),
  ...results.growth === undefined ? [] : growth(results.growth),
  ...results.memory === undefined ? [] : memory(results.memory)
]
