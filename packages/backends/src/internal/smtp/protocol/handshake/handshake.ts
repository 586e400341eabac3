import type { Reply } from "@effect-mail/core/DeliveryReport"
import * as Extensions from "../command/extensions.js"
import type { Ending } from "../ending.js"
import { isNegative, isPositive } from "../reply/reply.js"
import type { Exchange } from "./sasl.js"

/** The steps before the first message (RFC 5321 section 3.1, RFC 3207, RFC 4954). */
export type Step = "greeting" | "EHLO" | "HELO" | "STARTTLS" | "TLS" | "AUTH"

/** What is spoken: SMTP, or LMTP (RFC 2033), which differs in the greeting, and in a reply to the message for each recipient. */
export type Protocol = "smtp" | "lmtp"

/** How the connection is encrypted: by TLS from the first octet, by STARTTLS, by STARTTLS where it is offered, or not. */
export type Encryption = "implicit" | "required" | "opportunistic" | "none"

/**
 * Why the handshake failed.
 *
 * - `Refused`: the server refused to talk, to encrypt, or the credentials
 * - `NotOffered`: the server does not offer STARTTLS, which is required
 * - `Ended`: the session ended before the step was answered
 */
export type Failure =
  | { readonly _tag: "Refused"; readonly step: Step; readonly reply: Reply }
  | { readonly _tag: "NotOffered" }
  | { readonly _tag: "Ended"; readonly step: Step; readonly ending: Ending; readonly reply?: Reply | undefined }

/** The effects of a handshake. */
export interface Output {
  readonly write: (octets: string) => void
  /** Starts TLS; `encrypted` is called when it is done. */
  readonly encrypt: () => void
  /** EHLO was answered, or the login accepted. */
  readonly done: () => void
  readonly failed: (failure: Failure) => void
}

/** More than any mechanism needs. */
const maxChallenges = 6

/**
 * The handshake of an SMTP session: greeting, EHLO or HELO, STARTTLS, AUTH; in LMTP it is LHLO in place of EHLO. A state
 * machine without socket, clock or fiber.
 */
export class Handshake {
  /** The step whose reply is due, if any. */
  awaited: Step | undefined
  extensions: Extensions.Offered = new Map()
  isEncrypted = false
  isLoggedIn = false
  readonly transcript: Array<string> = []
  /** The step that was answered last, or whose reply is due. */
  private step: Step
  private exchange: Exchange | undefined
  private challenges = 0

  constructor(
    private readonly output: Output,
    private readonly clientName: string,
    private readonly encryption: Encryption,
    private readonly protocol: Protocol = "smtp"
  ) {
    this.step = encryption === "implicit" ? "TLS" : "greeting"
    this.awaited = this.step
  }

  /** Starts AUTH. */
  login(exchange: Exchange): void {
    this.exchange = exchange
    this.challenges = 0
    const { initialResponse, mechanism } = exchange
    const command = `AUTH ${mechanism}`
    this.say("AUTH", initialResponse === undefined ? command : `${command} ${initialResponse}`, `${command} ...`)
  }

  /** TLS is established. After STARTTLS the session starts over (RFC 3207 section 4.2). */
  encrypted(): void {
    this.isEncrypted = true
    if (this.encryption === "implicit") {
      this.awaited = "greeting"
      this.step = "greeting"
    } else this.introduce()
  }

  /** Handles a complete reply; `isFollowed` says whether octets were received after it. */
  reply(reply: Reply, raw: string, isFollowed: boolean): void {
    const step = this.awaited
    if (step !== undefined) this.step = step
    if (reply.code === 421) return this.end({ _tag: "Closing" }, reply)
    // Octets received before a command is written cannot answer it; clear text must not count after TLS.
    if (step === undefined || step === "TLS" || isFollowed) return this.violate("a reply to no command")
    this.awaited = undefined
    switch (step) {
      case "greeting":
        return this.greeted(reply)
      case "EHLO":
        return this.answeredEhlo(reply, raw)
      case "HELO":
        return isPositive(reply) ? this.output.done() : this.refused("HELO", reply)
      case "STARTTLS":
        return this.answeredStartTls(reply)
      case "AUTH":
        return this.answeredAuth(reply, raw)
    }
  }

  /** The session ends before the handshake is done. */
  end(ending: Ending, reply?: Reply): void {
    const { step } = this
    this.awaited = undefined
    this.output.failed({ _tag: "Ended", step, ending, reply })
  }

  private violate(what: string): void {
    this.end({ _tag: "Violation", what })
  }

  private refused(step: Step, reply: Reply): void {
    if (!isNegative(reply)) this.violate(`an answer to ${step} that is none`)
    else this.output.failed({ _tag: "Refused", step, reply })
  }

  private say(step: Step, line: string, shown = line): void {
    this.awaited = step
    this.step = step
    this.transcript.push(`C: ${shown}`)
    this.output.write(`${line}\r\n`)
  }

  private introduce(): void {
    this.say("EHLO", `${this.protocol === "lmtp" ? "LHLO" : "EHLO"} ${this.clientName}`)
  }

  private greeted(reply: Reply): void {
    if (isPositive(reply)) this.introduce()
    else this.refused("greeting", reply)
  }

  private answeredEhlo(reply: Reply, raw: string): void {
    if (isPositive(reply)) {
      this.extensions = Extensions.parse(raw)
      return this.encryptOr(() => this.output.done())
    }
    const needsTls = this.encryption === "required" && !this.isEncrypted
    // RFC 2033 section 4.1: in LMTP there is no other command.
    if (!isNegative(reply) || this.protocol === "lmtp" || (needsTls && reply.code < 500)) {
      return this.refused("EHLO", reply)
    }
    // RFC 5321 section 3.2: a server without EHLO may know HELO, which offers no extensions.
    if (needsTls) return this.output.failed({ _tag: "NotOffered" })
    this.extensions = new Map()
    this.say("HELO", `HELO ${this.clientName}`)
  }

  private encryptOr(goOn: () => void): void {
    if (this.isEncrypted || this.encryption === "none") return goOn()
    if (this.extensions.has("STARTTLS")) return this.say("STARTTLS", "STARTTLS")
    if (this.encryption === "required") this.output.failed({ _tag: "NotOffered" })
    else goOn()
  }

  private answeredStartTls(reply: Reply): void {
    if (reply.code === 220) {
      this.awaited = "TLS"
      this.step = "TLS"
      return this.output.encrypt()
    }
    if (!isNegative(reply) || this.encryption === "required") this.refused("STARTTLS", reply)
    else this.output.done()
  }

  private answeredAuth(reply: Reply, raw: string): void {
    if (reply.code === 235) {
      this.isLoggedIn = true
      return this.output.done()
    }
    if (reply.code !== 334) return this.refused("AUTH", reply)
    if (this.challenges === maxChallenges) return this.violate("challenges without end")
    const response = this.exchange?.respond(raw.slice(4), this.challenges++) ?? "*"
    this.say("AUTH", response, "...")
  }
}
