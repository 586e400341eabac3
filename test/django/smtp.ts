import type { Behaviour } from "./Behaviour.js"
import { smtpDelivery } from "./smtpDelivery.js"
import { smtpOpening } from "./smtpOpening.js"

export const smtp: ReadonlyArray<Behaviour> = [...smtpOpening, ...smtpDelivery]
