import { AttachmentError, type BackendError } from "@effect-mail/core/MailError"
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import { type Letter, Transaction } from "../protocol/transfer/transaction.js"

/** A transaction with its time limit and the callbacks of its sender. */
export class Delivery extends Transaction {
  /** When each phase was reached, in milliseconds. */
  readonly times: { [K in Transaction["progress"]]?: number } = {}
  /** Whether the server waits for octets of an attachment. */
  isStarving = false

  constructor(
    letter: Letter,
    private readonly limit: number,
    private readonly onSettled: () => void,
    private readonly onDataAccepted: () => void = () => undefined
  ) {
    super(letter)
  }

  note(now: number): void {
    this.times[this.progress] = now
  }

  /** The deadline of the message as a whole, in milliseconds. */
  get deadline(): number {
    return (this.times.Envelope ?? Infinity) + this.limit
  }

  dataAccepted(): void {
    this.isStarving = true
    this.onDataAccepted()
  }

  settled(): void {
    this.onSettled()
  }

  /** The error where the attachment, not the server, has exceeded its time. */
  get stall(): BackendError | undefined {
    return this.isStarving ? stalled() : undefined
  }
}

const stalled = () =>
  new AttachmentError({
    filename: Option.none(),
    cause: new Cause.TimeoutException("an attachment stopped coming")
  })
