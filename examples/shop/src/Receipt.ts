import { Attachment, Message } from "@effect-mail/core"
import type { NewOrder } from "./Api.js"

const amount = (cents: number): string => `${(cents / 100).toFixed(2)} EUR`

/** The receipt of an order, as a value. What the customer typed is checked when the message is prepared, not here. */
export const make = ({ cents, email, id, name }: NewOrder): Message.Message =>
  Message.make({
    from: "The shop <shop@example.com>",
    to: { name, address: email },
    subject: `Your order ${id}`,
    text: `Dear ${name},\n\nthank you for your order ${id} of ${amount(cents)}. The invoice is attached.\n`,
    attachments: [
      Attachment.text(`Invoice ${id}\n${name}\nTotal: ${amount(cents)}\n`, { filename: `invoice-${id}.txt` })
    ]
  })
