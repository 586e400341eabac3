import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as PubSub from "effect/PubSub"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { OutboxError } from "../../../OutboxError.js"
import * as OutboxMigrations from "../../../OutboxMigrations.js"
import type { Service, Transform } from "../../model/service.js"
import * as Content from "./content.js"
import * as Sql from "./dialect.js"
import * as Enqueue from "./enqueue.js"
import * as Operate from "./operate.js"
import * as Time from "./time.js"
import * as Turn from "./turn/turn.js"
import * as Work from "./work.js"

export interface Options {
  readonly prefix?: string | undefined
  readonly migrate?: boolean | undefined
  readonly now?: string | undefined
  readonly transform?: Transform | undefined
}

/** Processes that start together on an empty database create the same table: the loser finds it at its next try. */
const migrated = (prefix: string, sql: SqlClient.SqlClient): Effect.Effect<void, OutboxError> =>
  OutboxMigrations.run(prefix).pipe(
    Effect.provideService(SqlClient.SqlClient, sql),
    Effect.catchAllDefect((defect) => Effect.fail(defect)),
    Effect.retry(Schedule.intersect(Schedule.spaced("200 millis"), Schedule.recurs(5))),
    Effect.mapError((cause) => new OutboxError({ operation: "migrate", isRefused: false, cause })),
    Effect.asVoid
  )

type Listen = (channel: string) => Stream.Stream<string, SqlError>

/** What PostgreSQL's client has beside the rest. */
const listenOf = (sql: SqlClient.SqlClient): Listen | undefined => {
  const isListening = (client: unknown): client is { readonly listen: Listen } =>
    Predicate.hasProperty(client, "listen") && Predicate.isFunction(client.listen)
  return isListening(sql) ? (channel) => sql.listen(channel) : undefined
}

/** A notification is a hint: where the connection for it is lost it is made again, and until then runners poll. */
const notifications = (sql: SqlClient.SqlClient, channel: string): Stream.Stream<void> => {
  const listen = listenOf(sql)
  return listen === undefined ? Stream.never : listen(channel).pipe(
    Stream.as(undefined),
    Stream.retry(Schedule.spaced("5 seconds")),
    Stream.catchAllCause(() => Stream.never)
  )
}

export const make = (
  { migrate = true, now, prefix = "outbox_", transform }: Options
): Effect.Effect<Service, OutboxError, SqlClient.SqlClient> =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const db = yield* Sql.of(sql, { prefix, now, transform })
    if (migrate) yield* migrated(prefix, sql)
    const queued = yield* PubSub.sliding<void>(1)
    const run = Sql.operation
    return {
      enqueue: (messages) =>
        Effect.zipLeft(run("enqueue", Enqueue.enqueue(db, messages)), PubSub.publish(queued, undefined)),
      claim: (claim) => run("claim", Work.claim(db, claim)),
      stage: (id, octets) => run("stage", Content.stage(db, id, octets)),
      octets: (id) => Sql.streamed("read the octets of a message", Content.read(db, id)),
      start: (holds, owner, lease) =>
        Effect.map(
          run("start", Turn.record(db, { starts: { holds, owner, lease }, settlements: [] })),
          ({ started }) => started
        ),
      renew: (holds, lease) => run("renew", Work.renew(db, holds, lease)),
      settle: (settlements) =>
        Effect.map(run("settle", Turn.record(db, { starts: undefined, settlements })), ({ settled }) => settled),
      record: (turn) => run("record", Turn.record(db, turn)),
      reap: ({ resendLost }) => run("reap", Time.reap(db, resendLost)),
      retain: (retention) => run("retain", Time.retain(db, retention)),
      get: (id) => run("get", Operate.get(db, id)),
      find: (filter, page) => run("find", Operate.find(db, filter, page)),
      counts: run("count", Operate.counts(db)),
      settledSince: (since, after) => run("read what was settled", Operate.settledSince(db, since, after)),
      cancel: (id) => run("cancel", Operate.cancel(db, id)),
      resolve: (id, resolution) => run("resolve", Operate.resolve(db, id, resolution)),
      retry: (id) => run("retry", Operate.retry(db, id)),
      erase: (id) => run("erase", Time.erase(db, id)),
      purge: (olderThan) => run("purge", Time.purge(db, olderThan)),
      pause: (mailer, duration, reason) => run("pause", Operate.pause(db, mailer, duration, reason)),
      resume: (mailer) => run("resume", Operate.resume(db, mailer)),
      pauses: run("read the pauses", Operate.pauses(db)),
      now: run(
        "read the time",
        Effect.map(db.query(`SELECT ${db.now} AS now`), (rows) => Sql.number(rows[0] ?? {}, "now"))
      ),
      wake: Stream.merge(Stream.fromPubSub(queued), notifications(sql, db.channel))
    }
  })
