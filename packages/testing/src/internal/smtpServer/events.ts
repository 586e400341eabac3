import * as Effect from "effect/Effect"
import type { LazyArg } from "effect/Function"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Rule } from "../../SmtpScript.js"

/**
 * What happens on a connection.
 *
 * - `Opened`, `Encrypted`, `Closed`: the TCP connection was made, the TLS handshake is done, the connection is over
 * - `Heard`: a line of the client, credentials masked
 * - `Said`: octets of the server as text, line ends included
 * - `Ruled`: a rule is played
 * - `Ended`: a message is over, after `octets` octets; `isComplete` says whether its end came
 * - `Accepted`: the server has taken responsibility for a message, whatever the client learns of it
 * - `Answered`: the first whole reply after the end of a message was sent
 *
 * @since 0.1.0
 * @category models
 */
export type Happening =
  | { readonly _tag: "Opened"; readonly remoteAddress: string | undefined }
  | { readonly _tag: "Encrypted" }
  | { readonly _tag: "Heard"; readonly line: string; readonly isKnown: boolean }
  | { readonly _tag: "Said"; readonly text: string }
  | { readonly _tag: "Ruled"; readonly rule: Rule }
  | { readonly _tag: "Ended"; readonly message: number; readonly octets: number; readonly isComplete: boolean }
  | { readonly _tag: "Accepted"; readonly message: number }
  | { readonly _tag: "Answered"; readonly message: number; readonly reply: number }
  | { readonly _tag: "Closed" }

/**
 * One event of a server: what happens, on which connection, and when, in milliseconds since 1970 by the server's `Clock`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ServerEvent {
  readonly connection: number
  readonly time: number
  readonly what: Happening
}

/** Hands what happens to those who listen. Without any, nothing is made or kept. */
export class EventHub {
  private readonly listeners = new Set<(event: ServerEvent) => void>()

  constructor(private readonly now: LazyArg<number>) {}

  emit(connection: number, what: LazyArg<Happening>): void {
    if (this.listeners.size === 0) return
    const event = { connection, time: this.now(), what: what() }
    this.listeners.forEach((listener) => listener(event))
  }

  /** What happens from now on, as long as the scope is open. */
  readonly subscribe: Effect.Effect<Stream.Stream<ServerEvent>, never, Scope.Scope> = Effect.gen(this, function*() {
    const queue = yield* Effect.acquireRelease(Queue.unbounded<ServerEvent>(), Queue.shutdown)
    const listener = (event: ServerEvent): void => {
      queue.unsafeOffer(event)
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => this.listeners.add(listener)),
      () => Effect.sync(() => this.listeners.delete(listener))
    )
    return Stream.fromQueue(queue)
  })
}
