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
export * as Memory from "./Memory.js"

/**
 * @since 0.1.0
 */
export * as Smtp from "./Smtp.js"
