/**
 * Dialogues that a rule plays line by line.
 */
import { ScriptedSmtpServer, SmtpScript } from "@effect-mail/testing"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import * as RawClient from "./RawClient.js"

const { accept, expect, expectMessage, fin, on, run, send, sendFor } = SmtpScript

const playing = (...actions: ReadonlyArray<SmtpScript.Action>) =>
  Effect.gen(function*() {
    const server = yield* ScriptedSmtpServer.make(SmtpScript.make({ rules: [on("connect", ...actions)] }))
    return { server, client: yield* RawClient.connect(server.port) }
  })

describe("A dialogue", () => {
  it.scopedLive("waits for each line, and for the end of a message", () =>
    Effect.gen(function*() {
      const { client, server } = yield* playing(
        send("220 hi\r\n"),
        expect("EHLO"),
        sendFor((line) => `250 hello ${line.slice(5)}\r\n`),
        expect("MAIL FROM:"),
        expect("RCPT TO:"),
        send("250 ok\r\n250 o"),
        expect("DATA"),
        send("k\r\n354 go\r\n"),
        expectMessage,
        accept,
        send("250 taken\r\n"),
        fin
      )
      assert.strictEqual(yield* client.hear(/\r\n/), "220 hi\r\n")
      assert.strictEqual(yield* client.ask("EHLO client.test"), "250 hello client.test\r\n")
      yield* client.say("MAIL FROM:<ada@example.com>\r\nRCPT TO:<bob@exam")
      yield* Effect.flatMap(RawClient.connect(server.port), (other) => other.hear(/220/))
      assert.strictEqual(yield* client.ask("ple.com>"), "250 ok\r\n")
      assert.strictEqual(yield* client.ask("DATA"), "250 ok\r\n354 go\r\n".slice(0, 8))
      yield* client.hear(/354 go\r\n/)
      assert.strictEqual(yield* client.ask("Subject: Hello\r\n\r\n..\r\n."), "250 taken\r\n")
      assert.strictEqual(yield* client.ended, "closed")
      const { accepted, commands, unexpected } = yield* server.ledger
      assert.deepStrictEqual(
        accepted.map(({ bytes, from, reply, to }) => [from, to, new TextDecoder().decode(bytes), reply]),
        [["ada@example.com", ["bob@example.com"], "Subject: Hello\r\n\r\n.\r\n", 250]]
      )
      assert.deepStrictEqual(commands.map(({ line }) => line.slice(0, 4)), ["EHLO", "MAIL", "RCPT", "DATA"])
      assert.deepStrictEqual(unexpected, [])
    }))

  it.scopedLive("resets the connection at another line, and shows it without credentials", () =>
    Effect.gen(function*() {
      const { client, server } = yield* playing(expect("EHLO"), send("250 ok\r\n"), expect("MAIL"))
      yield* client.ask("EHLO client.test")
      yield* client.say("AUTH PLAIN c2VjcmV0\r\n")
      assert.strictEqual(yield* client.ended, "reset")
      const { commands, unexpected } = yield* server.ledger
      assert.deepStrictEqual(unexpected, ["AUTH PLAIN ***"])
      assert.deepStrictEqual(commands.map(({ isKnown }) => isKnown), [true, false])
    }))

  it.scopedLive("shows no credentials that answer a challenge", () =>
    Effect.gen(function*() {
      const { client, server } = yield* playing(
        expect("AUTH LOGIN"),
        send("334 \r\n"),
        expect(""),
        send("334 \r\n"),
        expect(""),
        sendFor((line) => `235 ${line.length}\r\n`)
      )
      yield* client.ask("AUTH LOGIN")
      yield* client.ask("YWRh")
      assert.strictEqual(yield* client.ask("c2VjcmV0"), "235 8\r\n")
      assert.deepStrictEqual((yield* server.ledger).commands.map(({ line }) => line), ["AUTH LOGIN", "***", "***"])
    }))

  it.scopedLive("goes on as a good server does where it ends", () =>
    Effect.gen(function*() {
      const { client } = yield* playing(send("220 hi\r\n"))
      yield* client.hear(/220 hi\r\n/)
      assert.match(yield* client.ask("EHLO client.test"), /^250-/)
      assert.match(yield* client.ask("MAIL FROM:<ada@example.com>"), /^250 /)
    }))

  it.scopedLive("waits for an effect", () =>
    Effect.gen(function*() {
      const [begun, go] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const { client } = yield* playing(
        send("220"),
        run(Effect.asVoid(Deferred.succeed(begun, undefined))),
        run(Deferred.await(go)),
        send(" hi\r\n")
      )
      yield* Deferred.await(begun)
      assert.strictEqual(yield* client.hear(/220/), "220")
      yield* Deferred.succeed(go, undefined)
      assert.strictEqual(yield* client.hear(/\r\n/), " hi\r\n")
    }))
})
