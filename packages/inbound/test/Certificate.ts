/** A certificate of an RSA key, made by OpenSSL. */
import { execFileSync } from "node:child_process"
import { createPrivateKey, type KeyObject } from "node:crypto"

export const selfSigned = (): { readonly pem: string; readonly privateKey: KeyObject } => {
  const made = execFileSync("openssl", [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "3650",
    "-subj",
    "/CN=sns.amazonaws.com",
    "-keyout",
    "-",
    "-out",
    "-"
  ], { stdio: ["ignore", "pipe", "ignore"] }).toString()
  const pem = /-----BEGIN CERTIFICATE-----[^]*-----END CERTIFICATE-----/.exec(made)?.[0] ?? ""
  return {
    pem,
    privateKey: createPrivateKey(/-----BEGIN PRIVATE KEY-----[^]*-----END PRIVATE KEY-----/.exec(made)?.[0] ?? "")
  }
}
