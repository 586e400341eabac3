/** Programs of other people send to the inbox, as they are: swaks, msmtp, and smtplib of Python. */
import type { DevInbox } from "@effect-mail/testing"
import { Command } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { served } from "./InboxServer.js"

/** Fails with what to do about it where a program is missing. */
const installed = (name: string, debian: string): Effect.Effect<void> =>
  Effect.sync(() => {
    const places = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name))
    if (!places.some((place) => existsSync(place))) {
      throw new Error(
        `There is no ${name}. Install it (Debian: apt-get install ${debian}), or run node scripts/browser.mjs.`
      )
    }
  })

const text = (stream: Stream.Stream<Uint8Array, unknown>) => Effect.orDie(Stream.mkString(Stream.decodeText(stream)))

interface Ran {
  readonly code: number
  readonly said: string
}

const run = (name: string, args: ReadonlyArray<string>, stdin = ""): Effect.Effect<Ran> =>
  Command.make(name, ...args).pipe(
    Command.feed(stdin),
    Command.start,
    Effect.flatMap((running) =>
      Effect.all({ code: running.exitCode, out: text(running.stdout), err: text(running.stderr) }, { concurrency: 3 })
    ),
    Effect.map(({ code, err, out }) => ({ code: Number(code), said: out + err })),
    Effect.scoped,
    Effect.orDie,
    Effect.provide(NodeContext.layer)
  )

const letter = (subject: string): string =>
  `From: Ada <ada@example.com>\nTo: bob@example.com\nSubject: ${subject}\n\nHello, Bob\n`

const python = `
import smtplib, sys
from email.message import EmailMessage
message = EmailMessage()
message["From"], message["To"], message["Subject"] = "ada@example.com", "bob@example.com", "smtplib"
message.set_content("Grüße, Bob\\n.\\n..\\n")
message.add_attachment(b"\\x00\\x01file", maintype="application", subtype="octet-stream", filename="a.bin")
with smtplib.SMTP("127.0.0.1", int(sys.argv[1]), timeout=20) as server:
    server.login("ada", "correct horse")
    refused = server.send_message(message, to_addrs=sys.argv[2:])
    print(sorted(refused))
`

interface Journey {
  readonly name: string
  readonly debian: string
  readonly send: (port: string, ...to: ReadonlyArray<string>) => Effect.Effect<Ran>
}

const journeys: ReadonlyArray<Journey> = [
  {
    name: "swaks",
    debian: "swaks",
    send: (port, ...to) =>
      run("swaks", [
        "--server",
        `127.0.0.1:${port}`,
        "--from",
        "ada@example.com",
        "--to",
        to.join(","),
        "--auth",
        "PLAIN",
        "--auth-user",
        "ada",
        "--auth-password",
        "correct horse",
        "--header",
        "Subject: swaks",
        "--body",
        "Hello, Bob"
      ])
  },
  {
    name: "msmtp",
    debian: "msmtp",
    send: (port, ...to) =>
      run("msmtp", [
        "--file=/dev/null",
        "--host=127.0.0.1",
        `--port=${port}`,
        "--from=ada@example.com",
        "--tls=off",
        "--auth=login",
        "--user=ada",
        "--passwordeval=echo correct horse",
        ...to
      ], letter("msmtp"))
  },
  { name: "python3", debian: "python3", send: (port, ...to) => run("python3", ["-c", python, port, ...to]) }
]

const subjectOf = ({ name }: Journey): string => name === "python3" ? "smtplib" : name

const arrived = (inbox: DevInbox.Service, query: string) =>
  Effect.flatMap(inbox.wait(`${query} -is:waiting`), ({ id }) => inbox.get(id))

describe("Programs that send mail", () => {
  for (const journey of journeys) {
    it.live(
      `${journey.name} delivers with a login, and is told what was refused`,
      () =>
        Effect.scoped(Effect.gen(function*() {
          yield* installed(journey.name, journey.debian)
          const { inbox } = yield* served
          const port = String(inbox.smtp?.port)
          const sent = yield* journey.send(port, "bob@example.com", "archive@example.com")
          assert.strictEqual(sent.code, 0, sent.said)
          const detail = yield* arrived(inbox, `subject:${subjectOf(journey)}`)
          assert.deepStrictEqual(
            detail.envelope.recipients.map(({ address, field, verdict }) => [address, field, verdict]),
            [["bob@example.com", "To", "accepted"], [
              "archive@example.com",
              journey.name === "swaks" ? "To" : "Bcc",
              "accepted"
            ]]
          )
          assert.match(detail.envelope.auth, /^AUTH /)
          assert.notInclude(JSON.stringify(detail.dialogue), "correct horse")
          assert.notInclude(JSON.stringify(detail.dialogue), Buffer.from("correct horse").toString("base64"))
          assert.include(detail.text, "Bob")
          const refused = yield* journey.send(port, "550@fail.test")
          assert.notStrictEqual(refused.code, 0)
          assert.include(refused.said, "550")
          assert.strictEqual((yield* arrived(inbox, "is:refused")).outcome.name, "RejectedError")
          yield* inbox.addRule({ kind: "drop" })
          assert.notStrictEqual((yield* journey.send(port, "bob@example.com")).code, 0)
          assert.strictEqual((yield* arrived(inbox, "is:unknown")).outcome.name, "OutcomeUnknownError")
        })),
      120_000
    )
  }

  it.live(
    "smtplib goes on where one of several recipients is refused, and dots stay dots",
    () =>
      Effect.scoped(Effect.gen(function*() {
        yield* installed("python3", "python3")
        const { inbox } = yield* served
        const sent = yield* run("python3", ["-c", python, String(inbox.smtp?.port), "bob@example.com", "550@fail.test"])
        assert.deepStrictEqual([sent.code, sent.said.trim()], [0, "['550@fail.test']"])
        const detail = yield* arrived(inbox, "subject:smtplib")
        assert.strictEqual(detail.text?.replaceAll("\r\n", "\n"), "Grüße, Bob\n.\n..\n")
        assert.deepStrictEqual([detail.files, detail.counts.accepted, detail.counts.refused], [1, 1, 1])
      })),
    120_000
  )
})
