/**
 * A server that plays a script, line by line, for what no good server does. The first connection gets the first script,
 * and so on; the last script is for all further ones. What stands after the end of a script is answered where a client
 * only wants to leave or to start anew, and else left unanswered.
 */
import type { Scope } from "effect"
import { Effect } from "effect"
import * as net from "node:net"
import { listen, type Listening } from "./LoopbackServer.js"

export type Step =
  | { readonly _tag: "Say"; readonly text: string | ((line: string) => string) }
  | { readonly _tag: "SayHalf"; readonly text: string }
  | { readonly _tag: "Hear"; readonly start: string }
  | { readonly _tag: "HearMessage" }
  | { readonly _tag: "Hang"; readonly isReading: boolean }
  | { readonly _tag: "Close" }
  | { readonly _tag: "Reset" }

export type Script = ReadonlyArray<Step>

/** Sends a line, or several; a function makes it of the last line of the client. */
export const say = (text: string | ((line: string) => string)): Step => ({ _tag: "Say", text })
/** Sends a text without a line end after it. */
export const sayHalf = (text: string): Step => ({ _tag: "SayHalf", text })
/** Waits for a line that starts so; any other fails the test. */
export const hear = (start: string): Step => ({ _tag: "Hear", start })
/** Waits for the final dot. */
export const hearMessage: Step = { _tag: "HearMessage" }
/** Says nothing any more. */
export const hang: Step = { _tag: "Hang", isReading: true }
/** Says nothing any more, and reads nothing. */
export const stall: Step = { _tag: "Hang", isReading: false }
export const close: Step = { _tag: "Close" }
export const reset: Step = { _tag: "Reset" }

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
  /** What the clients said in all connections, command by command; messages are left out. */
  readonly lines: ReadonlyArray<string>
  /** The octets of each message as they came, up to and with the dot. */
  readonly messages: ReadonlyArray<string>
  /** Waits until so many connections hang. */
  readonly hanging: (count: number) => Effect.Effect<void>
}

const afterwards: Readonly<Record<string, string>> = { QUIT: "221 bye\r\n", RSET: "250 ok\r\n" }

export const make = (...scripts: ReadonlyArray<Script>): Effect.Effect<ScriptedServer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const lines: Array<string> = []
    const messages: Array<string> = []
    const surprises: Array<string> = []
    let count = 0
    let hangs = 0

    const play = (socket: net.Socket, script: Script): void => {
      let at = 0
      let unread = ""
      let line = ""

      const takeLine = (): boolean => {
        const end = unread.indexOf("\r\n")
        if (end < 0) return false
        line = unread.slice(0, end)
        unread = unread.slice(end + 2)
        lines.push(line)
        return true
      }

      const takeMessage = (): boolean => {
        const end = unread.startsWith(".\r\n") ? 0 : unread.indexOf("\r\n.\r\n") + 2
        if (end === 1) return false
        messages.push(unread.slice(0, end + 3))
        unread = unread.slice(end + 3)
        return true
      }

      /** Plays one step, and says whether the next one may follow at once. */
      const perform = (step: Step): boolean => {
        switch (step._tag) {
          case "Say":
            socket.write(`${typeof step.text === "string" ? step.text : step.text(line)}\r\n`)
            return true
          case "SayHalf":
            socket.write(step.text, "latin1")
            return true
          case "Hear":
            if (!takeLine()) return false
            if (line.startsWith(step.start)) return true
            surprises.push(`not ${step.start} but ${line}`)
            socket.destroy()
            return false
          case "HearMessage":
            return takeMessage()
          case "Hang":
            hangs++
            if (!step.isReading) socket.pause()
            return true
          case "Close":
            socket.end()
            return true
          case "Reset":
            socket.resetAndDestroy()
            return true
        }
      }

      const advance = (): void => {
        for (let step = script[at]; step !== undefined && perform(step); step = script[at]) at++
        const last = script.at(-1)
        if (at === script.length && last?._tag !== "Hang") {
          while (takeLine()) socket.write(afterwards[line] ?? "")
          if (line === "QUIT") socket.end()
        }
        listening.notify()
      }

      socket.setEncoding("latin1")
      socket.on("data", (text: string) => {
        unread += text
        advance()
      })
      advance()
    }

    const sockets = new Set<net.Socket>()
    const server = net.createServer((socket) => {
      sockets.add(socket)
      play(socket, scripts[Math.min(count++, scripts.length - 1)] ?? [])
    })
    const listening: Listening = yield* listen(server, (done) => {
      server.close(done)
      sockets.forEach((socket) => socket.destroy())
    })
    yield* Effect.addFinalizer(() =>
      surprises.length === 0 ? Effect.void : Effect.dieMessage(`the script was left: ${surprises.join("; ")}`)
    )
    return Object.assign(listening, {
      lines,
      messages,
      hanging: (expected: number) => listening.until(() => hangs >= expected)
    })
  })
