/** A process that does one job, and tells how much memory it took and how long. */
import { Attachment, Mail, Message } from "@effect-mail/core"
import { Effect } from "effect"
import { truncateSync, writeFileSync } from "node:fs"
import { Readable } from "node:stream"
import { clearInterval, setInterval } from "node:timers"
import { setTimeout } from "node:timers/promises"
import nodemailer from "nodemailer"
import { letter } from "./messages.mjs"
import * as Senders from "./senders.mjs"

const [job, host, portText, sizeText, warmUpText, path] = process.argv.slice(2)
const [port, size, warmUpSize] = [portText, sizeText, warmUpText].map(Number)
const sink = { host, port }

const withFile = { from: "ada@example.com", to: ["bob@example.org"], subject: "A large file", text: "Here it is" }

/** Only this job needs files: the others are not to carry what reads them. */
const oursAttachment = async (file) => {
  const { NodeContext } = await import("@effect/platform-node")
  return Effect.runPromise(
    Attachment.file(file).pipe(
      Effect.flatMap((attachment) => Mail.send(Message.make({ ...withFile, attachments: [attachment] }))),
      Effect.provide([Senders.smtp(sink, 1), NodeContext.layer])
    )
  )
}

const nodemailerAttachment = async (file) => {
  const transport = nodemailer.createTransport({ host, port, ignoreTLS: true, pool: true })
  await transport.sendMail({ ...withFile, attachments: [{ path: file }] })
  transport.close()
}

const encodedLine = Buffer.from(`${"A".repeat(76)}\r\n`)

/** As many octets as base64 makes of the file, encoded already. */
function* encoded(octets) {
  const piece = Buffer.concat(Array.from({ length: 1000 }, () => encodedLine))
  for (let left = Math.ceil(octets / 57) * encodedLine.length; left > 0; left -= piece.length) {
    yield piece.subarray(0, left)
  }
}

const bareAttachment = async (_, octets) => {
  const connection = await Senders.openConnection(sink)
  await Senders.sendOver(connection, "bob@example.org", Readable.from(encoded(octets), { objectMode: false }))
  connection.quit()
}

/** Warmed up with a small job of the same kind: what is compiled and cached then is not what the job takes. */
const sendingFile = (send) => ({
  warmUp: () => {
    const small = `${path}.small`
    writeFileSync(small, "")
    truncateSync(small, warmUpSize)
    return send(small, warmUpSize)
  },
  run: () => send(path, size)
})

const sendingLetters = (open) => {
  const sender = open(letter, sink, 5)
  return { warmUp: () => sender.run(warmUpSize), run: () => sender.run(size) }
}

const jobs = {
  oursAttachment: () => sendingFile(oursAttachment),
  nodemailerAttachment: () => sendingFile(nodemailerAttachment),
  bareAttachment: () => sendingFile(bareAttachment),
  oursStream: () => sendingLetters(Senders.sendStream),
  nodemailerStream: () => sendingLetters(Senders.pool)
}

const samplingMillis = 20

/** The highest resident set while `run` runs: sampled, or the system's own maximum where that rose meanwhile. */
const peakOf = async (run) => {
  const maximum = () => process.resourceUsage().maxRSS * 1024
  const maximumBefore = maximum()
  let peak = process.memoryUsage.rss()
  const sampling = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, samplingMillis)
  await run()
  clearInterval(sampling)
  return maximum() > maximumBefore ? maximum() : peak
}

process.on("disconnect", () => process.exit())
const { run, warmUp } = jobs[job]()
await warmUp()
await setTimeout(300)
globalThis.gc()
await setTimeout(300)
const idle = process.memoryUsage.rss()
const start = performance.now()
const peak = await peakOf(run)
process.send({ idle, peak, millis: performance.now() - start }, () => process.disconnect())
