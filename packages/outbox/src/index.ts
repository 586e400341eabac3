/**
 * @since 0.1.0
 */
export * as Outbox from "./Outbox.js"

/**
 * @since 0.1.0
 */
export * as OutboxError from "./OutboxError.js"

/**
 * @since 0.1.0
 */
export * as OutboxMessage from "./OutboxMessage.js"

/**
 * @since 0.1.0
 */
export * as OutboxMetrics from "./OutboxMetrics.js"

/**
 * @since 0.1.0
 */
export * as OutboxMigrations from "./OutboxMigrations.js"

/**
 * @since 0.1.0
 */
export * as OutboxRunner from "./OutboxRunner.js"

/**
 * @since 0.1.0
 */
export * as OutboxStore from "./OutboxStore.js"

/**
 * @since 0.1.0
 */
export * as SqliteClient from "./SqliteClient.js"
