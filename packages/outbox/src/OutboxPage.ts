/**
 * A page on which a person looks after an outbox: what waits by state and mailer, the oldest that is due, messages whose outcome is
 * unknown with their dialogue and the two decisions, and mailers that are paused, with the reason. `effect-mail outbox serve`
 * shows it without a program.
 *
 * The page asks for no login: mount it behind that of the application. It shows addresses and what servers replied, never the
 * contents of a message.
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import type * as HttpRouter from "@effect/platform/HttpRouter"
import * as Effect from "effect/Effect"
import { makeApp } from "./internal/http/app.js"
import { Outbox } from "./Outbox.js"

/**
 * - `allowHosts`: names in `Host` that are answered, beside `localhost`, `127.0.0.1` and `[::1]`: those by which the application is
 *   reached. A request for any other gets 421. Default: none
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly allowHosts?: ReadonlyArray<string> | undefined
}

/**
 * The page and its API (`OutboxApi`), to be mounted under any path of an application. What another site's page asks for is refused.
 *
 * @example
 * ```ts
 * import { httpApp } from "@effect-mail/outbox/OutboxPage"
 * import { HttpRouter } from "@effect/platform"
 * import { Effect } from "effect"
 *
 * const router = Effect.map(
 *   httpApp({ allowHosts: ["admin.example.com"] }),
 *   (page) => HttpRouter.empty.pipe(HttpRouter.mountApp("/outbox", page))
 * )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const httpApp = (
  options: Options = {}
): Effect.Effect<HttpApp.Default<never, HttpRouter.HttpRouter.DefaultServices>, never, Outbox> =>
  Effect.flatMap(Outbox, (outbox) => makeApp(outbox, options.allowHosts ?? []))
