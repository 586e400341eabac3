import type { Message, TypeId } from "../../Message.js"
import * as Value from "./kind.js"

const typeId: TypeId = "~@effect-mail/core/Message"

/**
 * For what `Message` itself needs, and so cannot ask it.
 *
 * @internal
 */
export const isMessage = (u: unknown): u is Message => Value.isOf(typeId, u)
