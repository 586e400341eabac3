import * as Context from "effect/Context"
import * as Option from "effect/Option"

/**
 * The name of the mailer that the running effect sends by, where it was chosen by name.
 *
 * @internal
 */
export class CurrentMailer extends Context.Reference<CurrentMailer>()("@effect-mail/core/CurrentMailer", {
  defaultValue: (): Option.Option<string> => Option.none()
}) {}
