/**
 * @since 0.1.0
 */
export * as Notice from "./Notice.js"
