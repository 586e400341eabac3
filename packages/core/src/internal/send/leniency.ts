import * as Context from "effect/Context"

/**
 * Whether a message to nobody is a success, and the default sender that is built in will do: what Django means, and
 * `Mail.sendMail` and its like with it.
 *
 * @internal
 */
export class Leniency extends Context.Reference<Leniency>()("@effect-mail/core/Leniency", {
  defaultValue: (): boolean => false
}) {}
