/**
 * What can go wrong with an outbox itself. What goes wrong with a delivery is kept with the message, see
 * `OutboxMessage.Entry`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The store could not do what it was asked to.
 *
 * - `operation`: the method of the store
 * - `isRefused`: whether the database said no, so that nothing was changed. Where it is `false` the connection may have been
 *   lost after the change was committed
 *
 * @since 0.1.0
 * @category errors
 */
export class OutboxError extends Schema.TaggedError<OutboxError>("@effect-mail/outbox/OutboxError")("OutboxError", {
  operation: Schema.String,
  isRefused: Schema.Boolean,
  cause: Schema.optional(Schema.Defect)
}) {
  /**
   * @since 0.1.0
   */
  override get message(): string {
    const certainty = this.isRefused ? "nothing was changed" : "it is not known whether anything was changed"
    return `The outbox could not ${this.operation}, and ${certainty}. Check the database, and that the migrations ran.`
  }
}

/**
 * A message with this key is in the outbox already, and `onDuplicate` is `"fail"`.
 *
 * @since 0.1.0
 * @category errors
 */
export class DuplicateKeyError
  extends Schema.TaggedError<DuplicateKeyError>("@effect-mail/outbox/DuplicateKeyError")("DuplicateKeyError", {
    key: Schema.String,
    id: Schema.String
  })
{
  /**
   * @since 0.1.0
   */
  override get message(): string {
    return `The outbox holds the message ${this.id} with the key ${JSON.stringify(this.key)} already. ` +
      "Use another key, or onDuplicate: \"existing\"."
  }
}
