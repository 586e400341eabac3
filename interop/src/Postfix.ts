/**
 * A Postfix with a folder and a port of its own on loopback, which keeps what it delivers in one Maildir.
 */
import { Command, type CommandExecutor, FileSystem } from "@effect/platform"
import type { PlatformError } from "@effect/platform/Error"
import type { Scope } from "effect"
import { Data, Effect, Schedule } from "effect"

/** A command of Postfix that failed, or a state that did not come about in time. */
export class PostfixError extends Data.TaggedError("PostfixError")<{ readonly message: string }> {}

type Run<A> = Effect.Effect<
  A,
  PostfixError | PlatformError,
  FileSystem.FileSystem | CommandExecutor.CommandExecutor
>

export interface Options {
  readonly port: number
  /** Further lines of main.cf. */
  readonly settings?: Readonly<Record<string, string>>
  /** What RCPT is answered, by recipient: lines of an access table. */
  readonly recipients?: ReadonlyArray<string>
}

export interface Postfix {
  readonly port: number
  /** Ends all its processes, and starts it again. */
  readonly restart: Run<void>
  /** Answers RCPT otherwise from now on. */
  readonly answer: (recipients: ReadonlyArray<string>) => Run<void>
  /** The subjects of what was delivered so far. */
  readonly delivered: Run<ReadonlyArray<string>>
  /** Waits until its queue is empty. */
  readonly drained: Run<void>
}

const services = (port: number): string => `
127.0.0.1:${port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
proxymap unix - - n - - proxymap
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
showq unix n - n - - showq
`

const settingsOf = (
  folder: string,
  ids: { readonly uid: string; readonly gid: string },
  more: Options["settings"]
) => ({
  compatibility_level: "3.6",
  queue_directory: `${folder}/spool`,
  data_directory: `${folder}/data`,
  maillog_file: `${folder}/log`,
  maillog_file_prefixes: folder,
  mydestination: "",
  mynetworks: "127.0.0.0/8",
  inet_interfaces: "127.0.0.1",
  inet_protocols: "ipv4",
  virtual_mailbox_domains: "example.com",
  virtual_mailbox_base: `${folder}/mail`,
  virtual_mailbox_maps: "static:box/",
  virtual_minimum_uid: "1",
  virtual_uid_maps: `static:${ids.uid}`,
  virtual_gid_maps: `static:${ids.gid}`,
  virtual_transport: "virtual",
  // Limits are not for clients of its own networks unless they are told to be.
  smtpd_client_event_limit_exceptions: "",
  smtpd_recipient_restrictions: `check_recipient_access texthash:${folder}/recipients, permit_mynetworks, reject`,
  ...more
})

const output = (...words: readonly [string, ...ReadonlyArray<string>]): Run<string> =>
  Command.string(Command.make(...words))

const run = (...words: readonly [string, ...ReadonlyArray<string>]): Run<void> =>
  Effect.flatMap(
    Command.exitCode(Command.make(...words)),
    (code) => code === 0 ? Effect.void : new PostfixError({ message: `${words.join(" ")} ended with ${code}` })
  )

/** Starts a server that ends with the scope. */
export const make = (
  { port, recipients = [], settings }: Options
): Effect.Effect<
  Postfix,
  PostfixError | PlatformError,
  FileSystem.FileSystem | CommandExecutor.CommandExecutor | Scope.Scope
> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped({ prefix: "effect-mail-postfix-" })
    const ids = {
      uid: (yield* output("id", "-u", "postfix")).trim(),
      gid: (yield* output("id", "-g", "postfix")).trim()
    }
    const answer = (lines: ReadonlyArray<string>) => fs.writeFileString(`${folder}/recipients`, `${lines.join("\n")}\n`)
    const postfix = (verb: string): Run<void> => run("postfix", "-c", folder, verb)

    yield* fs.chmod(folder, 0o755)
    for (const name of ["spool", "data", "mail"]) yield* fs.makeDirectory(`${folder}/${name}`)
    yield* run("chown", "postfix", `${folder}/data`, `${folder}/mail`)
    yield* answer(recipients)
    yield* fs.writeFileString(`${folder}/master.cf`, services(port))
    yield* fs.writeFileString(
      `${folder}/main.cf`,
      Object.entries(settingsOf(folder, ids, settings)).map(([name, value]) => `${name} = ${value}\n`).join("")
    )
    yield* Effect.acquireRelease(postfix("start"), () => Effect.ignore(postfix("stop")))

    const isDrained = Effect.map(output("postqueue", "-c", folder, "-j"), (queue) => queue.trim() === "")
    return {
      port,
      restart: Effect.zipRight(postfix("stop"), postfix("start")),
      answer: (lines) => Effect.zipRight(answer(lines), postfix("reload")),
      delivered: Effect.gen(function*() {
        const box = `${folder}/mail/box/new`
        if (!(yield* fs.exists(box))) return []
        const names = yield* fs.readDirectory(box)
        return yield* Effect.forEach(names, (name) =>
          Effect.map(
            fs.readFileString(`${box}/${name}`),
            (message) => /^Subject: (.*)$/m.exec(message)?.[1] ?? ""
          ))
      }),
      drained: isDrained.pipe(
        Effect.filterOrFail((isEmpty) => isEmpty, () => new PostfixError({ message: "its queue did not get empty" })),
        Effect.retry(Schedule.intersect(Schedule.spaced("200 millis"), Schedule.recurs(600))),
        Effect.asVoid
      )
    }
  })
