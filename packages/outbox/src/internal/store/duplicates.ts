import { DuplicateKeyError } from "../../OutboxError.js"
import type { Ticket } from "../../OutboxMessage.js"
import type { NewMessage } from "../model/service.js"

/** The first message that was to be new and is not. */
export const find = (
  messages: ReadonlyArray<NewMessage>,
  tickets: ReadonlyArray<Ticket>
): DuplicateKeyError | undefined => {
  const at = messages.findIndex(({ onDuplicate }, i) => onDuplicate === "fail" && tickets[i]?.isNew === false)
  const key = messages[at]?.key
  return key === undefined ? undefined : new DuplicateKeyError({ key, id: tickets[at]?.id ?? "" })
}
