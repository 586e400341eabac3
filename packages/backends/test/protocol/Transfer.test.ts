import { AttachmentError } from "@effect-mail/core/MailError"
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import type { SessionOptions } from "../../src/internal/smtp/protocol/session.js"
import { Client, mailOf, told } from "./Client.js"
import { act, bring, later, outcomes, shown } from "./Positions.js"
import * as Tables from "./TransferTables.js"

interface Row {
  readonly position: string
  readonly deed: string
  readonly result: ReadonlyArray<string>
}

const rowsOf = (table: string): ReadonlyArray<Row> =>
  table.trim().split("\n").flatMap((line) => {
    const [position = "", deeds = "", ...result] = line.split(" ; ").map((cell) => cell.trim())
    return deeds.split(" / ").map((deed) => ({ position, deed, result }))
  })

interface Table {
  readonly settings: Partial<SessionOptions>
  readonly behind: number
  readonly rows: ReadonlyArray<Row>
}

const tables: Readonly<Record<string, Table>> = {
  "one command at a time": { settings: { pipelining: "none" }, behind: 1, rows: rowsOf(Tables.none) },
  "an envelope at once": { settings: { pipelining: "envelope" }, behind: 1, rows: rowsOf(Tables.envelope) },
  "envelopes behind messages": { settings: { pipelining: "messages" }, behind: 2, rows: rowsOf(Tables.messages) },
  "two chunks": { settings: { pipelining: "messages", chunks: 2 }, behind: 2, rows: rowsOf(Tables.chunks) }
}

const play = ({ behind, settings }: Table, position: string, deed: string): Client => {
  const client = bring(later(settings), position, behind)
  act(client, deed)
  return client
}

for (const [mode, table] of Object.entries(tables)) {
  describe(`A transfer, ${mode}`, () => {
    for (const { deed, position, result } of table.rows) {
      it(`at ${position}: ${deed}`, () => {
        const client = play(table, position, deed)
        assert.deepStrictEqual([shown(client.take()), outcomes(client), client.state], result)
      })
    }

    if (table.behind > 1) return
    it("with no message waiting, the session may be used again just where the next message would have begun", () => {
      for (const { deed, position, result } of table.rows) {
        const hasBegun = result[1]?.endsWith("| Envelope") === true
        const state = play({ ...table, behind: 0 }, position, deed).state
        assert.strictEqual(state === "reusable", hasBegun, `${position}: ${deed}`)
      }
    })
  })
}

describe("What does not depend on how much is written at once", () => {
  it("is what becomes of a message once the server has asked for it", () => {
    for (const mode of ["an envelope at once", "envelopes behind messages"]) {
      const table = tables[mode]
      for (const { deed, position } of rowsOf(Tables.none)) {
        if (table === undefined || !["asked", "body", "sent"].includes(position)) continue
        const [said = ""] = outcomes(play(table, position, deed)).split(" |")
        const [alone = ""] = outcomes(play({ ...table, settings: { pipelining: "none" } }, position, deed)).split(" |")
        assert.strictEqual(said, alone, `${mode}, ${position}: ${deed}`)
      }
    }
  })

  it("is that the first message of a connection goes over no other one for a fault at its own envelope", () => {
    for (const table of Object.values(tables)) {
      for (const { deed, position } of table.rows) {
        if (position === "RSET" || /^(?:2|chunk 2)/.test(position)) continue
        const fresh = bring(Client.ready(table.settings, "PIPELINING", "CHUNKING"), position, table.behind)
        act(fresh, deed)
        const [first = "", ...behind] = fresh.mails.map(told)
        const [usual = "", ...usuallyBehind] = play(table, position, deed).mails.map(told)
        assert.strictEqual(first, usual.replace(", again", ""), `${position}: ${deed}`)
        assert.deepStrictEqual(behind, usuallyBehind)
      }
    }
  })
})

/** What may never be, whatever was done to a session whose messages are over. */
const broken = (client: Client, { settings }: Table): ReadonlyArray<string> => {
  const { mails, written } = client
  const ends = mails.map(told)
  const max = settings.chunks === undefined ? 1 : settings.chunks
  const hasContent = (number: number) => written.includes(`message ${number}\r\n`)
  const hasEnd = (number: number) =>
    new RegExp(`message ${number}\r\n\\.\r\n|LAST\r\nmessage ${number}\r\n`).test(written)
  const laws: ReadonlyArray<readonly [law: string, holds: boolean]> = [
    ["each message ends once", mails.every((mail) => mail.isOver && mail.ends === 1)],
    ["nothing is written or said of a message once the connection is closed", client.late.length === 0],
    ["it is closed once", client.closes === 1],
    [
      "only a whole message is accepted",
      mails.every(({ number }, i) => !/(?:^| )Accepted/.test(ends[i] ?? "") || hasEnd(number))
    ],
    [
      "no message goes again of which a part was written",
      mails.every((mail, i) => !(ends[i] ?? "").includes("again") || !hasContent(mail.number))
    ],
    ["no more messages are unknown than may be under way", ends.filter((end) => /Unknown/.test(end)).length <= max],
    [
      "no message is written before its 354",
      mails.every(({ letter, number }) => letter.chunk !== undefined || !hasContent(number) || client.gos > number)
    ]
  ]
  return laws.flatMap(([law, holds]) => holds ? [] : [`${law}: ${ends.join(" | ")} after ${shown(written)}`])
}

const error = new AttachmentError({ filename: Option.none(), cause: "gone" })

/** What the owner of a session can do to it, at any time. */
const calls: Readonly<Record<string, (client: Client) => void>> = {
  nothing: () => undefined,
  "cancel the first": ({ mails: [mail], session }) => mail && session.cancel(mail),
  "cancel the last": ({ mails, session }) => mails.slice(-1).forEach((mail) => session.cancel(mail)),
  "fail the current": ({ session }) => session.current && session.fail(session.current, error),
  "commit the first": ({ mails: [mail], session }) => mail?.isAsked === true && session.commit(mail),
  "finish the first": (client) => client.mails.slice(0, 1).forEach((mail) => mail.isAsked && client.finish(mail)),
  "submit another": (client) => client.submit(mailOf(9, 1)),
  quit: ({ session }) => session.quit(),
  close: ({ session }) => session.close()
}

describe("Whatever a server does, twice, and its owner between", () => {
  for (const [mode, table] of Object.entries(tables)) {
    for (const position of new Set(table.rows.map((row) => row.position))) {
      it(`at ${position}, ${mode}`, () => {
        const deeds = [
          "250 ok",
          "354 go",
          "399 odd",
          "450 later",
          "421 bye",
          "503 what",
          "what?",
          "354 go & 25..",
          "lost"
        ]
        for (const first of deeds) {
          for (const [name, call] of Object.entries(calls)) {
            for (const second of ["250 ok", "354 go", "503 what", "354 go & 25.."]) {
              const client = play(table, position, first)
              call(client)
              act(client, second)
              client.session.lost()
              const late = [
                ...Object.values(calls),
                (it: Client) => act(it, "250 ok"),
                (it: Client) => act(it, "silent")
              ]
              for (const more of late) more(client)
              const laws = broken(client, table)
              assert.deepStrictEqual(laws, [], `${first}, then ${name}, then ${second}`)
            }
          }
        }
      })
    }
  }
})
