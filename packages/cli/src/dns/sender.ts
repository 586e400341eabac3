/** What the DNS says of the domain in whose name mail is sent. */
import * as SenderDomain from "@effect-mail/inbound/SenderDomain"
import * as Effect from "effect/Effect"
import { createPublicKey } from "node:crypto"
import { domainToASCII } from "node:url"
import { type Failure, type Given, type Option, wrongUse } from "../command/Command.js"
import type { Colours } from "../terminal/colours.js"
import { visible } from "../terminal/visible.js"
import { resolver } from "./resolver.js"

export const senderOptions: ReadonlyArray<Option> = [
  {
    name: "domain",
    value: "NAME",
    meaning: "also looks at SPF, DKIM and DMARC of this domain",
    default: "DKIM_DOMAIN"
  },
  { name: "from", value: "ADDRESS", meaning: "the same, for the domain of an address" },
  {
    name: "selector",
    value: "NAME",
    meaning: "of a key that signs",
    default: "DKIM_SELECTOR",
    isMultiple: true
  },
  { name: "include", value: "NAME", meaning: "what your provider says to include in SPF, such as _spf.example.net" },
  { name: "resolver", value: "ADDRESS", meaning: "the name server to ask", default: "that of this machine" }
]

const set = (name: string): string | undefined => {
  const value = process.env[name]
  return value === undefined || value === "" ? undefined : value
}

const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?$/i

const isName = (text: string): boolean => text.length <= 253 && text.split(".").every((part) => label.test(part))

/** The record of DKIM_PRIVATE_KEY, to compare with what is published; undefined where there is none that can be read. */
const recordOfKey = (): string | undefined => {
  const pem = set("DKIM_PRIVATE_KEY")?.replaceAll("\\n", "\n")
  if (pem === undefined || !pem.includes("-----BEGIN")) return undefined
  try {
    const key = createPublicKey(pem)
    const spki = key.export({ type: "spki", format: "der" })
    return key.asymmetricKeyType === "ed25519"
      ? `v=DKIM1; k=ed25519; p=${spki.subarray(-32).toString("base64")}`
      : `v=DKIM1; k=rsa; p=${spki.toString("base64")}`
  } catch {
    return undefined
  }
}

const nameOf = (given: Given): string | undefined => {
  const from = given.text("from")
  return given.text("domain") ?? (from === undefined ? set("DKIM_DOMAIN") : from.slice(from.lastIndexOf("@") + 1))
}

/** What is to be looked at; undefined where no domain is known. */
const optionsOf = (given: Given): Effect.Effect<SenderDomain.Options | undefined, Failure> => {
  const written = nameOf(given)
  if (written === undefined) return Effect.succeed(undefined)
  const domain = domainToASCII(written.trim().replace(/\.$/, "")).toLowerCase()
  if (!domain.includes(".") || !isName(domain)) {
    return Effect.fail(wrongUse(`${JSON.stringify(written)} is no domain of a sender.`))
  }
  const chosen = given.texts("selector")
  const known = set("DKIM_SELECTOR")
  const selectors = chosen.length > 0 ? chosen : known === undefined ? [] : [known]
  const names = [...selectors, ...given.texts("include")]
  const wrong = names.find((one) => !isName(one))
  if (wrong !== undefined) return Effect.fail(wrongUse(`${JSON.stringify(wrong)} is no name of the DNS.`))
  // A key of the environment belongs to the selector of the environment.
  const dkimRecord = known !== undefined && selectors.length === 1 && selectors[0] === known ? recordOfKey() : undefined
  return Effect.succeed({ domain, selectors, include: given.text("include"), dkimRecord })
}

export interface Sender {
  readonly domain: string
  readonly advices: ReadonlyArray<SenderDomain.Advice>
}

/** Asks the DNS; undefined where no domain is known. */
export const checkSender = (given: Given): Effect.Effect<Sender | undefined, Failure> =>
  Effect.gen(function*() {
    const options = yield* optionsOf(given)
    if (options === undefined) return undefined
    const layer = yield* resolver(given.text("resolver"))
    const advices = yield* Effect.provide(SenderDomain.check(options), layer)
    return { domain: options.domain, advices }
  })

/** Whether something keeps mail from arriving. */
export const isBroken = ({ advices }: Sender): boolean =>
  advices.some(({ status }) => status === "wrong" || status === "missing")

const signOf = (status: SenderDomain.Advice["status"], { bad, dim, good, late }: Colours): string => {
  switch (status) {
    case "good":
      return good("✓")
    case "weak":
      return late("!")
    case "unknown":
      return dim("–")
    default:
      return bad("✗")
  }
}

/** One line each, and what to publish. */
export const senderLines = ({ advices, domain }: Sender, colours: Colours): ReadonlyArray<string> => [
  `  domain  ${visible(domain)}`,
  ...advices.flatMap(({ publish, status, subject, text }) => [
    `  ${signOf(status, colours)} ${subject.padEnd(9)} ${visible(text)}`,
    ...publish === undefined ? [] : [`              publish: ${visible(SenderDomain.zoneLine(publish))}`]
  ])
]
