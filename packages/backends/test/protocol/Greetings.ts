/**
 * Where a handshake can be when the server speaks, and what comes of it in a few words.
 */
import type { Encryption, Failure } from "../../src/internal/smtp/protocol/handshake/handshake.js"
import * as Sasl from "../../src/internal/smtp/protocol/handshake/sasl.js"
import { Client } from "./Client.js"
import { act } from "./Positions.js"

export const user = "ada"
export const secret = "correct horse"

/** RFC 2195 needs an HMAC, which the protocol is given: here, one that shows what it was given. */
const exchanges = {
  PLAIN: Sasl.plain(user, secret),
  LOGIN: Sasl.login(user, secret),
  "CRAM-MD5": Sasl.cramMd5(user, (challenge) => `hmac of ${challenge}`),
  XOAUTH2: Sasl.xoauth2(user, secret)
}

export type Mechanism = keyof typeof exchanges

export const isMechanism = (name: string): name is Mechanism => name in exchanges

const offers = "250-hi & 250-AUTH PLAIN LOGIN & 250 STARTTLS"

/** What the server did up to there; `TLS` is that it agrees upon it. */
const heard: Readonly<Record<string, ReadonlyArray<string>>> = {
  greeting: [],
  EHLO: ["220 hi"],
  HELO: ["220 hi", "502 what"],
  STARTTLS: ["220 hi", offers],
  TLS: ["220 hi", offers, "220 go"],
  "EHLO again": ["220 hi", offers, "220 go", "TLS"],
  "HELO again": ["220 hi", offers, "220 go", "TLS", "502 what"],
  AUTH: ["220 hi", "250-hi & 250 AUTH PLAIN"]
}

const play = (client: Client, deed: string): void => {
  client.take()
  if (deed !== "TLS") return act(client, deed)
  client.isEncrypting = false
  client.session.encrypted()
}

/** Brings a handshake to a place. */
export const bring = (place: string, tls: Encryption): Client => {
  const client = new Client({ tls })
  const deeds = heard[place] ?? []
  const isFromStart = tls === "implicit" && place !== "TLS"
  for (const deed of [...isFromStart ? ["TLS"] : [], ...tls === "implicit" && place === "TLS" ? [] : deeds]) {
    play(client, deed)
  }
  return client
}

/** Brings a login to where the server has said so much in answer to it. */
export const bringToLogin = (mechanism: string, replies: ReadonlyArray<string>): Client => {
  const client = bring("AUTH", "none")
  if (isMechanism(mechanism)) login(client, mechanism)
  for (const reply of replies) play(client, reply)
  return client
}

export const login = (client: Client, mechanism: Mechanism): void => {
  client.shaken = 0
  client.take()
  client.session.login(exchanges[mechanism], user, secret)
}

/** What came of the handshake. */
export const told = (client: Client): string => {
  if (client.failures.length > 1 || client.shaken > 1) return "more than one end"
  const [failure] = client.failures
  if (failure !== undefined) return describeFailure(failure)
  return client.shaken === 1 ? "done" : client.isEncrypting ? "TLS begins" : "goes on"
}

const describeFailure = (failure: Failure): string => {
  switch (failure._tag) {
    case "NotOffered":
      return "not offered"
    case "Refused":
      return `refused at ${failure.step}: ${failure.reply.code}`
    case "Ended":
      if (failure.ending._tag === "Violation") return "violation"
      return `${failure.ending._tag} at ${failure.step}${failure.reply === undefined ? "" : `: ${failure.reply.code}`}`
  }
}

const response = /^(AUTH (?:PLAIN|XOAUTH2) )?((?!STARTTLS)[A-Za-z0-9+/]{4,}=*)$/

/** What was written: a response of a login in clear text. */
export const shown = (octets: string): string => {
  if (octets === "\r\n") return "an empty line"
  return octets.trimEnd().replaceAll("\r\n", ", ").replace(
    response,
    (_, command: string | undefined, text: string) =>
      `${command ?? ""}(${Buffer.from(text, "base64").toString("utf8").replaceAll(/[\0\x01]/g, "_")})`
  ) || "-"
}
