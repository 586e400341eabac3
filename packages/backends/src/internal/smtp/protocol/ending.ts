import type { BackendError } from "@effect-mail/core/MailError"

/**
 * Why the session ended before the server had answered.
 *
 * - `Lost`: the connection ended, or was closed for another reason than this message
 * - `TimedOut`: a time limit was exceeded
 * - `Closing`: the server said 421
 * - `Violation`: the server broke the protocol
 * - `OutOfStep`: the server did not answer RSET with 250, or answered a message that it had refused
 * - `SourceFailed`: the content of the message could not be read
 */
export type Ending =
  | { readonly _tag: "Lost"; readonly cause?: unknown }
  | { readonly _tag: "TimedOut" }
  | { readonly _tag: "Closing" }
  | { readonly _tag: "Violation"; readonly what: string }
  | { readonly _tag: "OutOfStep" }
  | { readonly _tag: "SourceFailed"; readonly error: BackendError }
