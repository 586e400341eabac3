/**
 * What makes two recipients one: the local part as written, the domain without case (RFC 5321 section 2.4).
 *
 * @internal
 */
export const recipientKey = (addrSpec: string): string => {
  const domain = addrSpec.lastIndexOf("@") + 1
  return addrSpec.slice(0, domain) + addrSpec.slice(domain).toLowerCase()
}
