import * as Context from "effect/Context"
import * as Option from "effect/Option"

/** The name of the mailer of the running effect, where it was chosen by name. */
export class CurrentMailer extends Context.Reference<CurrentMailer>()("@effect-mail/core/CurrentMailer", {
  defaultValue: (): Option.Option<string> => Option.none()
}) {}
