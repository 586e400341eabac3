import * as Mail from "@effect-mail/core/Mail"
import type * as MailBackend from "@effect-mail/core/MailBackend"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { type Body, injection, type Promised } from "./case.js"
import * as Messages from "./messages.js"
import * as Probes from "./probes.js"

const { hasClosed, hasOpened, succeeds } = Probes
const { hasDelivered, letter, letters } = Messages

/** Runs a use of a session, and looks that one was opened for it and is closed after it. */
const once = (bench: Probes.Bench, use: Body): Body =>
  Effect.gen(function*() {
    yield* use
    yield* hasOpened(bench, 1)
    yield* hasClosed(bench)
  })

const connectOnce = (name: string, use: (connection: MailBackend.MailConnection) => Body) => ({
  name,
  needs: ["sessions"],
  body: (bench: Probes.Bench): Body =>
    once(
      bench,
      Effect.scoped(Effect.gen(function*() {
        const connection = yield* succeeds("connecting", bench.backend.connect)
        yield* hasOpened(bench, 1)
        yield* use(connection)
      }))
    )
} satisfies Promised)

const connectAndSend = connectOnce(
  "opens a connection once and closes it once when all is sent",
  (connection) => Effect.forEach(letters(3), (message) => succeeds("sending", connection.send(message)))
)

const connectAndNothing = connectOnce(
  "opens a connection once and closes it once when nothing is sent",
  () => Effect.void
)

const connectAndFail = connectOnce(
  "keeps a connection after a message that was refused before it went out",
  (connection) =>
    Effect.gen(function*() {
      yield* succeeds("sending", connection.send(letter(1)))
      const wrong = connection.send(letter(2, { subject: injection }))
      yield* Probes.failsWith("an injection through the subject", "BadHeaderError", wrong)
      yield* succeeds("sending", connection.send(letter(3)))
    })
)

const closesWhenInterrupted: Promised = {
  name: "opens a connection once and closes it once when its user fails or is interrupted",
  needs: ["sessions"],
  body: (bench) =>
    Effect.gen(function*() {
      const connected = yield* Deferred.make<void>()
      const user = yield* Effect.fork(Effect.scoped(Effect.gen(function*() {
        yield* bench.backend.connect
        yield* Deferred.succeed(connected, undefined)
        return yield* Effect.never
      })))
      yield* Effect.raceFirst(Deferred.await(connected), Effect.ignore(Fiber.join(user)))
      yield* once(bench, Effect.asVoid(Fiber.interrupt(user)))
      yield* Effect.exit(Effect.scoped(Effect.zipRight(bench.backend.connect, Effect.fail("on purpose"))))
      yield* hasClosed(bench)
    })
}

const session: Promised = {
  name: "sends everything in a `Mail.session` over one connection",
  needs: [],
  body: (bench) =>
    Effect.gen(function*() {
      const all = letters(4)
      const use = Effect.zipRight(
        Effect.forEach(all.slice(0, 2), (message) => Mail.send(message)),
        Mail.sendMassMail(all.slice(2))
      )
      yield* once(bench, Effect.asVoid(succeeds("sending in a session", Mail.session(use))))
      yield* hasDelivered(bench, ...all)
    })
}

const batchOnce: Promised = {
  name: "opens one connection for a batch, or as many as it may use",
  needs: ["sessions"],
  body: (bench) =>
    Effect.gen(function*() {
      yield* once(bench, Effect.asVoid(Mail.sendAll(letters(3))))
      yield* Mail.sendAll(letters(6), { concurrency: 2 })
      yield* hasClosed(bench)
      const opened = bench.sessions === undefined ? 0 : (yield* bench.sessions).opened
      yield* Probes.atMost("sessions opened by a batch that may use two, beside the first one", 2, opened - 1)
    })
}

export const all: ReadonlyArray<Promised> = [
  connectAndSend,
  connectAndNothing,
  connectAndFail,
  closesWhenInterrupted,
  session,
  batchOnce
]
