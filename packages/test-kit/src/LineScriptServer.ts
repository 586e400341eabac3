/**
 * Dialogues, line by line, for what no good server does: rules of a `ScriptedSmtpServer` for its connections. The first
 * connection gets the first dialogue, and so on; the last one is for all further connections. After the end of a dialogue
 * QUIT and RSET are answered, and nothing else.
 */
import { Smtp } from "@effect-mail/backends"
import { ScriptedSmtpServer, SmtpScript } from "@effect-mail/testing"
import type { Scope } from "effect"
import { Effect, Option, Stream, SubscriptionRef } from "effect"
import type { Listening } from "./LoopbackServer.js"

/** What a server does next; `Hang` is the end of a dialogue that the test may wait for. */
export type Step = SmtpScript.Action | { readonly _tag: "Silence"; readonly isReading: boolean }

export type Script = ReadonlyArray<Step>

/** Sends a line, or several; a function makes it of the last line of the client. */
export const say = (text: string | ((line: string) => string)): Step =>
  typeof text === "string" ? SmtpScript.send(`${text}\r\n`) : SmtpScript.sendFor((line) => `${text(line)}\r\n`)
/** Sends a text without a line end after it, one octet for each character. */
export const sayHalf = (text: string): Step => SmtpScript.send(Buffer.from(text, "latin1"))
/** Waits for a line that starts so; any other fails the test. */
export const hear = (start: string): Step => SmtpScript.expect(start)
/** Waits for the final dot. */
export const hearMessage: Step = SmtpScript.expectMessage
/** Sends nothing any more. */
export const hang: Step = { _tag: "Silence", isReading: true }
/** Sends nothing any more, and reads nothing. */
export const stall: Step = { _tag: "Silence", isReading: false }
export const close: Step = SmtpScript.fin
export const reset: Step = SmtpScript.rst

export const hello = (...extensions: ReadonlyArray<string>): Script => {
  const lines = ["test.example", ...extensions]
  const reply = lines.map((line, i) => `250${i < lines.length - 1 ? "-" : " "}${line}`).join("\r\n")
  return [say("220 test.example ESMTP"), hear("EHLO"), say(reply)]
}

export const envelope: Script = [hear("MAIL FROM:"), say("250 2.1.0 ok"), hear("RCPT TO:"), say("250 2.1.5 ok")]

export const body: Script = [hear("DATA"), say("354 go on"), hearMessage]

/** A message that is taken. */
export const delivery: Script = [...envelope, ...body, say("250 2.0.0 taken")]

export interface ScriptedServer extends Listening {
  /** What the clients said in all connections, command by command, without credentials; messages are left out. */
  readonly lines: ReadonlyArray<string>
  /** The octets of each message as they came, up to and with the dot. */
  readonly messages: ReadonlyArray<string>
  /** Waits until so many connections hang. */
  readonly hanging: (count: number) => Effect.Effect<void>
}

const unanswered = (["EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "NOOP"] as const)
  .map((event) => SmtpScript.on(event))

/** The octets of a message on the wire (RFC 5321 section 4.5.2). */
const onTheWire = ({ bytes }: ScriptedSmtpServer.Received): string =>
  `${Buffer.from(bytes).toString("latin1").replaceAll(/(^|\r\n)\./g, "$1..")}.\r\n`

export const make = (...scripts: ReadonlyArray<Script>): Effect.Effect<ScriptedServer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const hangs = yield* SubscriptionRef.make(0)
    const hung = SmtpScript.run(SubscriptionRef.update(hangs, (count) => count + 1))
    const actions = (script: Script): ReadonlyArray<SmtpScript.Action> =>
      script.flatMap((step) =>
        step._tag !== "Silence"
          ? [step]
          : [...step.isReading ? [] : [SmtpScript.stopReading], hung, SmtpScript.hang]
      )
    const rules = scripts.map((script, i) =>
      SmtpScript.on(
        { event: "connect", connection: i < scripts.length - 1 ? i + 1 : undefined },
        ...actions(script)
      )
    )
    const server = yield* ScriptedSmtpServer.make(SmtpScript.make({ rules: [...rules, ...unanswered] }))
    const events = yield* server.events

    yield* Effect.addFinalizer(() =>
      Effect.gen(function*() {
        const { received, unexpected } = yield* server.ledger
        if (unexpected.length > 0) yield* Effect.dieMessage(`the script was left at: ${unexpected.join("; ")}`)
        // The ledger has messages without the dots of the transfer: the count tells whether each was where it has to be.
        const ends = events.pipe(Stream.filterMap(({ what }) =>
          what._tag === "Ended" && what.isComplete ? Option.some(what.octets) : Option.none()
        ))
        const octets = Array.from(yield* Stream.runCollect(Stream.take(ends, received.length)))
        if (
          received.some((message, i) =>
            onTheWire(message).length !== (octets[i] ?? 0) + 3
          )
        ) {
          yield* Effect.dieMessage("a message had dots that are not stuffed as RFC 5321 demands")
        }
      })
    )

    // Tests read the ledger as plain values, as they do that of the other server. Reading it is synchronous.
    const ledger = (): ScriptedSmtpServer.Ledger => Effect.runSync(server.ledger)
    return {
      port: server.port,
      get connections() {
        return ledger().connections
      },
      get open() {
        return ledger().openConnections
      },
      get maxOpen() {
        return ledger().maxOpenConnections
      },
      get lines() {
        return ledger().commands.map(({ line }) => line)
      },
      get messages() {
        return ledger().received.map(onTheWire)
      },
      until: (isSo) => Effect.asVoid(server.awaitLedger(isSo)),
      allClosed: server.allClosed,
      hanging: (count) => Effect.asVoid(Stream.runHead(Stream.filter(hangs.changes, (hanging) => hanging >= count))),
      layer: (options) => Smtp.layer({ host: server.host, port: server.port, tls: "none", ...options })
    }
  })
