import * as Duration from "effect/Duration"

/**
 * At most so many messages in an interval.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limit {
  readonly messages: number
  readonly interval: Duration.DurationInput
}

interface Bucket {
  readonly most: number
  /** Tokens for each ms. */
  readonly rate: number
  tokens: number
  filledAt: number
}

/**
 * Takes what a message needs at this time: 0, or how long it has to wait, in ms, and then nothing was taken.
 */
export type Limits = (mailer: string, domain: string, now: number) => number

const refill = (bucket: Bucket, now: number): void => {
  bucket.tokens = Math.min(bucket.most, bucket.tokens + Math.max(0, now - bucket.filledAt) * bucket.rate)
  bucket.filledAt = now
}

/**
 * Token buckets of this process, by mailer (`"newsletter"`) and by domain (`"@example.com"`, for each mailer apart).
 */
export const make = (limits: Readonly<Record<string, Limit>>): Limits => {
  const buckets = new Map<string, Bucket>()
  const bucketOf = (name: string, key: string, now: number): ReadonlyArray<Bucket> => {
    const limit = Object.hasOwn(limits, name) ? limits[name] : undefined
    if (limit === undefined) return []
    const rate = limit.messages / Duration.toMillis(limit.interval)
    const bucket = buckets.get(key) ?? { most: limit.messages, rate, tokens: limit.messages, filledAt: now }
    buckets.set(key, bucket)
    refill(bucket, now)
    return [bucket]
  }
  return (mailer, domain, now) => {
    const needed = [...bucketOf(mailer, mailer, now), ...bucketOf(`@${domain}`, `${mailer}@${domain}`, now)]
    const wait = Math.max(0, ...needed.map(({ rate, tokens }) => tokens >= 1 ? 0 : Math.ceil((1 - tokens) / rate)))
    if (wait === 0) { for (const bucket of needed) bucket.tokens-- }
    return wait
  }
}
