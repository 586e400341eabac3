import { assert, describe, it } from "@effect/vitest"
import { type Counts, Session } from "../src/harness/SmtpSink.js"

const open = (isChunking = true) => {
  const counts: Counts = { messages: 0, octets: 0, chunks: 0 }
  const session = new Session(counts, isChunking)
  return { counts, session, say: (text: string) => session.take(Buffer.from(text)) }
}

const codes = (answer: string) => answer.split("\r\n").slice(0, -1).map((line) => line.slice(0, 4))

const envelope = "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"

describe("SmtpSink", () => {
  it("offers what the bench needs, and CHUNKING where it is wanted", () => {
    const offered = open().say("EHLO there\r\n")
    for (const extension of ["PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "CHUNKING"]) {
      assert.include(offered, extension)
    }
    assert.notInclude(open(false).say("EHLO there\r\n"), "CHUNKING")
    assert.deepStrictEqual(codes(open(false).say("BDAT 1 LAST\r\n")), ["500 "])
  })

  it("takes the next envelope in the segment that ends a message", () => {
    const { counts, say } = open()
    assert.deepStrictEqual(codes(say(envelope)), ["250 ", "250 ", "354 "])
    assert.deepStrictEqual(codes(say(`Hello\r\n.\r\n${envelope}`)), ["250 ", "250 ", "250 ", "354 "])
    assert.deepStrictEqual(codes(say("Hello again\r\n.\r\nQUIT\r\n")), ["250 ", "221 "])
    assert.deepStrictEqual(counts, { messages: 2, octets: 7 + 13, chunks: 0 })
  })

  it("finds every end of a message, wherever the segments end", () => {
    const said = `${envelope}Hello\r\n..\r\n.x\r\n\r\n.\r\n${envelope}.\r\nBDAT 3\r\n.\r\nBDAT 2 LAST\r\nxyNOOP\r\n`
    const expected = open()
    const whole = expected.say(said)
    assert.deepStrictEqual(expected.counts, { messages: 3, octets: 17 + 5, chunks: 2 })
    for (let at = 1; at < said.length; at++) {
      const { counts, say } = open()
      assert.strictEqual(say(said.slice(0, at)) + say(said.slice(at)), whole)
      assert.deepStrictEqual(counts, expected.counts)
    }
    const single = open()
    assert.strictEqual(Array.from(said, single.say).join(""), whole)
    assert.deepStrictEqual(single.counts, expected.counts)
  })

  it("counts a message at its last chunk, an empty one included", () => {
    const { counts, say } = open()
    assert.deepStrictEqual(codes(say("BDAT 4\r\nabcdBDAT 0 LAST\r\n")), ["250 ", "250 "])
    assert.deepStrictEqual(counts, { messages: 1, octets: 4, chunks: 2 })
  })

  it("closes the connection when the end of a chunk is unknown", () => {
    const { say, session } = open()
    assert.deepStrictEqual(codes(say("BDAT many\r\n")), ["501 "])
    assert.isTrue(session.isOver)
  })
})
