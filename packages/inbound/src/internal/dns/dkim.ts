import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import { type Finding, tagsOf } from "./finding.js"

export const noSelector: Finding = {
  status: "unknown",
  text: "no selector is known: give that of the key that signs, or make a key by effect-mail dkim-key"
}

const ed25519Octets = 32

/** The size of the modulus of an RSA key, by the length of its structure, which has 38 octets beside it at 2048 bits. */
const rsaBits = (octets: number): number => octets < 150 ? 512 : octets < 250 ? 1024 : octets < 400 ? 2048 : 4096

const keyOf = (record: string): string => (tagsOf(record).get("p") ?? "").replace(/\s+/g, "")

const isDkim = (record: string): boolean => /^v=DKIM1\b/i.test(record) || tagsOf(record).has("p")

/** Judges the record of one key. `expected` is what should be there. */
export const judge = (name: string, records: ReadonlyArray<string>, expected: string | undefined): Finding => {
  const own = records.filter(isDkim)
  const [record] = own
  const publish = expected === undefined ? {} : { publish: { name, value: expected } }
  if (record === undefined) {
    return { status: "missing", text: `no DKIM record at ${name}: publish the key that signs`, ...publish }
  }
  if (own.length > 1) return { status: "wrong", text: `${own.length} DKIM records at ${name}: leave one`, ...publish }
  const tags = tagsOf(record)
  const key = keyOf(record)
  const kind = (tags.get("k") ?? "rsa").toLowerCase()
  if (key === "") return { status: "wrong", text: `the key at ${name} is revoked: its p= is empty`, ...publish }
  const decoded = Encoding.decodeBase64(key)
  if (Either.isLeft(decoded) || !["rsa", "ed25519"].includes(kind)) {
    return { status: "wrong", text: `the key at ${name} cannot be read: was the record cut off?`, ...publish }
  }
  if (expected !== undefined && keyOf(expected) !== key) {
    return { status: "wrong", text: `the key at ${name} is another one than the one that signs`, ...publish }
  }
  const { length } = decoded.right
  if (kind === "ed25519") {
    return length === ed25519Octets
      ? { status: "good", text: `Ed25519 key found at ${name}; most receivers want an RSA key beside it` }
      : { status: "wrong", text: `the key at ${name} cannot be read: was the record cut off?`, ...publish }
  }
  const bits = rsaBits(length)
  if (bits < 1024) return { status: "wrong", text: `the RSA key at ${name} is too short for receivers: take 2048 bits` }
  if (tags.get("t")?.split(":").map((flag) => flag.trim()).includes("y") === true) {
    return { status: "weak", text: `the key at ${name} is marked as a test, by t=y: take that out` }
  }
  return bits < 2048
    ? { status: "weak", text: `the RSA key at ${name} has 1024 bits: take 2048` }
    : { status: "good", text: `RSA key found at ${name}` }
}
