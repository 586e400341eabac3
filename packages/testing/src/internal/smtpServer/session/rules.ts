import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { Action, Event, Rule } from "../../../SmtpScript.js"
import type { Connection } from "../connection.js"
import type { ServerContext } from "../context.js"
import { matchesPattern } from "./syntax.js"

/** What a rule can change in a session. */
export interface Stage {
  readonly reply: (event: Event, code: number, ...lines: ReadonlyArray<string>) => Effect.Effect<void>
  readonly startTls: Effect.Effect<void>
  readonly expect: (start: string) => Effect.Effect<void>
  readonly expectMessage: Effect.Effect<void>
  /** The last line of the client. */
  readonly lastLine: () => string
  readonly acceptRecipient: () => void
  readonly beginData: () => void
  readonly accept: () => void
  /** The sender of the transaction; empty outside one. */
  readonly sender: () => string
  /** The recipients that an event is about. */
  readonly recipients: (event: Event) => ReadonlyArray<string>
}

/** Plays the rules of the script on one connection. */
export class RulePlayer {
  private counts = new Map<Event, number>()

  constructor(
    private readonly server: ServerContext,
    private readonly connection: Connection,
    private readonly number: number,
    private readonly stage: Stage
  ) {}

  /** Counts events from 1 again. */
  reset(): void {
    this.counts = new Map()
  }

  /** Plays the first rule that applies to an event, or proceeds where there is none. */
  fire(event: Event, proceed: Effect.Effect<void>): Effect.Effect<void> {
    return Effect.gen(this, function*() {
      const occurrence = (this.counts.get(event) ?? 0) + 1
      this.counts.set(event, occurrence)
      if (event === "RCPT") {
        const now = yield* Clock.currentTimeMillis
        this.stage.recipients(event).forEach((address) => this.server.attempts.count(address, now))
      }
      for (const rule of this.server.script().rules) {
        if (yield* this.applies(rule, event, occurrence)) return yield* this.play(rule, event, proceed)
      }
      return yield* proceed
    })
  }

  /** Whether a rule applies. Draws a random number only where everything else does. */
  applies({ when }: Rule, event: Event, occurrence: number): Effect.Effect<boolean> {
    const { attempt, chance, recipient, sender } = when
    const isSo = when.event === event &&
      (when.connection ?? this.number) === this.number &&
      (when.occurrence ?? occurrence) === occurrence &&
      (when.isSecure ?? this.connection.isSecure) === this.connection.isSecure &&
      (sender === undefined || matchesPattern(sender, this.stage.sender())) &&
      (recipient === undefined && attempt === undefined ||
        this.stage.recipients(event).some((address) =>
          matchesPattern(recipient ?? "*", address) &&
          (attempt ?? this.server.attempts.of(address)) === this.server.attempts.of(address)
        ))
    return !isSo || chance === undefined
      ? Effect.succeed(isSo)
      : Effect.map(Random.next, (drawn) => drawn < chance)
  }

  play(rule: Rule, event: Event, proceed: Effect.Effect<void>): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.server.events.emit(this.number, () => ({ _tag: "Ruled", rule }))
      return Effect.forEach(rule.actions, (action) => this.perform(event, action, proceed), { discard: true })
    })
  }

  private perform(event: Event, action: Action, proceed: Effect.Effect<void>): Effect.Effect<void> {
    const { connection, stage } = this
    switch (action._tag) {
      case "Reply":
        return stage.reply(event, action.code, ...action.lines)
      case "Send":
        return connection.write(action.octets)
      case "Trickle":
        return Effect.gen(function*() {
          for (let at = 0; at < action.octets.length; at += action.size) {
            yield* connection.write(action.octets.subarray(at, at + action.size))
            yield* Effect.sleep(action.every)
          }
        })
      case "Repeat":
        return action.every === undefined
          ? Effect.suspend(() => connection.write(Buffer.alloc(action.octets.length * action.times, action.octets)))
          : Effect.repeatN(
            Effect.zipRight(connection.write(action.octets), Effect.sleep(action.every)),
            action.times - 1
          )
      case "SendFor":
        return Effect.suspend(() => connection.write(Buffer.from(action.text(stage.lastLine()))))
      case "Expect":
        return stage.expect(action.start)
      case "ExpectMessage":
        return stage.expectMessage
      case "Run":
        return action.effect
      case "Wait":
        return Effect.sleep(action.duration)
      case "Hang":
        return connection.hang
      case "Fin":
        return connection.fin
      case "Rst":
        return connection.rst
      case "StopReading":
        return connection.stopReading
      case "StartTls":
        return stage.startTls
      case "GarbageTls":
        return connection.takeAnything.pipe(
          Effect.zipRight(connection.write(Buffer.from("500 5.5.1 this is not TLS\r\n"))),
          Effect.zipRight(connection.hang)
        )
      case "Proceed":
        return proceed
      case "AcceptRecipient":
        return Effect.sync(stage.acceptRecipient)
      case "BeginData":
        return Effect.sync(stage.beginData)
      case "Accept":
        return Effect.sync(stage.accept)
    }
  }
}
