import * as Annotations from "@effect-mail/core/Annotations"
import { CapabilityError } from "@effect-mail/core/MailError"
import type { Outgoing } from "@effect-mail/core/Outgoing"

/** What is said of a message whose annotations would be lost: only providers over HTTP know them. */
export const notCarried = ({ annotations }: Outgoing, by: string): CapabilityError | undefined => {
  const [capability] = Annotations.needs(annotations)
  return capability === undefined
    ? undefined
    : new CapabilityError({ capability, description: `${by} carries no annotations` })
}
