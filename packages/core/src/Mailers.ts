/**
 * Several backends by name. Each is built once, when something is first sent by it.
 *
 * A name is part of the type of what uses it: an effect that sends by `"newsletter"` needs `Mailer<"newsletter">`, and a
 * name that no layer provides is an error of the compiler.
 *
 * @since 0.1.0
 */
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { CurrentMailer } from "./internal/outgoing/currentMailer.js"
import * as MailBackend from "./MailBackend.js"

/**
 * The requirement of a backend of this name.
 *
 * @since 0.1.0
 * @category models
 */
export interface Mailer<Name extends string> {
  readonly "~@effect-mail/core/Mailers": Name
}

/**
 * The backend of a name, built when it is first used.
 *
 * @since 0.1.0
 * @category models
 */
export type Service = Effect.Effect<MailBackend.Service, ConfigError>

/**
 * The tag of a name.
 *
 * @since 0.1.0
 * @category tags
 */
export const Mailer = <const Name extends string>(name: Name): Context.Tag<Mailer<Name>, Service> =>
  Context.GenericTag<Mailer<Name>, Service>(`@effect-mail/core/Mailers/${name}`)

/**
 * Backends by name, as layers.
 *
 * @since 0.1.0
 * @category models
 */
export type Backends<Name extends string, R> = {
  readonly [K in Name]: Layer.Layer<MailBackend.MailBackend, ConfigError, R>
}

/**
 * The names that the compiler knows. It knows none of a record whose keys are any string: `Effect.serviceOption(Mailer(name))`
 * looks up such a mailer, which may be missing.
 *
 * @since 0.1.0
 * @category models
 */
export type Known<Name extends string> = Name extends string ? {} extends Record<Name, 0> ? never : Name : never

/** Builds once, in the given scope. After an interrupted or failed attempt the next one tries again. */
const once = <R>(
  layer: Layer.Layer<MailBackend.MailBackend, ConfigError, R>,
  context: Context.Context<R>,
  scope: Scope.Scope
): Effect.Effect<Service> =>
  Effect.map(Effect.makeSemaphore(1), (lock) => {
    let built: MailBackend.Service | undefined
    const build = Effect.suspend(() => {
      if (built !== undefined) return Effect.succeed(built)
      return Effect.map(Effect.provide(Layer.buildWithScope(layer, scope), context), (environment) => {
        built = Context.get(environment, MailBackend.MailBackend)
        return built
      })
    })
    return lock.withPermits(1)(build)
  })

/**
 * Provides backends by name. `Mail.using` sends by one of them.
 *
 * @example
 * ```ts
 * import { Smtp } from "@effect-mail/backends"
 * import { Mail, Mailers } from "@effect-mail/core"
 * import { Effect } from "effect"
 *
 * const MailersLive = Mailers.layer({
 *   default: Smtp.layer({ host: "smtp.example.com" }),
 *   newsletter: Smtp.layer({ host: "bulk.example.com" })
 * })
 *
 * const program = Mail.sendMail({ from: "a@example.com", to: "b@example.com", subject: "News", text: "..." }).pipe(
 *   Mail.using("newsletter"),
 *   Effect.provide(MailersLive)
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <Name extends string, R = never>(
  backends: Backends<Name, R>
): Layer.Layer<Mailer<Known<Name>>, never, R> =>
  Layer.scopedContext(Effect.gen(function*() {
    const context = yield* Effect.context<R>()
    const scope = yield* Effect.scope
    const services = yield* Effect.forEach(
      Object.entries<Backends<Name, R>[Name]>(backends),
      ([name, backend]) => Effect.map(once(backend, context, scope), (service) => [Mailer(name).key, service] as const)
    )
    return Context.unsafeMake<Mailer<Known<Name>>>(new Map(services))
  }))

/**
 * The backend of a name as the default backend: for what is sent without naming a mailer.
 *
 * Fails with a `ConfigError` when that backend cannot be built.
 *
 * @example
 * ```ts
 * import { Mailers } from "@effect-mail/core"
 *
 * const MailLive = Mailers.backend("default")
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const backend = <const Name extends string>(
  name: Name
): Layer.Layer<MailBackend.MailBackend, ConfigError, Mailer<Name>> =>
  Layer.merge(
    Layer.effect(MailBackend.MailBackend, Effect.flatten(Mailer(name))),
    Layer.succeed(CurrentMailer, Option.some<string>(name))
  )
