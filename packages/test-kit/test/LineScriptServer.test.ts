import * as LineScriptServer from "@effect-mail/test-kit/LineScriptServer"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import * as net from "node:net"

const { body, delivery, envelope, hang, hear, hello, say } = LineScriptServer

/** Says everything at once, and hears until this comes or the connection ends. */
const converse = (port: number, text: string, end: RegExp) =>
  Effect.async<string>((resume) => {
    const socket = net.connect(port, "127.0.0.1", () => socket.write(text, "latin1"))
    let heard = ""
    const over = (): void => resume(Effect.succeed(heard))
    socket.on("data", (octets) => {
      heard += octets.toString("latin1")
      if (end.test(heard)) over()
    })
    socket.on("error", over)
    socket.on("close", over)
    return Effect.sync(() => socket.destroy())
  })

const commands = "EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"

const play = (script: LineScriptServer.Script, text: string, end = /taken/) =>
  Effect.exit(Effect.scoped(
    Effect.flatMap(LineScriptServer.make(script), (server) =>
      Effect.map(converse(server.port, text, end), (heard) => ({ heard, messages: server.messages })))
  ))

describe("A dialogue, line by line,", () => {
  it.live("gives messages as they came", () =>
    Effect.gen(function*() {
      const message = "..\r\nx.\r\n..y\r\n.\r\n"
      const exit = yield* play([...hello(), ...delivery], `${commands}${message}`)
      assert.deepStrictEqual(Exit.map(exit, ({ messages }) => messages), Exit.succeed([message]))
    }))

  const faults: ReadonlyArray<readonly [what: string, message: string, text: string]> = [
    ["a line that the script does not wait for", "left at: NOOP", "EHLO c\r\nNOOP\r\n"],
    ["a dot before a line that starts with none", "not stuffed", `${commands}.x\r\n.\r\n`],
    ["a line that starts with a dot, not stuffed", "not stuffed", `${commands}x\r\n.y\r\n.\r\n`]
  ]
  for (const [what, message, text] of faults) {
    it.live(`dies of ${what}`, () =>
      Effect.gen(function*() {
        const exit = yield* play([...hello(), ...delivery], text)
        assert.isTrue(Exit.isFailure(exit) && Cause.pretty(exit.cause).includes(message), String(exit))
      }))
  }

  it.live("answers QUIT and RSET after its end, and nothing else", () =>
    Effect.gen(function*() {
      const exit = yield* play([say("220 hi")], "EHLO c\r\nNOOP\r\nMAIL FROM:<>\r\nRSET\r\nQUIT\r\n", /221/)
      assert.deepStrictEqual(
        Exit.map(exit, ({ heard }) => heard.split("\r\n").map((line) => line.slice(0, 3))),
        Exit.succeed(["220", "250", "221", ""])
      )
    }))

  it.live("tells when it hangs", () =>
    Effect.scoped(Effect.gen(function*() {
      const server = yield* LineScriptServer.make([...hello(), hear("MAIL"), hang], [
        ...hello(),
        ...envelope,
        ...body,
        hang
      ])
      yield* Effect.fork(converse(server.port, commands, /never/))
      yield* server.hanging(1)
      yield* Effect.fork(converse(server.port, `${commands}.\r\n`, /never/))
      yield* server.hanging(2)
      assert.deepStrictEqual([server.connections, server.open, server.messages.length], [2, 2, 1])
    })))
})
