import * as Duration from "effect/Duration"
import * as Retry from "../model/retry.js"
import type { Retention } from "../model/service.js"
import type { Limit } from "./pace/limits.js"

/**
 * How long what is settled is kept.
 *
 * - `octets`: octets of delivered messages. Default: 1 day
 * - `delivered`: delivered and cancelled messages. Default: 30 days
 * - `others`: failed and unknown messages. Default: 90 days
 *
 * @since 0.1.0
 * @category models
 */
export interface RetentionOptions {
  readonly octets?: Duration.DurationInput | undefined
  readonly delivered?: Duration.DurationInput | undefined
  readonly others?: Duration.DurationInput | undefined
}

/**
 * - `connections`: how many messages are sent at once by each mailer. Default: 4
 * - `lease`: after how long another runner takes over what this one had. It is renewed while this one lives, so a delivery
 *   may take longer. Default: 30 seconds
 * - `poll`: how often to look for what is due where nothing says so. Default: 1 second
 * - `retry`: how long to wait after each try; the last one is that of all further tries. Each varies by 20 %. Default:
 *   1, 5, 15 and 30 minutes, then 2 hours, then every 4 hours
 * - `giveUpAfter`: the longest that this runner tries a message, from when it was due; a message may have less time of its own.
 *   Default: as long as the message says
 * - `unknown`: what to do with a message that may have been sent: `"park"` leaves it to a person (`Outbox.resolve`),
 *   `"resendAndRiskDuplicates"` sends it again. Default: `"park"`
 * - `limits`: how many messages by a mailer (`"newsletter"`), and by each mailer to a domain (`"@example.com"`), this process
 *   sends
 * - `retention`: how long what is settled is kept; `false`: for ever
 * - `stopWithin`: how long a graceful stop waits for what is on its way. Default: 30 seconds
 * - `countEvery`: how often to read the gauges of `OutboxMetrics`. Default: not at all, for it reads all rows
 * - `dialogue`: the dialogue that led to an error, such as `Smtp.transcript`, to keep it with the attempt
 * - `owner`: what this runner is called in the table. Default: a random name
 *
 * @since 0.1.0
 * @category models
 */
export interface Settings {
  readonly connections?: number | undefined
  readonly lease?: Duration.DurationInput | undefined
  readonly poll?: Duration.DurationInput | undefined
  readonly retry?: ReadonlyArray<Duration.DurationInput> | undefined
  readonly giveUpAfter?: Duration.DurationInput | undefined
  readonly unknown?: "park" | "resendAndRiskDuplicates" | undefined
  readonly limits?: Readonly<Record<string, Limit>> | undefined
  readonly retention?: RetentionOptions | false | undefined
  readonly stopWithin?: Duration.DurationInput | undefined
  readonly countEvery?: Duration.DurationInput | undefined
  readonly dialogue?: ((error: unknown) => ReadonlyArray<string>) | undefined
  readonly owner?: string | undefined
}

/** The settings with their defaults; times are in ms. */
export interface Resolved {
  readonly connections: number
  readonly lease: number
  readonly poll: number
  readonly retry: ReadonlyArray<Duration.DurationInput>
  readonly giveUpAfter: number
  readonly resendUnknown: boolean
  readonly limits: Readonly<Record<string, Limit>>
  readonly retention: Retention | undefined
  readonly stopWithin: number
  readonly countEvery: number | undefined
  readonly dialogue: (error: unknown) => ReadonlyArray<string>
}

const day = "1 day"

const resolveRetention = (retention: RetentionOptions | false): Retention | undefined =>
  retention === false ? undefined : {
    octets: Duration.toMillis(retention.octets ?? day),
    delivered: Duration.toMillis(retention.delivered ?? "30 days"),
    others: Duration.toMillis(retention.others ?? "90 days")
  }

export const resolve = (settings: Settings): Resolved => ({
  connections: Math.max(1, Math.trunc(settings.connections ?? 4)),
  lease: Duration.toMillis(settings.lease ?? "30 seconds"),
  poll: Duration.toMillis(settings.poll ?? "1 second"),
  retry: settings.retry === undefined || settings.retry.length === 0 ? Retry.defaultDelays : settings.retry,
  giveUpAfter: settings.giveUpAfter === undefined ? Infinity : Duration.toMillis(settings.giveUpAfter),
  resendUnknown: settings.unknown === "resendAndRiskDuplicates",
  limits: settings.limits ?? {},
  retention: resolveRetention(settings.retention ?? {}),
  stopWithin: Duration.toMillis(settings.stopWithin ?? "30 seconds"),
  countEvery: settings.countEvery === undefined ? undefined : Duration.toMillis(settings.countEvery),
  dialogue: settings.dialogue ?? (() => [])
})
