import * as Mail from "@effect-mail/core/Mail"
import type * as MailBackend from "@effect-mail/core/MailBackend"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { type Body, type Case, injection } from "./case.js"
import * as Messages from "./messages.js"
import * as Probes from "./probes.js"

const { hasClosed, hasOpened, succeeds } = Probes
const { batch, hasDelivered, numbered } = Messages

/** Checks that a use of a session opens one, and closes it. */
const once = (probed: Probes.Probed, use: Body): Body =>
  Effect.gen(function*() {
    yield* use
    yield* hasOpened(probed, 1)
    yield* hasClosed(probed)
  })

const connectOnce = (name: string, use: (connection: MailBackend.MailConnection) => Body) => ({
  name,
  needs: ["sessions"],
  body: (probed: Probes.Probed): Body =>
    once(
      probed,
      Effect.scoped(Effect.gen(function*() {
        const connection = yield* succeeds("connecting", probed.backend.connect)
        yield* hasOpened(probed, 1)
        yield* use(connection)
      }))
    )
} satisfies Case)

const connectAndSend = connectOnce(
  "opens a connection once and closes it once when all is sent",
  (connection) => Effect.forEach(batch(3), (message) => succeeds("sending", connection.send(message)))
)

const connectAndNothing = connectOnce(
  "opens a connection once and closes it once when nothing is sent",
  () => Effect.void
)

const connectAndFail = connectOnce(
  "keeps a connection after a message that was refused before it went out",
  (connection) =>
    Effect.gen(function*() {
      yield* succeeds("sending", connection.send(numbered(1)))
      const wrong = connection.send(numbered(2, { subject: injection }))
      yield* Probes.failsWith("an injection through the subject", "BadHeaderError", wrong)
      yield* succeeds("sending", connection.send(numbered(3)))
    })
)

const closesWhenInterrupted: Case = {
  name: "opens a connection once and closes it once when its user fails or is interrupted",
  needs: ["sessions"],
  body: (probed) =>
    Effect.gen(function*() {
      const connected = yield* Deferred.make<void>()
      const user = yield* Effect.fork(Effect.scoped(Effect.gen(function*() {
        yield* probed.backend.connect
        yield* Deferred.succeed(connected, undefined)
        return yield* Effect.never
      })))
      yield* Effect.raceFirst(Deferred.await(connected), Effect.ignore(Fiber.join(user)))
      yield* once(probed, Effect.asVoid(Fiber.interrupt(user)))
      yield* Effect.exit(Effect.scoped(Effect.zipRight(probed.backend.connect, Effect.fail("on purpose"))))
      yield* hasClosed(probed)
    })
}

const session: Case = {
  name: "sends everything in a `Mail.session` over one connection",
  needs: [],
  body: (probed) =>
    Effect.gen(function*() {
      const all = batch(4)
      const use = Effect.zipRight(
        Effect.forEach(all.slice(0, 2), (message) => Mail.send(message)),
        Mail.sendMassMail(all.slice(2))
      )
      yield* once(probed, Effect.asVoid(succeeds("sending in a session", Mail.session(use))))
      yield* hasDelivered(probed, ...all)
    })
}

const batchOnce: Case = {
  name: "opens one connection for a batch, or as many as it may use",
  needs: ["sessions"],
  body: (probed) =>
    Effect.gen(function*() {
      yield* once(probed, Effect.asVoid(Mail.sendAll(batch(3))))
      yield* Mail.sendAll(batch(6), { concurrency: 2 })
      yield* hasClosed(probed)
      const opened = probed.sessions === undefined ? 0 : (yield* probed.sessions).opened
      yield* Probes.atMost("sessions opened by a batch that may use two, beside the first one", 2, opened - 1)
    })
}

export const all: ReadonlyArray<Case> = [
  connectAndSend,
  connectAndNothing,
  connectAndFail,
  closesWhenInterrupted,
  session,
  batchOnce
]
