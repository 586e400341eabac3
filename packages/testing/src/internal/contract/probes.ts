import * as MailBackend from "@effect-mail/core/MailBackend"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import type { Delivered, Sessions, Subject } from "./subject.js"

/** What was checked, what was expected, and what was found. */
export interface Broken {
  readonly detail: string
  readonly expected: string
  readonly actual: string
  readonly cause?: unknown
}

/** A backend under test, with its probes. */
export interface Probed {
  readonly backend: MailBackend.Service
  readonly delivered: Effect.Effect<ReadonlyArray<Delivered>, Broken> | undefined
  readonly sessions: Effect.Effect<Sessions, Broken> | undefined
  readonly pooled: boolean
}

const print = (value: unknown): string => typeof value === "string" ? value : JSON.stringify(value, null, 2)

export const broken = (detail: string, expected: string, actual: string): Effect.Effect<never, Broken> =>
  Effect.fail({ detail, expected, actual })

/** Compares plain values by their JSON. */
export const same = (detail: string, expected: unknown, actual: unknown): Effect.Effect<void, Broken> =>
  Effect.suspend(() => {
    const texts = [print(expected), print(actual)] as const
    return texts[0] === texts[1] ? Effect.void : broken(detail, ...texts)
  })

export const atMost = (detail: string, limit: number, actual: number): Effect.Effect<void, Broken> =>
  actual <= limit ? Effect.void : broken(detail, `at most ${limit}`, `${actual}`)

const found = (cause: Cause.Cause<unknown>): Pick<Broken, "actual" | "cause"> => {
  const error = Cause.squash(cause)
  return { actual: error instanceof Error ? `${error.name}: ${error.message}` : String(error), cause: error }
}

/** Fails with `Broken` if an effect does not succeed. An interruption stays one. */
export const succeeds = <A, E, R>(detail: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, Broken, R> =>
  Effect.catchAllCause(effect, (cause): Effect.Effect<never, Broken> => {
    if (Cause.isInterruptedOnly(cause)) return Effect.interrupt
    return Effect.fail({ detail, expected: "a success", ...found(cause) })
  })

export const failsWith = <A, E extends { readonly _tag: string }, R>(
  detail: string,
  tag: E["_tag"],
  effect: Effect.Effect<A, E, R>
): Effect.Effect<void, Broken, R> =>
  Effect.flatMap(Effect.exit(effect), (exit) => {
    if (Exit.isSuccess(exit)) return broken(detail, tag, "a success")
    const { cause } = exit
    if (Cause.isInterruptedOnly(cause)) return Effect.interrupt
    return cause._tag === "Fail" && cause.error._tag === tag
      ? Effect.void
      : Effect.fail({ detail, expected: tag, ...found(cause) })
  })

/** Polls for 1 second, until the other end has noticed that a connection was closed. */
const untilClosed = Schedule.intersect(Schedule.spaced("10 millis"), Schedule.recurs(100))

const noneOpen = (detail: string, { sessions }: Pick<Probed, "sessions">): Effect.Effect<void, Broken> =>
  sessions === undefined ? Effect.void : sessions.pipe(
    Effect.flatMap(({ open }) => same(detail, 0, open)),
    Effect.retry(untilClosed)
  )

/** Checks how many sessions were opened, if there is a probe. */
export const hasOpened = ({ sessions }: Probed, count: number): Effect.Effect<void, Broken> =>
  sessions === undefined
    ? Effect.void
    : Effect.flatMap(sessions, ({ opened }) => same("sessions opened", count, opened))

/** Checks that no session is open; for a backend with a pool only after its layer is released. */
export const hasClosed = (probed: Probed): Effect.Effect<void, Broken> =>
  probed.pooled ? Effect.void : noneOpen("sessions still open", probed)

type Body = (probed: Probed) => Effect.Effect<void, Broken, MailBackend.MailBackend>

/** The requirements of a subject that its layer does not provide. */
type Requirements<A, R, D, S> = R | Exclude<D | S, MailBackend.MailBackend | A>

const onceBuilt = <A, R, D, S>({ delivered, layer, pooled, sessions }: Subject<A, R, D, S>, body: Body) =>
  Effect.gen(function*() {
    const scope = yield* Effect.acquireRelease(Scope.make(), (scope, exit) => Scope.close(scope, exit))
    const built = yield* succeeds("building the layer", Layer.buildWithScope(layer, scope))
    const requirements = yield* Effect.context<Requirements<A, R, D, S>>()
    const context = Context.merge(requirements, built) as Context.Context<D | S>
    const look = <B>(name: string, probe: Effect.Effect<B, unknown, D | S> | undefined) =>
      probe === undefined ? undefined : Effect.provide(succeeds(`the probe \`${name}\``, probe), context)
    const probed: Probed = {
      backend: Context.get(built, MailBackend.MailBackend),
      delivered: look("delivered", delivered),
      sessions: look("sessions", sessions),
      pooled: pooled ?? false
    }
    yield* Effect.provideService(body(probed), MailBackend.MailBackend, probed.backend)
    yield* hasClosed(probed)
    yield* Scope.close(scope, Exit.void)
    yield* noneOpen("sessions still open after the layer was released", probed)
  })

/** Runs a case against a new backend on the real clock: servers outside the test do not know its clock. */
export const run = <A, R, D, S>(
  subject: Subject<A, R, D, S>,
  body: Body
): Effect.Effect<void, Broken, Requirements<A, R, D, S>> =>
  onceBuilt(subject, body).pipe(
    Effect.scoped,
    Effect.catchAllDefect((defect) =>
      Effect.fail<Broken>({ detail: "an unforeseen defect", expected: "no defect", ...found(Cause.die(defect)) })
    ),
    // An uninterruptible backend must not delay the time limit.
    Effect.disconnect,
    Effect.timeoutFail({
      duration: subject.timeLimit ?? "4 seconds",
      onTimeout: (): Broken => ({ detail: "the time it takes", expected: "an end", actual: "none in the time limit" })
    }),
    Effect.withClock(Clock.make())
  )
