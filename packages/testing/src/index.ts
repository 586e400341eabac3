/**
 * @since 0.1.0
 */
export * as TestMailbox from "./TestMailbox.js"

/**
 * @since 0.1.0
 */
export * as TestCertificates from "./TestCertificates.js"

/**
 * @since 0.1.0
 */
export * as BackendContract from "./BackendContract.js"

/**
 * @since 0.1.0
 */
export * as SmtpScript from "./SmtpScript.js"

/**
 * @since 0.1.0
 */
export * as ScriptedSmtpServer from "./ScriptedSmtpServer.js"

/**
 * @since 0.1.0
 */
export * as MailReader from "./MailReader.js"

/**
 * @since 0.1.0
 */
export * as DevInbox from "./DevInbox.js"

/**
 * @since 0.1.0
 */
export * as DevInboxApi from "./DevInboxApi.js"
