/**
 * Plays a scenario without sockets, clocks and fibers: a session against a server in memory, with the octets of the server
 * in whatever pieces. What is said of the transport is what a socket would say.
 */
import type { Delivery } from "@effect-mail/core/MailBackend"
import { at, AuthenticationError, type BackendError, CapabilityError } from "@effect-mail/core/MailError"
import * as Message from "@effect-mail/core/Message"
import * as Mime from "@effect-mail/core/Mime"
import * as Outgoing from "@effect-mail/core/Outgoing"
import type { SmtpScript } from "@effect-mail/testing"
import { Effect, Either, Exit, FiberId, Option } from "effect"
import { createHmac } from "node:crypto"
import { handshakeError, startTlsMissing } from "../../src/internal/smtp/connection/handshakeError.js"
import * as Commands from "../../src/internal/smtp/protocol/command/commands.js"
import * as DotStuffing from "../../src/internal/smtp/protocol/command/dotStuffing.js"
import * as Extensions from "../../src/internal/smtp/protocol/command/extensions.js"
import type { Encryption } from "../../src/internal/smtp/protocol/handshake/handshake.js"
import * as Sasl from "../../src/internal/smtp/protocol/handshake/sasl.js"
import * as Verdict from "../../src/internal/smtp/protocol/transfer/outcome.js"
import { password, user } from "../faults/FaultLaws.js"
import type { Outcome } from "../faults/Outcome.js"
import { type Scenario, toScript } from "../faults/Scenario.js"
import { Link, pieceSize, Sending } from "./Link.js"
import type { Ledger } from "./MemoryLedger.js"

/** How the server's octets come: as they are written, one by one, or with a cut after so many of them. */
export type Pieces = "whole" | "bytes" | number

/** Beside the octets that a scenario needs there is no kernel to be filled. */
const maxBody = 100_000

export class Player {
  script: SmtpScript.Script
  /** How many octets the servers have sent, and how many connections were never closed. */
  sent = 0
  private now = 0
  private link: Link | undefined
  private readonly links: Array<Link> = []

  /** Whether the sender of a message goes as soon as nothing happens any more. */
  isInterrupting: boolean

  constructor(
    readonly scenario: Scenario,
    readonly ledger: Ledger,
    private mode: "single" | "pooled",
    private pieces: Pieces
  ) {
    this.script = toScript(scenario)
    this.isInterrupting = scenario.client.interruptAfterMs !== undefined
  }

  /** From now on the server is a good one, its octets come as they are written, and no sender is interrupted. */
  calm(script: SmtpScript.Script): void {
    this.script = script
    this.pieces = "whole"
    this.isInterrupting = false
    this.mode = "pooled"
  }

  get open(): number {
    return this.links.filter(({ session }) => session.isOpen).length
  }

  /** Cuts octets of the server as they are to come. */
  *cut(octets: Buffer): Generator<Buffer> {
    const start = this.sent
    this.sent += octets.length
    const place = this.pieces === "whole" || this.pieces === "bytes" ? 0 : this.pieces - start
    const isCut = place > 0 && place < octets.length
    if (this.pieces === "bytes") { for (let at = 0; at < octets.length; at++) yield octets.subarray(at, at + 1) }
    else if (isCut) yield octets.subarray(0, place)
    if (this.pieces !== "bytes") yield isCut ? octets.subarray(place) : octets
  }

  private get tls(): Encryption {
    const { tls = "none" } = this.scenario.client
    return tls === "default" ? this.scenario.client.auth === true ? "required" : "opportunistic" : tls
  }

  private connect(): Either.Either<Link, BackendError> {
    const link = new Link(this, this.tls)
    this.links.push(link)
    const { auth = false } = this.scenario.client
    const failure = link.settleHandshake()
    if (failure !== undefined) return Either.left(handshakeError(failure, this.tls))
    const { extensions, isEncrypted } = link.session.handshake
    if (!isEncrypted && (this.tls === "required" || (auth && this.tls !== "none"))) {
      return Either.left(startTlsMissing())
    }
    if (auth && link.session.isOpen) {
      const offered = new Set((extensions.get("AUTH") ?? "").toUpperCase().split(/[ =]+/))
      const mechanism = Sasl.passwordMechanisms.find((name) => offered.has(name))
      if (mechanism === undefined) return Either.left(new AuthenticationError({ reason: "NotOffered" }))
      link.again()
      link.session.login(exchange(mechanism), user, password)
      const refused = link.settleHandshake()
      if (refused !== undefined) return Either.left(handshakeError(refused, this.tls))
    }
    link.session.begin()
    return Either.right(link)
  }

  /** Sends a message as the pool would: over the connection that is there, or a new one. */
  send(message: Message.Message, tries = 3): Outcome {
    const { client } = this.scenario
    const [outgoing, whole] = rendered(message)
    if (this.link?.session.isUsable !== true) {
      const connected = this.connect()
      if (Either.isLeft(connected)) {
        this.links.at(-1)?.close()
        return this.isInterrupting ? Exit.interrupt(FiberId.none) : failed(connected.left)
      }
      this.link = connected.right
    }
    const { link } = this
    const { extensions, isEncrypted } = link.session.handshake
    const demands = { envelope: envelopeOf(outgoing), size: whole.length, isEncrypted }
    const lacking = Extensions.lacking(extensions, demands)
    if (lacking !== undefined) return failed(new CapabilityError(lacking))
    const commands = Commands.envelope(extensions, demands)
    const isLong = whole.length > pieceSize || client.sourceStallAt !== undefined
    const sending = new Sending(isLong ? commands : { ...commands, content: DotStuffing.whole(whole) })
    link.session.submit(sending)
    link.settle(sending, whole)
    if (this.isInterrupting) {
      link.session.cancel(sending)
      return Exit.interrupt(FiberId.none)
    }
    const verdict = Verdict.decide(sending, outgoing.envelope.to)
    if (Either.isRight(verdict)) return delivered(outgoing, verdict.right)
    const isTaken = Verdict.isGivenUp(sending, verdict.left) && tries > 1
    if (!(["RejectedError", "CapabilityError"].includes(verdict.left._tag) || isTaken)) link.close()
    return isTaken ? this.send(message, tries - 1) : failed(verdict.left)
  }

  /** What the server does meanwhile; other senders get the connection where it is not held by one. */
  rest(): void {
    this.link?.settle()
    if (this.mode === "single") return
    if (this.link?.session.isReusable === false) this.link.close()
    this.link?.session.resetFirst()
  }

  /** Says QUIT where that is possible, and closes whatever the server does. */
  end(): void {
    for (const link of this.links) {
      if (link.session.isOpen) link.session.quit()
      link.settle()
      link.close()
    }
  }

  pass(millis: number): void {
    this.now += millis
  }

  get time(): number {
    return this.now
  }

  /** Where a limit is what ends the scenario it is short, as in the matrix of faults. */
  get limit(): number {
    const { left, tag } = this.scenario.expect
    return tag.includes("Timeout") || left.includes("reset-has-a-deadline") ? 900 : 10_000
  }
}

const renderings = new Map<Message.Message, readonly [Outgoing.Outgoing, Uint8Array]>()

/** The same message is sent a thousand times. */
const rendered = (message: Message.Message): readonly [Outgoing.Outgoing, Uint8Array] => {
  const known = renderings.get(message)
  if (known !== undefined) return known
  const outgoing = Effect.runSync(Effect.orDie(Outgoing.prepare(message)))
  const rendering = [outgoing, Effect.runSync(Effect.orDie(Mime.render(outgoing)))] as const
  renderings.set(message, rendering)
  return rendering
}

const envelopeOf = ({ eightBit, envelope, message }: Outgoing.Outgoing) => ({
  ...envelope,
  eightBit,
  requireTls: message.requireTls,
  notification: Option.getOrUndefined(message.deliveryNotification)
})

const exchange = (mechanism: string): Sasl.Exchange => {
  if (mechanism === "PLAIN") return Sasl.plain(user, password)
  if (mechanism === "LOGIN") return Sasl.login(user, password)
  return Sasl.cramMd5(user, (challenge) => createHmac("md5", password).update(challenge).digest("hex"))
}

const failed = (error: BackendError): Outcome => Exit.fail(at(error, { host: "memory.test", port: 25 }))

const delivered = (outgoing: Outgoing.Outgoing, delivery: Delivery): Outcome =>
  Exit.succeed({ ...delivery, messageId: outgoing.messageId, mailer: Option.none(), envelope: outgoing.envelope })

/** The messages of a scenario. */
export const messagesOf = ({ client }: Scenario): ReadonlyArray<Message.Message> =>
  Array.from({ length: client.messages ?? 1 }, (_, i) =>
    Message.make({
      from: "sender@example.com",
      to: client.to ?? ["rcpt@example.com"],
      subject: `message ${i + 1}`,
      text: client.bodyBytes === undefined
        ? client.text ?? "hello"
        : `${"x".repeat(70)}\r\n`.repeat(Math.ceil(Math.min(client.bodyBytes, maxBody) / 72))
    }))
