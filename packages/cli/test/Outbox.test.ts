/** The commands of the outbox as processes, on a database of SQLite in which there is a message of every kind. */
import { Outbox, OutboxStore, SqliteClient } from "@effect-mail/outbox"
import { fill, type Ids } from "@effect-mail/test-kit/BusyOutbox"
import * as PostgresServer from "@effect-mail/test-kit/PostgresServer"
import { Command } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { cpSync } from "node:fs"
import { request } from "node:http"
import { dirname, join } from "node:path"
import { beforeAll } from "vitest"
import { build, clean, folder, program, type Ran, run, runProgram } from "./Program.js"

beforeAll(build, 180_000)

const outboxIn = (filename: string) =>
  Outbox.layer.pipe(
    Layer.provideMerge(OutboxStore.layerSql()),
    Layer.provide(SqliteClient.layer({ filename })),
    Layer.orDie
  )

/** A database that was filled, and is closed again. */
const filled: Effect.Effect<{ readonly database: string; readonly ids: Ids }> = Effect.suspend(() => {
  const database = join(folder(), "shop.db")
  return Effect.map(Effect.provide(fill, outboxIn(database)), (ids) => ({ database, ids }))
})

/** A control character in what a person is shown would be obeyed by a terminal. */
const isQuiet = ({ err, out }: Ran): boolean => !/[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]/.test(out + err)

const lines = (text: string): ReadonlyArray<string> => text.split("\n").filter((line) => line !== "")

describe("effect-mail outbox", () => {
  it.live("lists, shows and counts", () =>
    Effect.gen(function*() {
      const { database, ids } = yield* filled
      const outbox = (...args: ReadonlyArray<string>) => run(["outbox", ...args, "--database", database])
      const all = yield* outbox("list")
      assert.deepStrictEqual([all.code, all.err], [0, ""])
      assert.isTrue(isQuiet(all))
      assert.sameMembers(lines(all.out).map((line) => line.split("\t")[0]), Object.values(ids))
      assert.isTrue(lines(all.out).every((line) => line.split("\t").length === 7))
      const unknown = yield* outbox("list", "--state", "unknown", "--state", "failed")
      assert.sameMembers(lines(unknown.out).map((line) => line.split("\t")[0]), [ids.unknown, ids.failed])
      const two = lines((yield* outbox("list", "--limit", "2", "--json")).out).map((line) => JSON.parse(line))
      const rest = yield* outbox("list", "--before", two[1].id)
      assert.lengthOf(lines(rest.out), 4)
      assert.lengthOf(lines((yield* outbox("list", "--incomplete")).out), 1)
      assert.lengthOf(lines((yield* outbox("list", "--recipient", "550@fail.test")).out), 2)
      assert.lengthOf(lines((yield* outbox("list", "--key", "receipt-1")).out), 1)
      const none = yield* outbox("list", "--mailer", "nobody")
      assert.deepStrictEqual(none, { code: 0, out: "", err: "" })

      const shown = yield* outbox("show", ids.unknown)
      assert.match(shown.out, /unknown \(unanswered\)[^]*RCPT TO:<eve@example\.com>[^]*resolve .* --as resend/)
      assert.match((yield* outbox("show", ids.failed)).out, /rejected +550@fail\.test +550 5\.1\.1 no such user/)
      const entry = JSON.parse((yield* outbox("show", ids.queued, "--json")).out)
      assert.deepInclude(entry, { state: "queued", mailer: "newsletter", attempts: 0 })
      assert.isTrue(isQuiet(yield* outbox("show", ids.queued, "--json")))
      assert.isTrue(isQuiet(yield* outbox("show", ids.queued)))

      const counts = yield* outbox("counts")
      assert.match(
        counts.out,
        /default\n[^]*unknown +1\n[^]*newsletter\n +queued +1\n[^]*paused: newsletter until .*535/
      )
      assert.isTrue(isQuiet(counts))
      const json = JSON.parse((yield* outbox("counts", "--json")).out)
      assert.deepStrictEqual(json.pauses.map(({ mailer }: { mailer: string }) => mailer), ["newsletter"])
      assert.strictEqual((yield* outbox("counts", "--max-unknown", "1", "--max-late", "1d")).code, 0)
      const alarmed = yield* outbox("counts", "--max-unknown", "0", "--max-late", "0s")
      assert.strictEqual(alarmed.code, 3)
      assert.match(alarmed.err, /1 messages are unknown[^]*does a runner live/)
    }), 180_000)

  it.live("decides, and tells by its exit code whether anything was changed", () =>
    Effect.gen(function*() {
      const { database, ids } = yield* filled
      const outbox = (...args: ReadonlyArray<string>) => run(["outbox", ...args, "--database", database])
      const nobody = "0".repeat(26)
      const steps: ReadonlyArray<
        readonly [args: ReadonlyArray<string>, code: number, out: RegExp, err: RegExp]
      > = [
        [["resolve", ids.failed, "--as", "delivered"], 3, /^$/, /it is failed, not unknown/],
        [["resolve", ids.unknown, ids.failed, "--as", "resend"], 3, /queued again/, /it is failed/],
        [["cancel", ids.unknown], 0, /cancelled/, /^$/],
        [["cancel", ids.unknown], 3, /^$/, /settled/],
        [["cancel", nobody], 3, /^$/, /no such message/],
        [["retry", ids.failed], 0, /queued again/, /^$/],
        [["retry", ids.failed], 3, /^$/, /it is queued, not failed/],
        [["retry", nobody], 3, /^$/, /no such message/],
        [["erase", ids.queued], 3, /^$/, /it is queued, not settled/],
        [["erase", ids.delivered.toUpperCase()], 0, /erased/, /^$/],
        [["resume", "newsletter"], 0, /newsletter sends again/, /^$/],
        [["pause", "default", "--for", "2h", "--reason", "the relay is moved"], 0, /default is paused for 2h/, /^$/],
        [["pause", "defualt", "--for", "2h", "--reason", "x"], 0, /paused/, /is it the right name/],
        [["purge", "--older-than", "1d"], 0, /^0 messages were removed\n$/, /^$/],
        [["purge", "--older-than", "0s", "--json"], 0, /^\{"removed":[1-9]\}\n$/, /^$/],
        [["show", ids.delivered], 1, /^$/, /There is no message/]
      ]
      for (const [args, code, out, err] of steps) {
        const ran = yield* outbox(...args)
        assert.strictEqual(ran.code, code, `${args.join(" ")}: ${ran.err}`)
        assert.match(ran.out, out)
        assert.match(ran.err, err)
      }
      const left = yield* Effect.flatMap(Outbox.Outbox, (service) => service.pauses).pipe(
        Effect.provide(outboxIn(database))
      )
      assert.deepStrictEqual(left.map(({ mailer }) => mailer), ["default", "defualt"])
    }), 240_000)

  const id = "0".repeat(26)
  const wrong: ReadonlyArray<
    readonly [args: ReadonlyArray<string>, code: number, words: RegExp, environment?: Record<string, string>]
  > = [
    [[], 2, /Usage: effect-mail outbox COMMAND/],
    [["nope"], 2, /There is no command "outbox nope"/],
    [["list"], 2, /Which database\?/],
    [["list", "--nope"], 2, /There is no option --nope/],
    [["list", "--database", "mysql://host/name"], 2, /none of sqlite:, file:, postgres:/],
    [["list", "--database", "postgres://u:s3cret@host/name"], 2, /password on a command line/],
    [["list", "--database", "no-such-file.db"], 5, /There is no file no-such-file\.db/],
    [["list", "--database", "sqlite:no-such-file.db"], 5, /There is no file no-such-file\.db/],
    [["list", "--database", "file:///no/such/file.db"], 5, /There is no file/],
    [["list", "--database", "package.json"], 1, /package\.json is no database of SQLite/],
    [["list"], 5, /postgres:\/\/127\.0\.0\.1:1\/shop cannot be reached/, {
      OUTBOX_URL: "postgres://u:s3cret@127.0.0.1:1/shop"
    }],
    [["list", "--state", "lost", "--database", "x"], 2, /--state is one of/],
    [["list", "--limit", "0", "--database", "x"], 2, /--limit is a whole number/],
    [["list", "--before", "1", "--database", "x"], 2, /--before/],
    [["show", "--database", "x"], 2, /Which messages\?/],
    [["show", "1234", "--database", "x"], 2, /"1234" is no id/],
    [["resolve", id, "--database", "x"], 2, /--as delivered/],
    [["resolve", id, "--as", "sent", "--database", "x"], 2, /--as delivered/],
    [["pause", "default", "--reason", "x", "--database", "x"], 2, /--for is missing/],
    [["pause", "default", "--for", "soon", "--reason", "x", "--database", "x"], 2, /--for is a time/],
    [["pause", "default", "--for", "1h", "--database", "x"], 2, /Say why/],
    [["pause", "--for", "1h", "--reason", "x", "--database", "x"], 2, /Name one mailer/],
    [["purge", "--database", "x"], 2, /--older-than is missing/],
    [["counts", "--max-late", "soon", "--database", "x"], 2, /--max-late is a time/],
    [["serve", "--host", "0.0.0.0", "--database", "x"], 2, /others can see every address.*--user/],
    [["serve", "--user", "ada", "--database", "x"], 2, /EFFECT_MAIL_PASSWORD/]
  ]
  it.live(
    "says what is wrong on standard error alone",
    () =>
      Effect.forEach(
        wrong,
        ([args, code, words, environment]) =>
          Effect.map(run(["outbox", ...args], environment), (ran) => {
            assert.deepStrictEqual([ran.code, ran.out], [code, ""], `${args.join(" ")}: ${ran.err}`)
            assert.match(ran.err, words)
            assert.notInclude(ran.err, "s3cret")
            assert.notInclude(ran.err, "    at ")
          }),
        { concurrency: 2, discard: true }
      ),
    300_000
  )

  it.live("says how to install a driver that is not there", () =>
    Effect.gen(function*() {
      // Where nothing is installed.
      const alone = folder()
      for (const part of ["effect-mail.mjs", "chunks"]) {
        cpSync(join(dirname(program), part), join(alone, part), { recursive: true })
      }
      const command = [process.execPath, join(alone, "effect-mail.mjs"), "outbox", "counts"] as const
      const ran = yield* runProgram(command, { OUTBOX_URL: "postgres://u:s3cret@127.0.0.1:1/shop" }, "", alone)
      assert.deepStrictEqual([ran.code, ran.out], [1, ""])
      assert.match(ran.err, /^PostgreSQL needs the package pg, which is not installed.*npx -p effect-mail -p pg/)
    }), 120_000)

  it.live("says that a database has no outbox, and changes nothing in it", () =>
    Effect.gen(function*() {
      const database = join(folder(), "other.db")
      yield* Effect.void.pipe(Effect.provide(Layer.orDie(SqliteClient.layer({ filename: database }))))
      const ran = yield* run(["outbox", "list", "--database", database])
      assert.deepStrictEqual([ran.code, ran.out], [1, ""])
      assert.include(ran.err, "This database has no outbox")
      const prefix = yield* run(["outbox", "list", "--database", database, "--prefix", "x; DROP TABLE y"])
      assert.strictEqual(prefix.code, 2)
    }), 120_000)

  it.scopedLive("works on PostgreSQL as well", () =>
    Effect.gen(function*() {
      const { database, port, user } = yield* PostgresServer.make({ isDurable: false })
      const { PgClient } = yield* Effect.promise(() => import("@effect/sql-pg"))
      const client = PgClient.layer({ host: "127.0.0.1", port, database, username: user })
      const ids = yield* Effect.provide(
        fill,
        Outbox.layer.pipe(Layer.provideMerge(OutboxStore.layerSql()), Layer.provide(client), Layer.orDie)
      )
      const url = { OUTBOX_URL: `postgres://${user}@127.0.0.1:${port}/${database}` }
      const listed = yield* run(["outbox", "list"], url)
      assert.strictEqual(listed.code, 0, listed.err)
      assert.sameMembers(lines(listed.out).map((line) => line.split("\t")[0]), Object.values(ids))
      assert.match((yield* run(["outbox", "counts"], url)).out, /unknown +1/)
      assert.strictEqual((yield* run(["outbox", "resolve", ids.unknown, "--as", "delivered"], url)).code, 0)
      const missing = yield* run(["outbox", "counts", "--prefix", "other_"], url)
      assert.strictEqual(missing.code, 1)
      assert.include(missing.err, "This database has no outbox")
      const other = yield* run(["outbox", "counts"], { OUTBOX_URL: `postgres://${user}@127.0.0.1:${port}/nothing` })
      assert.deepStrictEqual([other.code, other.out], [1, ""])
    }), 240_000)
})

interface Answer {
  readonly status: number
  readonly asks: unknown
}

const ask = (
  url: string,
  headers: Readonly<Record<string, string>>,
  method = "GET"
): Effect.Effect<Answer> =>
  Effect.async((resume) => {
    const sent = request(url, { method, headers }, (response) => {
      response.resume()
      resume(Effect.succeed({ status: response.statusCode ?? 0, asks: response.headers["www-authenticate"] }))
    })
    sent.on("error", (error) => resume(Effect.die(error)))
    sent.end()
  })

const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`

describe("effect-mail outbox serve", () => {
  it.live("is behind a login before anything else is looked at", () =>
    Effect.gen(function*() {
      const { database, ids } = yield* filled
      const server = yield* Command.make(
        process.execPath,
        program,
        "outbox",
        "serve",
        "--database",
        database,
        "--http-port",
        "0",
        "--user",
        "ada"
      ).pipe(Command.env({ ...clean, EFFECT_MAIL_PASSWORD: "p:ß" }), Command.start)
      const said = yield* server.stderr.pipe(
        Stream.decodeText(),
        Stream.scan("", (all, piece) => all + piece),
        Stream.map((all) => /http:\/\/\S+/.exec(all)?.[0]),
        Stream.filter((url) => url !== undefined),
        Stream.runHead,
        Effect.flatten
      )
      const refused: ReadonlyArray<Record<string, string>> = [
        {},
        { authorization: basic("ada:wrong") },
        { authorization: basic("ada:p:ß ") },
        { authorization: basic("eve:p:ß") },
        { authorization: basic("") },
        { authorization: "Basic" },
        { authorization: "Basic !!!" },
        { authorization: `Bearer ${"x".repeat(4_000)}` },
        { host: "evil.example" },
        { origin: "https://evil.example", "sec-fetch-site": "cross-site" }
      ]
      for (const headers of refused) {
        for (const path of ["/", "/page.js", "/api/overview", `/api/messages/${ids.unknown}`, "/nothing"]) {
          const { asks, status } = yield* ask(`${said}${path}`, headers)
          assert.strictEqual(status, 401, `${path} ${JSON.stringify(headers)}`)
          assert.match(String(asks), /^Basic realm=/)
        }
        assert.strictEqual((yield* ask(`${said}/api/messages/${ids.queued}/cancel`, headers, "POST")).status, 401)
      }
      const authorization = basic("ada:p:ß")
      assert.strictEqual((yield* ask(`${said}/`, { authorization })).status, 200)
      assert.strictEqual((yield* ask(`${said}/`, { authorization, host: "evil.example" })).status, 421)
      const cancel = `${said}/api/messages/${ids.queued}/cancel`
      assert.strictEqual((yield* ask(cancel, { authorization, origin: "https://evil.example" }, "POST")).status, 403)
      assert.strictEqual((yield* ask(cancel, { authorization }, "POST")).status, 200)
      yield* server.kill("SIGINT")
      assert.strictEqual(Number(yield* server.exitCode), 130)
    }).pipe(Effect.scoped, Effect.provide(NodeContext.layer)), 180_000)
})
