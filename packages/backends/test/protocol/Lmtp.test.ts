/**
 * LMTP (RFC 2033): the greeting, and a reply to the message for each recipient that was accepted. Message 1 has three
 * recipients, of which the second is refused at RCPT; message 2 has one, and waits behind it.
 */
import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { Client, Mail, told } from "./Client.js"
import { act, outcomes, shown } from "./Positions.js"

type Way = "whole" | "pieces" | "chunk"

const text = (number: number): string => `message ${number}\r\n`

const mailOf = (number: number, recipients: number, way: Way): Mail =>
  new Mail(number, Array.from({ length: recipients }, (_, i) => `${number}.${i + 1}`), {
    hasReplyForEach: true,
    ...way === "chunk" ? { chunk: Buffer.from(text(number)) } : {},
    ...way === "whole" ? { content: Buffer.from(`${text(number)}.\r\n`) } : {}
  })

const ready = (pipelining: "none" | "envelope" | "messages", chunks = 0): Client =>
  Client.ready({ protocol: "lmtp", pipelining, chunks }, "PIPELINING", "CHUNKING")

const ok = "250 ok\r\n"
const no = "550 no\r\n"
const go = "354 go\r\n"

/** Brings message 1 to where its end is written, with two recipients to be answered. */
const sent = (client: Client, way: Way, ...behind: ReadonlyArray<Mail>): Client => {
  const mail = mailOf(1, 3, way)
  client.submit(mail)
  for (const other of behind) client.submit(other)
  for (const reply of [ok, ok, no, ok, ...way === "chunk" ? [] : [go]]) client.hear(reply)
  if (way === "pieces") {
    client.writePiece(mail)
    client.finish(mail)
  }
  client.take()
  return client
}

describe("The handshake of LMTP", () => {
  const steps = [
    ["220 hi", "LHLO client.test", "goes on"],
    ["450 no", "-", "refused at greeting: 450"],
    ["220 hi, then 250 hi", "-", "done"],
    ["220 hi, then 500 what", "-", "refused at EHLO: 500"],
    ["220 hi, then 502 what", "-", "refused at EHLO: 502"],
    ["220 hi, then 450 no", "-", "refused at EHLO: 450"],
    ["220 hi, then 421 bye", "-", "Closing at EHLO: 421"]
  ] as const
  for (const [deeds, written, result] of steps) {
    it(deeds, () => {
      const client = new Client({ protocol: "lmtp" })
      for (const deed of deeds.split(", then ")) {
        client.take()
        act(client, deed)
      }
      const [failure] = client.failures
      const said = failure === undefined
        ? client.shaken === 1 ? "done" : "goes on"
        : failure._tag === "Ended"
        ? `${failure.ending._tag} at ${failure.step}: ${failure.reply?.code}`
        : failure._tag === "Refused"
        ? `refused at ${failure.step}: ${failure.reply.code}`
        : failure._tag
      assert.deepStrictEqual([client.take().trim() || "-", said], [written, result])
    })
  }

  it("introduces itself by LHLO again after STARTTLS", () => {
    const client = new Client({ protocol: "lmtp", tls: "required" })
    client.hear("220 hi\r\n")
    client.hear("250-hi\r\n250 STARTTLS\r\n")
    client.hear("220 go\r\n")
    client.take()
    client.session.encrypted()
    assert.strictEqual(client.take(), "LHLO client.test\r\n")
  })
})

/** What the server does once the end of message 1 is written ; what is written ; what becomes of both ; whether it goes on */
const table = `
250 ok                            ; -                     ; Sent | Waiting ; goes on
250 ok & 250 ok                   ; MAIL2                 ; Accepted Rejected Accepted | Envelope ; goes on
250-a & 250 b & 250 ok            ; MAIL2                 ; Accepted Rejected Accepted | Envelope ; goes on
250 ok & 450 later                ; RSET                  ; Accepted Rejected Deferred | Envelope ; goes on
450 later & 250 ok                ; RSET                  ; Deferred Rejected Accepted | Envelope ; goes on
550 no & 250 ok                   ; RSET                  ; Rejected Rejected Accepted | Envelope ; goes on
550 no & 550 no                   ; RSET                  ; message 550: Rejected Rejected Rejected | Envelope ; goes on
550 no & 450 later                ; RSET                  ; message 450: Rejected Rejected Deferred | Envelope ; goes on
552 full & 552 full               ; RSET                  ; message 552: Rejected Rejected Rejected | Envelope ; goes on
lost                              ; -                     ; unknown: Unknown Rejected Unknown | Lost, again ; closed
silent                            ; -                     ; unknown: Unknown Rejected Unknown | Lost, again ; closed
250 ok, lost                      ; -                     ; Accepted Rejected Unknown | Lost, again ; closed
250 ok, silent                    ; -                     ; Accepted Rejected Unknown | Lost, again ; closed
250 ok & 25.., lost               ; -                     ; Accepted Rejected Unknown | Lost, again ; closed
250 ok & 250-a, lost              ; -                     ; Accepted Rejected Unknown | Lost, again ; closed
450 later, lost                   ; -                     ; unknown: Deferred Rejected Unknown | Lost, again ; closed
550 no, silent                    ; -                     ; unknown: Rejected Rejected Unknown | Lost, again ; closed
250 ok & 421 bye                  ; -                     ; Accepted Rejected Deferred | Lost, again ; closed
421 bye                           ; -                     ; unknown: Deferred Rejected Unknown | Lost, again ; closed
250 ok & 354 go                   ; -                     ; Accepted Rejected Unknown | Lost, again ; closed
354 go                            ; -                     ; unknown: Unknown Rejected Unknown | Lost, again ; closed
550 no & 399 odd                  ; -                     ; unknown: Rejected Rejected Unknown | Lost, again ; closed
250 ok & what?                    ; -                     ; Accepted Rejected Unknown | Lost, again ; closed
250 ok & 250 ok & 250 ok          ; -                     ; Accepted Rejected Accepted | Lost, again ; closed
250 ok & 250 ok & 25..            ; -                     ; Accepted Rejected Accepted | Lost, again ; closed
`

const play = (client: Client, deeds: string): void => {
  for (const deed of deeds.split(", ")) act(client, deed)
}

const rowsOf = (table: string) => table.trim().split("\n").map((line) => line.split(" ; ").map((cell) => cell.trim()))

describe("The end of a message in LMTP", () => {
  for (const way of ["whole", "pieces"] as const) {
    for (const [deeds = "", ...result] of rowsOf(table)) {
      it(`${way}: ${deeds}`, () => {
        const client = sent(ready("none"), way, mailOf(2, 1, "whole"))
        play(client, deeds)
        // The session takes no message for its first one: another connection may take the second.
        assert.deepStrictEqual([shown(client.take()), outcomes(client), client.state], result)
      })
    }
  }

  for (const deeds of rowsOf(table).map(([deeds = ""]) => deeds)) {
    it(`makes no difference to message 1 however much is written at once: ${deeds}`, () => {
      const told1 = (client: Client, way: Way) => {
        play(sent(client, way), deeds)
        const [mail] = client.mails
        return mail === undefined ? "" : told(mail)
      }
      const alone = told1(ready("none"), "whole")
      assert.strictEqual(told1(ready("envelope"), "whole"), alone)
      assert.strictEqual(told1(ready("messages"), "whole"), alone)
      assert.strictEqual(told1(ready("messages"), "pieces"), alone)
      assert.strictEqual(told1(ready("messages", 2), "chunk"), alone)
    })
  }

  it("answers a message behind another one by itself", () => {
    const client = sent(ready("messages"), "whole", mailOf(2, 2, "whole"))
    for (const reply of [ok, no, ok, ok, ok, go]) client.hear(reply)
    assert.strictEqual(outcomes(client), "Accepted Rejected Rejected | Sent")
    for (const reply of [no, ok]) client.hear(reply)
    assert.strictEqual(outcomes(client), "Accepted Rejected Rejected | Rejected Accepted")
    assert.strictEqual(client.state, "reusable")
  })

  it("answers chunks behind each other by themselves", () => {
    const client = sent(ready("messages", 2), "chunk", mailOf(2, 2, "chunk"))
    for (const reply of [no, ok, /* RSET */ ok, ok, ok, ok, ok]) client.hear(reply)
    assert.strictEqual(outcomes(client), "Rejected Rejected Accepted | Sent")
    client.session.lost()
    assert.strictEqual(outcomes(client), "Rejected Rejected Accepted | Accepted Unknown")
  })
})

describe("Without a recipient in LMTP", () => {
  const refused = (client: Client, way: Way, last: string): string => {
    client.submit(mailOf(1, 1, way))
    client.submit(mailOf(2, 1, way))
    for (const reply of [ok, no, last]) client.hear(reply)
    return `${outcomes(client)} ; ${client.state}`
  }

  it("DATA is refused, and the session goes on", () => {
    assert.strictEqual(refused(ready("envelope"), "whole", "503 no\r\n"), "RCPT 550: Rejected | Envelope ; goes on")
  })

  it("a chunk is answered once, and the session goes on", () => {
    assert.strictEqual(refused(ready("messages", 2), "chunk", "503 no\r\n"), "RCPT 550: Rejected | Sent ; goes on")
  })

  it("a server that asks for the message all the same gets none", () => {
    const client = ready("envelope")
    assert.strictEqual(refused(client, "whole", go), "RCPT 550: Rejected | Lost, again ; closed")
    assert.notInclude(client.written, "\r\n.\r\n")
  })
})

/** Replies for one recipient, and what they say of it. */
const replies = [
  { octets: "250 ok\r\n", status: "Accepted" },
  { octets: "250-2.1.5 one\r\n250 2.1.5 two\r\n", status: "Accepted" },
  { octets: "450 4.2.0 later\r\n", status: "Deferred" },
  { octets: "552-5.2.2 full\r\n552 5.2.2 really\r\n", status: "Rejected" }
] as const

const reply = fc.constantFrom(...replies)

interface Plan {
  readonly isTaken: ReadonlyArray<boolean>
  readonly ends: ReadonlyArray<typeof replies[number]>
}

const plan: fc.Arbitrary<Plan> = fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }).chain((isTaken) => {
  const taken = isTaken.filter(Boolean).length
  return fc.record({
    isTaken: fc.constant(isTaken),
    ends: fc.array(reply, { minLength: taken, maxLength: taken })
  })
})

/** The statuses where the first `known` of the replies to the message were complete. */
const expected = ({ ends, isTaken }: Plan, known: number): ReadonlyArray<string> => {
  let next = 0
  return isTaken.map((taken) => {
    if (!taken) return "Rejected"
    const at = next++
    return at < known ? ends[at]?.status ?? "" : "Unknown"
  })
}

const statusesIn = (told: string): ReadonlyArray<string> => told.replace(/^.*: /, "").split(" ")

/** Sends one message, whose replies are cut in pieces of these sizes and end after so many octets. */
const conversation = (
  { ends, isTaken }: Plan,
  { cut, pipelining, sizes, way }: {
    readonly way: Way
    readonly pipelining: "none" | "envelope" | "messages"
    readonly sizes: ReadonlyArray<number>
    readonly cut: number
  }
) => {
  const client = ready(pipelining, way === "chunk" ? 2 : 0)
  const mail = mailOf(1, isTaken.length, way)
  client.submit(mail)
  client.hear(ok)
  for (const taken of isTaken) client.hear(taken ? ok : no)
  if (way !== "chunk" && isTaken.includes(true)) client.hear(go)
  if (way === "pieces" && isTaken.includes(true)) {
    client.writePiece(mail)
    client.finish(mail)
  }
  const octets = ends.map(({ octets }) => octets).join("").slice(0, cut)
  let at = 0
  for (let i = 0; at < octets.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    client.hear(octets.slice(at, at + size))
    at += size
  }
  client.session.lost()
  const complete = ends.reduce(
    ({ count, length }, end) => {
      const sum = length + end.octets.length
      return { length: sum, count: sum <= cut ? count + 1 : count }
    },
    { count: 0, length: 0 }
  ).count
  return { mail, complete }
}

describe("Replies of LMTP that end after any octet", () => {
  it("say of each recipient what was said of it, and nothing of the others", () => {
    fc.assert(fc.property(
      plan.filter(({ isTaken }) => isTaken.includes(true)),
      fc.constantFrom<Way>("whole", "pieces", "chunk"),
      fc.constantFrom("none" as const, "envelope" as const, "messages" as const),
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
      fc.nat(200),
      (plan, way, pipelining, sizes, cut) => {
        const isChunk = way === "chunk"
        const { complete, mail } = conversation(plan, {
          way,
          pipelining: isChunk ? "messages" : pipelining,
          sizes,
          cut
        })
        const statuses = expected(plan, complete)
        assert.deepStrictEqual(statusesIn(told(mail)), statuses)
        const isReport = statuses.includes("Accepted")
        assert.strictEqual(!told(mail).includes(":"), isReport)
        if (!isReport) assert.strictEqual(told(mail).startsWith("unknown"), statuses.includes("Unknown"))
      }
    ))
  })

  it("for two recipients, at every octet and however they come", () => {
    for (const first of replies) {
      for (const second of replies) {
        const plan = { isTaken: [true, true], ends: [first, second] }
        const { length } = first.octets + second.octets
        for (let cut = 0; cut <= length; cut++) {
          for (const size of [1, 7, length]) {
            for (const way of ["whole", "pieces", "chunk"] as const) {
              const { complete, mail } = conversation(plan, { way, pipelining: "messages", sizes: [size], cut })
              assert.deepStrictEqual(statusesIn(told(mail)), expected(plan, complete), `${way}, ${cut}, ${size}`)
            }
          }
        }
      }
    }
  })

  it("before the end of the message refuse the recipient that is first, and send nothing to the others", () => {
    const client = ready("none")
    const mail = mailOf(1, 2, "pieces")
    client.submit(mail)
    for (const each of [ok, ok, ok, go]) client.hear(each)
    client.writePiece(mail)
    client.hear(no)
    assert.strictEqual(told(mail), "message 550: Rejected NotSent")
  })
})
