/** A process that does one job, and tells how much memory it took and how long. */
import { Attachment, Mail, Message } from "@effect-mail/core"
import { Effect, type Scope } from "effect"
import { truncateSync, writeFileSync } from "node:fs"
import { Readable } from "node:stream"
import { createTransport } from "nodemailer"
import { attempt, BenchError } from "../harness/BenchError.js"
import { endWithParent, tell } from "../harness/parent.js"
import { timed } from "../harness/rounds.js"
import * as Bare from "../senders/bare.js"
import { sendStream, smtp } from "../senders/effectMail.js"
import { pool } from "../senders/nodemailer.js"
import type { Sender } from "../senders/Sender.js"
import { letter } from "./messages.js"

const [job = "", host = "", portText, sizeText, warmUpText, path = ""] = process.argv.slice(2)
const [port, size, warmUpSize] = [Number(portText), Number(sizeText), Number(warmUpText)]
const sink = { host, port }

interface Job {
  readonly warmUp: Effect.Effect<unknown, BenchError>
  readonly run: Effect.Effect<unknown, BenchError>
}

type SendFile = (file: string, octets: number) => Effect.Effect<unknown, BenchError>

const withFile = { from: "ada@example.com", to: ["bob@example.org"], subject: "A large file", text: "Here it is" }

/** Only this job needs files: the others are not to carry what reads them. */
const sendFile: SendFile = (file) =>
  Effect.flatMap(
    attempt("There is no platform", () => import("@effect/platform-node")),
    ({ NodeContext }) =>
      Attachment.file(file).pipe(
        Effect.flatMap((attachment) => Mail.send(Message.make({ ...withFile, attachments: [attachment] }))),
        Effect.provide([smtp(sink, 1), NodeContext.layer]),
        Effect.mapError(BenchError.because("The file was not sent"))
      )
  )

const sendFileByNodemailer: SendFile = (file) =>
  attempt("nodemailer did not send", async () => {
    const transport = createTransport({ host, port, ignoreTLS: true, pool: true })
    await transport.sendMail({ ...withFile, attachments: [{ path: file }] })
    transport.close()
  })

const encodedLine = Buffer.from(`${"A".repeat(76)}\r\n`)

/** As many octets as base64 makes of the file, encoded already. */
const encoded = function*(octets: number) {
  const piece = Buffer.concat(Array.from({ length: 1000 }, () => encodedLine))
  for (let left = Math.ceil(octets / 57) * encodedLine.length; left > 0; left -= piece.length) {
    yield piece.subarray(0, left)
  }
}

const sendFileBare: SendFile = (_, octets) =>
  attempt("The bare connection did not send", async () => {
    const connection = await Bare.connect(sink)
    await Bare.sendOver(connection, "bob@example.org", Readable.from(encoded(octets), { objectMode: false }))
    connection.quit()
  })

/** Warmed up with a small job of the same kind: what is compiled and cached then is not what the job takes. */
const sendingFile = (send: SendFile): Effect.Effect<Job> =>
  Effect.succeed({
    warmUp: Effect.suspend(() => {
      const small = `${path}.small`
      writeFileSync(small, "")
      truncateSync(small, warmUpSize)
      return send(small, warmUpSize)
    }),
    run: send(path, size)
  })

const sendingLetters = (sender: Sender): Effect.Effect<Job, BenchError, Scope.Scope> =>
  Effect.map(sender(letter, sink, 5), (run) => ({ warmUp: run(warmUpSize), run: run(size) }))

const jobs: Readonly<Record<string, Effect.Effect<Job, BenchError, Scope.Scope>>> = {
  oursAttachment: sendingFile(sendFile),
  nodemailerAttachment: sendingFile(sendFileByNodemailer),
  bareAttachment: sendingFile(sendFileBare),
  oursStream: sendingLetters(sendStream),
  nodemailerStream: sendingLetters(pool)
}

const samplingMillis = 20
const maximum = (): number => process.resourceUsage().maxRSS * 1024

/** The highest resident set while `run` runs: sampled, or the system's own maximum where that rose meanwhile. */
const peakOf = <E>(run: Effect.Effect<unknown, E>): Effect.Effect<number, E> =>
  Effect.suspend(() => {
    const maximumBefore = maximum()
    let peak = process.memoryUsage.rss()
    const sampling = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss())
    }, samplingMillis)
    return run.pipe(
      Effect.ensuring(Effect.sync(() => clearInterval(sampling))),
      Effect.map(() => maximum() > maximumBefore ? maximum() : peak)
    )
  })

const measure = Effect.gen(function*() {
  const { run, warmUp } = yield* jobs[job] ?? new BenchError({ message: `There is no job ${job}` })
  yield* warmUp
  yield* Effect.sleep("300 millis")
  globalThis.gc?.()
  yield* Effect.sleep("300 millis")
  const idle = process.memoryUsage.rss()
  let peak = idle
  const millis = yield* timed(Effect.tap(peakOf(run), (highest) => Effect.sync(() => peak = highest)))
  yield* Effect.promise(() => tell({ idle, peak, millis }))
})

endWithParent()
await Effect.runPromise(Effect.scoped(measure))
process.disconnect()
