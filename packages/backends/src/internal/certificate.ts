import type { ConnectionErrorDetail } from "@effect-mail/core/MailError"

/** What is wrong with a certificate. */
export interface Fault {
  readonly detail: ConnectionErrorDetail
  readonly description: string
}

const privateAuthority: Fault = {
  detail: "PrivateAuthority",
  description: "the server's certificate is from an authority that is not known here"
}
const selfSigned: Fault = { detail: "SelfSigned", description: "the server's certificate is its own authority" }
const wrongName: Fault = { detail: "WrongName", description: "the server's certificate is for another name" }
const untrusted: Fault = { detail: "Untrusted", description: "the server's certificate is not trusted" }

/** By the error code of OpenSSL or Node. */
const faults: Readonly<Record<string, Fault>> = {
  UNABLE_TO_GET_ISSUER_CERT: privateAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: privateAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: privateAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: privateAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
  ERR_TLS_CERT_ALTNAME_INVALID: wrongName,
  HOSTNAME_MISMATCH: wrongName,
  CERT_HAS_EXPIRED: { detail: "Expired", description: "the server's certificate has expired" },
  CERT_NOT_YET_VALID: { detail: "NotYetValid", description: "the server's certificate is not valid yet" }
}

const otherCodes =
  /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|INVALID_|PATH_LENGTH_|HOSTNAME_MISMATCH)/

/** Whether an error code says that the server refuses the client's certificate, or requires one (RFC 8446 section 6.2). */
export const isOursRefused = (code: string): boolean => /_ALERT_(?:.*CERTIFICATE|UNKNOWN_CA)/.test(code)

/** What an error code says about the server's certificate, or undefined. */
export const faultOf = (code: string): Fault | undefined =>
  faults[code] ?? (otherCodes.test(code) ? untrusted : undefined)
