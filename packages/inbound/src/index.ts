/**
 * @since 0.1.0
 */
export * as AutoReply from "./AutoReply.js"

/**
 * @since 0.1.0
 */
export * as InboundConfigError from "./InboundConfigError.js"

/**
 * @since 0.1.0
 */
export * as Notice from "./Notice.js"

/**
 * @since 0.1.0
 */
export * as Received from "./Received.js"

/**
 * @since 0.1.0
 */
export * as ReplayGuard from "./ReplayGuard.js"

/**
 * @since 0.1.0
 */
export * as ReturnPath from "./ReturnPath.js"

/**
 * @since 0.1.0
 */
export * as Suppressions from "./Suppressions.js"

/**
 * @since 0.1.0
 */
export * as Unsubscribe from "./Unsubscribe.js"

/**
 * @since 0.1.0
 */
export * as Webhook from "./Webhook.js"

/**
 * @since 0.1.0
 */
export * as SenderDomain from "./SenderDomain.js"
