/**
 * What is wrong with the options of this package.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * An option cannot be used: `option` names it, `reason` says what is wrong with it. It holds no secret.
 *
 * @since 0.1.0
 * @category errors
 */
export class InboundConfigError
  extends Schema.TaggedError<InboundConfigError>("@effect-mail/inbound/InboundConfigError")(
    "InboundConfigError",
    { option: Schema.String, reason: Schema.String }
  )
{
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `Bad option ${this.option}: ${this.reason}`
  }
}
