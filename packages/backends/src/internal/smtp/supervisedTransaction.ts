import { AttachmentError, type BackendError } from "@effect-mail/core/MailError"
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import { type Letter, Transaction } from "./protocol/transaction.js"

/** A transaction with who waits for it. */
export class Delivery extends Transaction {
  /** When the message came so far, in milliseconds. */
  readonly times: { [K in Transaction["progress"]]?: number } = {}
  /** Whether the server waits for octets that are not there yet. */
  isStarving = false

  constructor(
    letter: Letter,
    private readonly limit: number,
    private readonly onSettled: () => void,
    private readonly onAsked: () => void = () => undefined
  ) {
    super(letter)
  }

  note(now: number): void {
    this.times[this.progress] = now
  }

  /** When the message as a whole will have taken too long. */
  get deadline(): number {
    return (this.times.Envelope ?? Infinity) + this.limit
  }

  asked(): void {
    this.isStarving = true
    this.onAsked()
  }

  settled(): void {
    this.onSettled()
  }

  /** Why nothing goes on, where that is not for the server to answer. */
  get stall(): BackendError | undefined {
    return this.isStarving ? stalled() : undefined
  }
}

const stalled = () =>
  new AttachmentError({
    filename: Option.none(),
    cause: new Cause.TimeoutException("an attachment stopped coming")
  })
