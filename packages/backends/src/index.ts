/**
 * @since 0.1.0
 */
export * as Backend from "./Backend.js"

/**
 * @since 0.1.0
 */
export * as BackendDefinition from "./BackendDefinition.js"

/**
 * @since 0.1.0
 */
export * as Brevo from "./Brevo.js"

/**
 * @since 0.1.0
 */
export * as Console from "./Console.js"

/**
 * @since 0.1.0
 */
export * as Dummy from "./Dummy.js"

/**
 * @since 0.1.0
 */
export * as File from "./File.js"

/**
 * @since 0.1.0
 */
export * as Gmail from "./Gmail.js"

/**
 * @since 0.1.0
 */
export * as HttpBackend from "./HttpBackend.js"

/**
 * @since 0.1.0
 */
export * as Mailgun from "./Mailgun.js"

/**
 * @since 0.1.0
 */
export * as Memory from "./Memory.js"

/**
 * @since 0.1.0
 */
export * as MsGraph from "./MsGraph.js"

/**
 * @since 0.1.0
 */
export * as NodeCrypto from "./NodeCrypto.js"

/**
 * @since 0.1.0
 */
export * as Postmark from "./Postmark.js"

/**
 * @since 0.1.0
 */
export * as Resend from "./Resend.js"

/**
 * @since 0.1.0
 */
export * as SendGrid from "./SendGrid.js"

/**
 * @since 0.1.0
 */
export * as Sendmail from "./Sendmail.js"

/**
 * @since 0.1.0
 */
export * as Ses from "./Ses.js"

/**
 * @since 0.1.0
 */
export * as Smtp from "./Smtp.js"
