import * as Context from "effect/Context"

/**
 * Whether a message without recipients succeeds, and the built-in default sender may be used: as in Django, for
 * `Mail.sendMail` and the functions beside it.
 */
export class Leniency extends Context.Reference<Leniency>()("@effect-mail/core/Leniency", {
  defaultValue: (): boolean => false
}) {}
