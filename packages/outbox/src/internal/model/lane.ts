/**
 * Into how many parts an outbox is divided, so that machines can share it.
 */
export const count = 32

const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1).toLowerCase()

/** FNV-1a, 32 bits. */
const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}

/** The part of a message: all that goes by one mailer to one domain is in the same. The first recipient decides. */
export const of = (mailer: string, recipients: ReadonlyArray<string>): number =>
  hash(`${mailer}@${domainOf(recipients[0] ?? "")}`) % count

/** The domain that the limits of a message are those of. */
export const domain = (recipients: ReadonlyArray<string>): string => domainOf(recipients[0] ?? "")
