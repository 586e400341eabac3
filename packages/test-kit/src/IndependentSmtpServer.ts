/**
 * A whole SMTP server (the `smtp-server` package) that keeps what it accepts.
 */
import type { Scope } from "effect"
import { Effect } from "effect"
import type { SMTPServerAuthentication, SMTPServerOptions, SMTPServerSession } from "smtp-server"
import { SMTPServer } from "smtp-server"
import { listen, type Notified } from "./LoopbackServer.js"

/** A message that the server took responsibility for: the bytes are those between DATA and the dot, not stuffed. */
export interface Received {
  readonly from: string
  readonly to: ReadonlyArray<string>
  readonly bytes: Uint8Array
  readonly connection: string
  readonly user: string | undefined
  readonly isSecure: boolean
  readonly clientName: string
  readonly bodyType: string | undefined
  readonly smtpUtf8: boolean
}

export type Refusal = readonly [code: number, text: string]

export interface Options extends SMTPServerOptions {
  /** What to say to a sender, a recipient or a message that is refused. */
  readonly refuse?: {
    readonly sender?: Refusal
    readonly recipients?: Readonly<Record<string, Refusal>>
    readonly message?: Refusal
  }
  /** Who may log in. Without it there is no AUTH. */
  readonly login?: (auth: SMTPServerAuthentication) => boolean
}

export interface TestServer extends Notified {
  readonly received: ReadonlyArray<Received>
  /** The commands of all connections as they came, without credentials. */
  readonly commands: ReadonlyArray<string>
  /** How people tried to log in. */
  readonly logins: ReadonlyArray<SMTPServerAuthentication>
}

const refusal = ([responseCode, text]: Refusal): Error => Object.assign(new Error(text), { responseCode })

const answer = (refused: Refusal | undefined): Error | undefined => refused === undefined ? undefined : refusal(refused)

const describe = (session: SMTPServerSession, bytes: Uint8Array): Received => {
  const { envelope } = session
  return {
    from: envelope.mailFrom === false ? "" : envelope.mailFrom.address,
    to: envelope.rcptTo.map(({ address }) => address),
    bytes,
    connection: session.id,
    user: session.user,
    isSecure: session.secure,
    clientName: session.hostNameAppearsAs,
    bodyType: envelope.bodyType,
    smtpUtf8: envelope.smtpUtf8 === true
  }
}

export const make = ({ login, refuse = {}, ...options }: Options = {}): Effect.Effect<TestServer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const received: Array<Received> = []
    const commands: Array<string> = []
    const logins: Array<SMTPServerAuthentication> = []
    const ignore = (): void => undefined

    const server = new SMTPServer({
      name: "test.example",
      disableReverseLookup: true,
      closeTimeout: 100,
      disabledCommands: [...options.key === undefined ? ["STARTTLS"] : [], ...login === undefined ? ["AUTH"] : []],
      authOptional: login === undefined,
      logger: {
        trace: ignore,
        info: ignore,
        warn: ignore,
        error: ignore,
        fatal: ignore,
        debug: (entry: { readonly tnx?: string }, _: string, line: string) => {
          if (entry.tnx !== "command") return
          commands.push(line)
          listening.notify()
        }
      },
      onAuth: (auth, _, callback) => {
        logins.push(auth)
        if (login?.(auth) === true) return callback(null, { user: auth.username ?? "" })
        return auth.method === "XOAUTH2"
          ? callback(null, { data: { status: "401" } })
          : callback(refusal([535, "5.7.8 wrong user or password"]))
      },
      onMailFrom: (_, __, callback) => callback(answer(refuse.sender)),
      onRcptTo: ({ address }, _, callback) => callback(answer(refuse.recipients?.[address])),
      onData: (stream, session, callback) => {
        const chunks: Array<Uint8Array> = []
        stream.on("data", (chunk: Uint8Array) => chunks.push(chunk))
        stream.on("end", () => {
          if (refuse.message !== undefined) return callback(refusal(refuse.message))
          if (stream.sizeExceeded) return callback(refusal([552, "5.3.4 too large"]))
          received.push(describe(session, Buffer.concat(chunks)))
          callback(null, "2.0.0 taken")
          listening.notify()
        })
      },
      ...options
    })
    server.on("error", ignore)
    const listening: Notified = yield* listen(server.server, (done) => server.close(done))
    return Object.assign(listening, { received, commands, logins })
  })
