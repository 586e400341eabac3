import type { Reply } from "@effect-mail/core/DeliveryReport"
import { ConnectionError } from "@effect-mail/core/MailError"

/** No message was sent, and that is proven. */
export const connectionError = (
  reason: ConnectionError["reason"],
  description: string,
  { cause, detail, reply }: {
    readonly detail?: ConnectionError["detail"]
    readonly reply?: Reply | undefined
    readonly cause?: unknown
  } = {}
): ConnectionError =>
  new ConnectionError({
    reason,
    detail,
    description,
    code: reply?.code,
    enhancedCode: reply?.enhancedCode,
    response: reply?.text,
    ...cause === undefined ? {} : { cause }
  })
