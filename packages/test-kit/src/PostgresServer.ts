/**
 * A PostgreSQL server of one's own: its data in a new folder, on a port of the loopback, gone with its scope. Debian's package
 * `postgresql` has to be installed; `install` does that where this process may.
 */
import { Data, Effect } from "effect"
import type { Scope } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

export class PostgresError extends Data.TaggedError("PostgresError")<{ readonly reason: string }> {
  override get message(): string {
    return `PostgreSQL: ${this.reason}`
  }
}

export interface PostgresServer {
  readonly port: number
  readonly user: string
  readonly database: string
  /** Stops at once, without a checkpoint, and starts again: what was committed has to come back from the log. */
  readonly restart: Effect.Effect<void, PostgresError>
}

const debian = "/usr/lib/postgresql"

/** The folder of the programs: Debian keeps them out of the path. */
const folder = (): string | undefined => {
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  return versions.map((version) => join(debian, version, "bin")).find((bin) => existsSync(join(bin, "postgres")))
}

const isRoot = (): boolean => process.getuid?.() === 0

/** Whether it is installed. */
export const isInstalled = (): boolean => folder() !== undefined

/** Installs Debian's package where it is missing. */
export const install: Effect.Effect<void, PostgresError> = Effect.suspend(() => {
  if (isInstalled()) return Effect.void
  const apt = (...args: ReadonlyArray<string>) =>
    spawnSync("apt-get", args, { stdio: "inherit", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } }).status
  if (isRoot() && apt("update", "-q") === 0) apt("install", "-qy", "--no-install-recommends", "postgresql")
  return isInstalled()
    ? Effect.void
    : Effect.fail(new PostgresError({ reason: "it is not installed. Run apt-get install postgresql" }))
})

const freePort = Effect.async<number, PostgresError>((resume) => {
  const server = createServer()
  server.once("error", (error) => resume(Effect.fail(new PostgresError({ reason: error.message }))))
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() =>
      resume(
        typeof address === "object" && address !== null
          ? Effect.succeed(address.port)
          : Effect.fail(new PostgresError({ reason: "there is no free port" }))
      )
    )
  })
})

/** Runs a program to its end; as another user where this is root, which the server refuses to be. */
const run = (program: string, args: ReadonlyArray<string>): Effect.Effect<void, PostgresError> =>
  Effect.async((resume) => {
    const bin = join(folder() ?? "", program)
    const [command, ...rest] = isRoot() ? ["runuser", "-u", "postgres", "--", bin, ...args] : [bin, ...args]
    const child = spawn(command ?? bin, rest, { cwd: tmpdir(), stdio: ["ignore", "ignore", "pipe"] })
    let said = ""
    child.stderr.on("data", (chunk) => {
      said += String(chunk)
    })
    child.once("error", (error) => resume(Effect.fail(new PostgresError({ reason: error.message }))))
    // Not `close`: the server that pg_ctl started keeps the pipe.
    child.once(
      "exit",
      (code) =>
        resume(code === 0 ? Effect.void : Effect.fail(new PostgresError({ reason: `${program}: ${said.slice(-500)}` })))
    )
  })

const ownedFolder = Effect.acquireRelease(
  Effect.sync(() => {
    const created = mkdtempSync(join(tmpdir(), "effect-mail-postgres-"))
    if (isRoot()) spawnSync("chown", ["postgres", created])
    return created
  }),
  (created) => Effect.sync(() => rmSync(created, { recursive: true, force: true }))
)

/** `isDurable`: whether it waits for the disk at each commit. */
export const make = (
  { isDurable = true, settings = {} }: {
    readonly isDurable?: boolean
    readonly settings?: Readonly<Record<string, string>>
  } = {}
): Effect.Effect<PostgresServer, PostgresError, Scope.Scope> =>
  Effect.gen(function*() {
    if (!isInstalled()) return yield* new PostgresError({ reason: "it is not installed" })
    const data = yield* ownedFolder
    const port = yield* freePort
    yield* run("initdb", [
      "-D",
      join(data, "data"),
      "-U",
      "mail",
      "-A",
      "trust",
      "-E",
      "UTF8",
      "--no-sync",
      "--locale=C.UTF-8"
    ])
    const all = {
      listen_addresses: "127.0.0.1",
      port: String(port),
      unix_socket_directories: data,
      max_connections: "200",
      ...isDurable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" },
      ...settings
    }
    const options = Object.entries(all).map(([name, value]) => `-c ${name}=${value}`).join(" ")
    const control = (...args: ReadonlyArray<string>) =>
      run("pg_ctl", ["-D", join(data, "data"), "-l", join(data, "log"), "-w", "-t", "120", ...args])
    const start = control("start", "-o", options)
    const stop = control("stop", "-m", "immediate")
    yield* Effect.acquireRelease(start, () => Effect.ignore(stop))
    return { port, user: "mail", database: "postgres", restart: Effect.zipRight(stop, start) }
  })
