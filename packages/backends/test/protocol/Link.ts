/**
 * A connection in memory: a session, and a server at its other end.
 */
import { AttachmentError } from "@effect-mail/core/MailError"
import { Cause, Option } from "effect"
import * as DotStuffing from "../../src/internal/smtp/protocol/command/dotStuffing.js"
import type { Encryption, Failure } from "../../src/internal/smtp/protocol/handshake/handshake.js"
import { Session } from "../../src/internal/smtp/protocol/session.js"
import { Transaction } from "../../src/internal/smtp/protocol/transfer/transaction.js"
import { password, user } from "../faults/FaultLaws.js"
import { MemoryServer } from "./MemoryServer.js"
import type { Player } from "./Player.js"

export const pieceSize = 64 * 1024

export class Sending extends Transaction {
  isAsked = false
  /** How much of it was written, where it goes in pieces. */
  written = 0
}

/** What can be told of a connection that failed before there was a session, or below it. */
const coded = (code: string): Error => Object.assign(new Error("gone"), { code })

const certificateFaults: Readonly<Record<string, string>> = {
  selfSigned: "DEPTH_ZERO_SELF_SIGNED_CERT",
  expired: "CERT_HAS_EXPIRED",
  wrongHost: "ERR_TLS_CERT_ALTNAME_INVALID"
}

/** A connection, with a server at its other end. */
export class Link {
  readonly session: Session<Sending>
  private readonly server: MemoryServer
  private outgoing: Array<Buffer> = []
  private isEncrypting = false
  private failure: Failure | undefined
  private since: number
  private shaken = false

  constructor(private readonly player: Player, tls: Encryption) {
    this.since = player.time
    this.session = new Session<Sending>({ clientName: "[127.0.0.1]", tls, pipelining: "messages", chunks: 0 }, {
      write: (octets) => {
        this.outgoing.push(Buffer.from(octets))
      },
      encrypt: () => {
        this.isEncrypting = true
      },
      close: () => undefined,
      handshakeEnded: (failure) => {
        this.shaken = true
        this.failure ??= failure
      },
      progressed: () => this.touch(),
      dataAccepted: (sending) => {
        sending.isAsked = true
      },
      over: () => undefined
    })
    this.isEncrypting = tls === "implicit"
    if (player.scenario.client.auth === true) this.session.addSecret(user, password)
    this.server = new MemoryServer(() => player.script, player.ledger)
  }

  private touch(): void {
    this.since = this.player.time
  }

  close(): void {
    this.session.close()
    this.server.left()
  }

  /** Another step of the handshake begins. */
  again(): void {
    this.shaken = false
  }

  settleHandshake(): Failure | undefined {
    this.settle()
    if (!this.shaken && !this.player.isInterrupting) this.session.timedOut()
    return this.failure ?? (this.shaken ? undefined : { _tag: "Ended", step: "AUTH", ending: { _tag: "Lost" } })
  }

  /** Goes on until nothing happens any more; where the message is not over then, its time is. */
  settle(sending?: Sending, content?: Uint8Array): void {
    while (this.converse() || (sending !== undefined && this.supply(sending, content))) continue
    if (sending === undefined || sending.isOver || this.player.isInterrupting) return
    if (sending.isAsked && sending.progress === "Body") this.session.fail(sending, stalled())
    else this.session.timedOut()
  }

  private converse(): boolean {
    if (!this.session.isOpen) return false
    const [happening] = this.server.queue
    const said = this.outgoing.splice(0)
    if (said.length > 0 && !this.isEncrypting) this.server.receive(Buffer.concat(said))
    if (happening === undefined) return this.agree() || said.length > 0
    this.server.queue.shift()
    switch (happening._tag) {
      case "Octets":
        for (const piece of this.player.cut(happening.octets)) {
          if (!this.session.isOpen) break
          // What comes in clear text when the handshake has begun is no TLS.
          if (this.isEncrypting) this.session.lost(coded("ERR_SSL_WRONG_VERSION_NUMBER"))
          else if (this.session.receive(piece)) this.touch()
        }
        return true
      case "Wait":
        this.player.pass(happening.millis)
        if (this.session.awaited !== undefined && this.player.time - this.since >= this.player.limit) {
          this.session.timedOut()
        }
        return true
      case "End":
        this.session.lost(happening.code === undefined ? undefined : coded(happening.code))
        return true
    }
  }

  /** Where both ends have begun a handshake of TLS, it succeeds if the certificate is good. */
  private agree(): boolean {
    if (!this.isEncrypting || !this.server.awaitsTls) return false
    const fault = certificateFaults[this.player.script.certificate]
    if (fault !== undefined) {
      this.session.lost(coded(fault))
      return true
    }
    this.isEncrypting = false
    this.session.encrypted()
    this.server.encrypted()
    return true
  }

  /** The next piece of a message that was asked for. */
  private supply(sending: Sending, content: Uint8Array = new Uint8Array()): boolean {
    const { sourceStallAt = Infinity } = this.player.scenario.client
    if (!sending.isAsked || sending.isOver || !this.session.isOpen || sending.progress !== "Body") return false
    if (sending.written >= Math.min(content.length, sourceStallAt / 20)) {
      if (sending.written < content.length) return false
      const stuffer = new DotStuffing.DotStuffer()
      stuffer.stuff(content)
      this.session.finish(sending, stuffer.end)
      return sending.progress !== "Body"
    }
    const piece = content.subarray(sending.written, sending.written + pieceSize)
    sending.written += piece.length
    this.outgoing.push(Buffer.from(piece))
    return true
  }
}

const stalled = () =>
  new AttachmentError({ filename: Option.none(), cause: new Cause.TimeoutException("it stopped coming") })
