/**
 * A Dovecot that speaks LMTP, with a folder, a port and a Unix domain socket of its own on loopback. It knows `box`, with room,
 * and `full`, whose quota is used up: that one is refused after the message, and any other at RCPT.
 */
import { Command, type CommandExecutor, FileSystem } from "@effect/platform"
import type { PlatformError } from "@effect/platform/Error"
import type { Scope } from "effect"
import { Data, Effect, Schedule } from "effect"

/** A state that did not come about in time. */
export class DovecotError extends Data.TaggedError("DovecotError")<{ readonly message: string }> {}

export interface Dovecot {
  readonly port: number
  /** The path of the Unix domain socket. */
  readonly socket: string
  /** The octets of what is in the mailbox of a user. */
  readonly delivered: (
    user: "box" | "full"
  ) => Effect.Effect<ReadonlyArray<string>, PlatformError, FileSystem.FileSystem>
}

const settings = (folder: string, port: number): string => `
protocols = lmtp
base_dir = ${folder}/run
state_dir = ${folder}/state
instance_name = effect-mail
log_path = ${folder}/log
ssl = no
first_valid_uid = 1
mail_location = maildir:${folder}/mail/%n
mail_plugins = quota
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_grace = 0
}
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = passwd-file
  args = username_format=%n ${folder}/users
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${port}
  }
  unix_listener lmtp {
    mode = 0600
  }
}
`

/** Starts a server that ends with the scope. */
export const make = (port: number): Effect.Effect<
  Dovecot,
  DovecotError | PlatformError,
  FileSystem.FileSystem | CommandExecutor.CommandExecutor | Scope.Scope
> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped({ prefix: "effect-mail-dovecot-" })
    const socket = `${folder}/run/lmtp`
    const [uid = "", gid = ""] = yield* Effect.forEach(
      ["-u", "-g"],
      (flag) => Effect.map(Command.string(Command.make("id", flag, "nobody")), (id) => id.trim())
    )
    yield* fs.chmod(folder, 0o755)
    for (const name of ["run", "state", "mail"]) yield* fs.makeDirectory(`${folder}/${name}`)
    yield* fs.chown(`${folder}/mail`, Number(uid), Number(gid))
    yield* fs.writeFileString(
      `${folder}/users`,
      ["box", "full"].map((name) => `${name}::${uid}:${gid}::${folder}/mail/${name}::`).join("\n")
        + "userdb_quota_rule=*:bytes=1\n"
    )
    yield* fs.writeFileString(`${folder}/dovecot.conf`, settings(folder, port))
    yield* Command.start(Command.make("dovecot", "-F", "-c", `${folder}/dovecot.conf`))
    yield* fs.exists(socket).pipe(
      Effect.filterOrFail((isThere) => isThere, () => new DovecotError({ message: "it did not start" })),
      Effect.retry(Schedule.intersect(Schedule.spaced("100 millis"), Schedule.recurs(100)))
    )
    return {
      port,
      socket,
      delivered: (user) =>
        Effect.gen(function*() {
          const box = `${folder}/mail/${user}/new`
          if (!(yield* fs.exists(box))) return []
          return yield* Effect.forEach(yield* fs.readDirectory(box), (name) => fs.readFileString(`${box}/${name}`))
        })
    }
  })
