/**
 * @since 0.1.0
 */
export * as Invite from "./Invite.js"

/**
 * @since 0.1.0
 */
export * as Markdown from "./Markdown.js"

/**
 * @since 0.1.0
 */
export * as PlainText from "./PlainText.js"
