import type { Delivery } from "@effect-mail/core/MailBackend"
import type { Outgoing } from "@effect-mail/core/Outgoing"

/**
 * Every recipient accepted, by a backend that has no server to ask.
 *
 * @internal
 */
export const acceptAll = ({ envelope }: Outgoing): Delivery => ({
  recipients: envelope.to.map((recipient) => ({ _tag: "Accepted", recipient }))
})
