/**
 * @since 0.1.0
 */
export * as Address from "./Address.js"

/**
 * @since 0.1.0
 */
export * as Annotations from "./Annotations.js"

/**
 * @since 0.1.0
 */
export * as Attachment from "./Attachment.js"

/**
 * @since 0.1.0
 */
export * as BatchReport from "./BatchReport.js"

/**
 * @since 0.1.0
 */
export * as Capability from "./Capability.js"

/**
 * @since 0.1.0
 */
export * as DeliveryReport from "./DeliveryReport.js"

/**
 * @since 0.1.0
 */
export * as Dkim from "./Dkim.js"

/**
 * @since 0.1.0
 */
export * as Envelope from "./Envelope.js"

/**
 * @since 0.1.0
 */
export * as Mail from "./Mail.js"

/**
 * @since 0.1.0
 */
export * as MailBackend from "./MailBackend.js"

/**
 * @since 0.1.0
 */
export * as MailConfig from "./MailConfig.js"

/**
 * @since 0.1.0
 */
export * as MailError from "./MailError.js"

/**
 * @since 0.1.0
 */
export * as Mailers from "./Mailers.js"

/**
 * @since 0.1.0
 */
export * as MailMetrics from "./MailMetrics.js"

/**
 * @since 0.1.0
 */
export * as MailPolicy from "./MailPolicy.js"

/**
 * @since 0.1.0
 */
export * as Message from "./Message.js"

/**
 * @since 0.1.0
 */
export * as MessageSchema from "./MessageSchema.js"

/**
 * @since 0.1.0
 */
export * as Mime from "./Mime.js"

/**
 * @since 0.1.0
 */
export * as Outgoing from "./Outgoing.js"

/**
 * @since 0.1.0
 */
export * as SentMessage from "./SentMessage.js"

/**
 * @since 0.1.0
 */
export * as Template from "./Template.js"

/**
 * @since 0.1.0
 */
export * as TerminalText from "./TerminalText.js"
