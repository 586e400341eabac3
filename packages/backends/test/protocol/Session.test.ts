import { AttachmentError } from "@effect-mail/core/MailError"
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import { plain } from "../../src/internal/smtp/protocol/handshake/sasl.js"
import { Client, mailOf, told } from "./Client.js"
import { act, bring, later, outcomes, shown } from "./Positions.js"

describe("What was received before a command was written does not answer it", () => {
  const ends = [
    ["none", "sent", "250 ok & 250 more"],
    ["none", "sent", "250 ok & 25.."],
    ["none", "sent", "550 no & 25.."],
    ["none", "DATA", "550 no & 25.."],
    ["envelope", "DATA", "550 no & 25.."],
    ["envelope", "DATA, nobody", "550 no & 250 more"],
    ["envelope", "DATA, no sender", "550 no & 25.."],
    ["envelope", "empty", "250 ok & 250 more"],
    ["envelope", "empty", "550 no & 25.."],
    ["messages", "DATA", "550 no & 25.."],
    ["messages", "2 DATA", "550 no & 25.."],
    ["messages", "2 DATA, nobody", "550 no & 250 more"],
    ["messages", "2 DATA, unread", "550 no & 250 more"]
  ] as const
  for (const [pipelining, position, deed] of ends) {
    it(`so no message begins behind ${position}: ${deed}, ${pipelining}`, () => {
      const client = bring(later({ pipelining }), position, 3)
      act(client, deed)
      assert.strictEqual(shown(client.take()), "-")
    })
  }

  for (const octets of ["2", "250-hello\r\n", "250 hello"]) {
    it(`nor on an idle session that has received ${JSON.stringify(octets)}`, () => {
      const client = later({ pipelining: "none" })
      client.hear(octets)
      client.take()
      if (client.session.isUsable) client.submit(mailOf(1, 1))
      assert.strictEqual(shown(client.take()), "-")
      assert.isFalse(client.session.isReusable)
    })

    it(`nor on one that has received ${JSON.stringify(octets)} since the reply to EHLO`, () => {
      const client = Client.ready()
      client.hear(octets)
      if (client.session.isUsable) client.submit(mailOf(1, 1))
      assert.strictEqual(shown(client.take()), "-")
    })
  }
})

describe("What was received before the end of a message does not answer it", () => {
  const early = [
    ["25", "unknown: Unknown Rejected", "closed"],
    ["250-queued\r\n", "unknown: Unknown Rejected", "closed"],
    ["55", "Protocol", "closed"],
    ["what", "Protocol", "closed"],
    ["421 by", "Body", "goes on"]
  ] as const
  for (const [octets, outcome, state] of early) {
    for (const position of ["asked", "body"]) {
      it(`so that is not written: ${JSON.stringify(octets)}, ${position}`, () => {
        const client = bring(later({ pipelining: "none" }), position, 0)
        client.hear(octets)
        for (const mail of client.mails) {
          if (position === "asked") client.session.commit(mail)
          else client.finish(mail)
        }
        assert.deepStrictEqual([shown(client.take()), outcomes(client), client.state], ["-", outcome, state])
        client.hear("e\r\n")
        if (octets.startsWith("421")) assert.strictEqual(outcomes(client), "RCPT 421: NotSent Rejected")
      })
    }
  }
})

describe("A session that knows that the server is out of step is closed", () => {
  for (const deed of ["354 go", "399 odd"]) {
    it(`after ${deed} to the empty message, as to any other`, () => {
      const client = bring(later({ pipelining: "envelope" }), "empty", 1)
      act(client, deed)
      assert.deepStrictEqual([shown(client.take()), outcomes(client), client.state], [
        "-",
        "RCPT 550: Rejected Rejected | Lost, again",
        "closed"
      ])
    })
  }
})

describe("A server that takes no commands behind a message has not heard of the one behind", () => {
  const deeds = [["lost", "Lost"], ["silent", "Timeout"], ["421 too many errors", "Unavailable"]] as const
  for (const position of ["2 RCPT, unread", "2 DATA, unread"]) {
    for (const [deed, reason] of deeds) {
      it(`so another connection may take that: ${deed} at ${position}`, () => {
        const client = bring(later({ pipelining: "messages" }), position, 2)
        act(client, deed)
        assert.strictEqual(outcomes(client), `Accepted Rejected | ${reason}, again | Lost, again`)
      })
    }
  }

  it("and it begins again, with one envelope at a time from then on", () => {
    const client = bring(later({ pipelining: "messages" }), "2 DATA, unread", 2)
    act(client, "503 what")
    assert.strictEqual(shown(client.take()), "RSET MAIL2 RCPT2 DATA")
    for (const reply of ["250 ok", "250 ok", "250 ok", "354 go"]) act(client, reply)
    assert.strictEqual(shown(client.take()), "<2>")
    act(client, "250 ok")
    assert.strictEqual(shown(client.take()), "MAIL3 RCPT3 DATA")
  })
})

describe("A message that is submitted ends, whenever the session did", () => {
  const ends = {
    lost: (client: Client) => client.session.lost(),
    closed: (client: Client) => client.session.close(),
    "a farewell": (client: Client) => client.hear("421 bye\r\n"),
    "a reply to no command": (client: Client) => client.hear("250 hello\r\n")
  }
  for (const [how, end] of Object.entries(ends)) {
    it(`${how}, before it was submitted`, () => {
      const client = Client.ready()
      end(client)
      client.submit(mailOf(1, 1))
      assert.deepStrictEqual(client.mails.map(told), ["Lost, again"])
      assert.deepStrictEqual(client.late, [])
    })

    it(`${how}, between the handshake and the first message`, () => {
      const client = new Client()
      client.hear("220 hi\r\n")
      client.hear("250 hi\r\n")
      end(client)
      client.session.begin()
      client.submit(mailOf(1, 1))
      assert.deepStrictEqual(client.mails.map(told), ["Lost, again"])
      assert.deepStrictEqual(client.late, [])
      assert.isFalse(client.session.isUsable)
    })
  }
})

describe("What the server said last counts, even where it broke off in a farewell", () => {
  for (
    const rest of ["421 clo", "421", "421-closing\r\n421 n", "421-closing", "421-closing\r\n", "421-closing\r\n42"]
  ) {
    it(`${JSON.stringify(rest)} in place of a greeting`, () => {
      const client = new Client()
      client.hear(rest)
      client.session.lost()
      const [failure] = client.failures
      assert.include(["Closing", "Lost"], failure?._tag === "Ended" ? failure.ending._tag : failure?._tag)
    })

    it(`${JSON.stringify(rest)} in place of a reply to MAIL`, () => {
      const client = bring(later({ pipelining: "none" }), "MAIL", 0)
      client.hear(rest)
      client.session.lost()
      assert.include(["Unavailable, again", "Lost, again"], outcomes(client))
    })
  }

  it("but not as the reply to a message", () => {
    const client = bring(later({ pipelining: "none" }), "sent", 0)
    client.hear("421 clo")
    client.session.lost()
    assert.strictEqual(outcomes(client), "unknown: Unknown Rejected")
  })
})

describe("A session that is closed", () => {
  it("writes nothing, whatever it is told", () => {
    const after = {
      encrypted: (client: Client) => client.session.encrypted(),
      login: (client: Client) => client.session.login(plain("ada", "secret"), "ada", "secret"),
      quit: (client: Client) => client.session.quit()
    }
    for (const [what, tell] of Object.entries(after)) {
      const client = new Client({ tls: "required" })
      client.hear("220 hi\r\n")
      client.hear("250-hi\r\n250 STARTTLS\r\n")
      client.hear("220 go\r\n")
      client.session.timedOut()
      tell(client)
      assert.deepStrictEqual(client.late, [], what)
    }
  })

  it("was closed by a QUIT that was answered, whatever the answer", () => {
    for (const answer of ["221 bye\r\n", "500 what\r\n", "what?\r\n", "421 bye\r\n"]) {
      const client = later({})
      client.session.quit()
      assert.strictEqual(shown(client.take()), "QUIT")
      assert.strictEqual(client.closes, 0)
      client.hear(answer)
      assert.strictEqual(client.closes, 1)
    }
  })

  it("says no QUIT where the server owes an answer, or has begun to speak", () => {
    const busy = [bring(later({}), "MAIL", 0), bring(later({}), "sent", 0), later({})]
    busy[2]?.hear("25")
    for (const client of busy) {
      client.session.quit()
      assert.strictEqual(shown(client.take()), "-")
      assert.strictEqual(client.closes, 1)
    }
  })
})

describe("A message whose sender has gone", () => {
  it("is given up before it begins, and nothing else happens", () => {
    const client = bring(later({ pipelining: "none" }), "MAIL", 2)
    const [, second] = client.mails
    if (second !== undefined) client.session.cancel(second)
    assert.deepStrictEqual([second?.isOver, client.state], [true, "goes on"])
    act(client, "550 no")
    assert.deepStrictEqual([shown(client.take()), client.mails.map((mail) => mail.isOver)], ["RSET", [
      true,
      true,
      false
    ]])
  })

  it("closes the session, where the server could still take it: at once, or when the one in front of it is answered", () => {
    for (const position of ["MAIL", "DATA", "asked", "body", "sent"]) {
      const client = bring(later({ pipelining: "messages" }), position, 1)
      const [first] = client.mails
      if (first !== undefined) client.session.cancel(first)
      assert.deepStrictEqual([client.state, shown(client.take())], ["closed", "-"])
    }
    const client = bring(later({ pipelining: "messages" }), "sent", 2)
    const [, second] = client.mails
    if (second !== undefined) client.session.cancel(second)
    assert.strictEqual(client.state, "goes on")
    act(client, "250 ok")
    assert.deepStrictEqual([outcomes(client), client.state], [
      "Accepted Rejected | Lost, again | Lost, again",
      "closed"
    ])
  })
})

describe("A recipient too many is deferred", () => {
  for (const [position, expected] of [["RCPT 1", "Deferred Accepted"], ["last RCPT", "Rejected Deferred"]] as const) {
    it(`552 at ${position}`, () => {
      const client = bring(later({ pipelining: "none" }), position, 0)
      for (const deed of ["552 5.5.3 too many recipients", "250 ok", "354 go", "250 ok"]) act(client, deed)
      assert.include(outcomes(client), expected)
    })
  }

  it("but 552 to the sender or the message is a refusal", () => {
    for (
      const [position, expected] of [["MAIL", "MAIL 552: Rejected Rejected"], [
        "sent",
        "message 552: Rejected Rejected"
      ]]
    ) {
      const client = bring(later({ pipelining: "none" }), position ?? "", 0)
      act(client, "552 5.2.2 full")
      assert.strictEqual(outcomes(client), expected)
    }
  })
})

describe("A message whose content cannot be had", () => {
  it("ends the session, and says nothing of the message behind it", () => {
    const error = new AttachmentError({ filename: Option.none(), cause: "gone" })
    for (const pipelining of ["none", "messages"] as const) {
      const client = bring(later({ pipelining }), "body", 1)
      const [mail] = client.mails
      if (mail !== undefined) client.session.fail(mail, error)
      assert.deepStrictEqual([outcomes(client), client.state], ["AttachmentError | Lost, again", "closed"])
    }
  })
})
