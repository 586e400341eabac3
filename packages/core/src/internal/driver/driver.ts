import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { RecipientStatus, Reply } from "../../DeliveryReport.js"
import type { BackendError } from "../../MailError.js"
import type * as Outgoing from "../outgoing/outgoing.js"
import type { CryptoProvider } from "../value/crypto.js"

/**
 * The result of a message that a driver handed over: the status of each recipient of the envelope, and the reply to the
 * message where there is one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Delivery {
  readonly recipients: ReadonlyArray<RecipientStatus>
  readonly response?: Reply | undefined
  /** The provider's own name for the message, where it has one. */
  readonly remoteId?: string | undefined
}

/**
 * An open session of a driver. `deliver` is called for one message at a time, or for up to `window` of them. When it fails
 * with an error that is not `keepsSession`, or is interrupted, the session is closed and not used again.
 *
 * @since 0.1.0
 * @category models
 */
export interface MailSession {
  /** The number of messages that `deliver` may be called for at once. Default: 1. */
  readonly window?: number | undefined
  readonly deliver: (outgoing: Outgoing.Outgoing, options?: DeliverOptions) => Effect.Effect<Delivery, BackendError>
  /**
   * For a session that connects only when a message needs it, as those of `failover` do: makes the connection that this
   * message needs, and sends nothing. When it fails no connection is available, and a batch does not try the rest.
   */
  readonly openFor?: ((outgoing: Outgoing.Outgoing) => Effect.Effect<void, BackendError>) | undefined
  /**
   * Whether there is no lasting connection, so that `open` proves nothing: each delivery makes its own. To a batch a
   * delivery that fails with `ConnectionError`, or an error that is `isRelayFault`, means that no connection is available.
   * Default: `false`.
   */
  readonly isConnectionless?: boolean | undefined
}

/**
 * The options of one delivery.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeliverOptions {
  /**
   * Is run once, after the receiver has asked for the message, and before anything is sent that could make it responsible.
   * When it fails or is interrupted, nothing was sent.
   */
  readonly beforeCommit?: Effect.Effect<void, BackendError> | undefined
}

/**
 * The minimum that a way of sending supplies. `open` acquires a session that is released with its scope.
 *
 * @since 0.1.0
 * @category models
 */
export interface MailDriver {
  readonly name: string
  readonly open: Effect.Effect<MailSession, BackendError, Scope.Scope>
  /** Delivers one message by any session. Default: a session is opened for the message, and closed. */
  readonly deliver?: MailSession["deliver"] | undefined
  /** What policies that sign should use on the runtime of this driver. Default: WebCrypto. */
  readonly crypto?: CryptoProvider | undefined
}
