import * as MailBackend from "@effect-mail/core/MailBackend"
import * as Mailers from "@effect-mail/core/Mailers"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Mailer } from "./engine.js"

/** A name that the types let through and no layer provides is a fault of the program. */
const named = (name: string): Effect.Effect<Mailer, ConfigError> =>
  Effect.flatMap(Effect.serviceOption(Mailers.Mailer(name)), (service) =>
    Option.isNone(service)
      ? Effect.dieMessage(`no layer provides the mailer ${JSON.stringify(name)}`)
      : Effect.map(service.value, (backend) => ({ name, backend })))

/**
 * The mailers of a runner: the default one, and those that are named.
 */
export const mailersOf = (
  names: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Mailer>, ConfigError, MailBackend.MailBackend> =>
  Effect.flatMap(
    MailBackend.MailBackend,
    (backend) => Effect.map(Effect.forEach(names, named), (others) => [{ name: "default", backend }, ...others])
  )
